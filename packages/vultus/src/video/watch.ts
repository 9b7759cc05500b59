/** People in a video, frame by frame. */

import type { TrackEvent } from '../track/identity.ts';
import type { Track } from '../track/track.ts';
import type { Frame } from './source.ts';
import { type WatchEngine, Watcher, type WatchOptions } from './watcher.ts';

/** One frame as watched. */
export interface WatchedFrame {
  readonly frame: Frame;
  readonly tracks: readonly Track[];
  /** What happened in this frame. */
  readonly events: readonly TrackEvent[];
  /** The name of a track now, `null` while it has none. */
  readonly nameOf: (id: number) => string | null;
}

/**
 * Watches frames to their end. The last item, without a further frame, carries the `lost` events of whoever is in view.
 * @example
 * for await (const { events } of watch(vultus, await openVideo('door.mp4'), { identify, threshold: vultus.threshold })) {
 *   for (const event of events) console.log(event.type, event.id);
 * }
 */
export async function* watch(
  engine: WatchEngine,
  frames: AsyncIterable<Frame>,
  options: WatchOptions,
): AsyncGenerator<WatchedFrame, void, undefined> {
  const watcher = new Watcher(engine, options);
  const nameOf = (id: number) => watcher.nameOf(id);
  let last: Frame | undefined;
  for await (const frame of frames) {
    const { tracks, events } = await watcher.frame(frame.image, frame.timestampMs);
    last = frame;
    yield { frame, tracks, events, nameOf };
  }
  if (last !== undefined) yield { frame: last, tracks: [], events: watcher.end(last.timestampMs), nameOf };
}
