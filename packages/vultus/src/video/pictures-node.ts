/** A source made of picture files, one frame each. */

import { VultusError } from '../errors.ts';
import { openPicture } from '../image/open-node.ts';
import type { Frame, Video } from './source.ts';

/** Picture files in order as a video of `fps` frames per second; each is decoded when its turn comes. */
export function openPictures(
  files: readonly string[],
  { fps, signal }: { readonly fps: number; readonly signal?: AbortSignal | undefined },
): Video {
  let closed = false;
  let iterated = false;
  async function* frames(): AsyncGenerator<Frame, void, undefined> {
    for (const [index, file] of files.entries()) {
      if (closed) return;
      if (signal?.aborted)
        throw new VultusError('ABORTED', 'The video was aborted by its signal', { cause: signal.reason });
      const picture = await openPicture(file, signal === undefined ? {} : { signal });
      yield { image: await picture.pixels(), timestampMs: (index * 1000) / fps, index };
    }
  }
  const close = async () => {
    closed = true;
  };
  return {
    info: undefined,
    close,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator]: () => {
      if (iterated)
        throw new VultusError('INVALID_ARGUMENT', 'A video can be read once; open it again to read it again');
      iterated = true;
      return frames();
    },
  };
}
