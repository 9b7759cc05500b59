/** What the commands on videos share: how a source is opened, how faces are found and followed in it. */

import type { FinderOptions, Video } from 'vultus';
import type { CommandRun, OwnOption, Values } from './command.ts';
import { between, whole } from './options.ts';

/** How much of a source is taken, as a command declares it; `verb` says what happens to a frame. */
export function sourceOptions(verb: 'look at' | 'send'): readonly OwnOption[] {
  return [
    { flags: '--fps <n>', help: `${verb} this many frames a second at most`, parse: between(0.1, 240) },
    { flags: '--max-side <pixels>', help: 'reduce frames to this long side first (default: 1280)', parse: whole(64) },
  ];
}

/** Opens the source that the first argument names; lost and found connections are noted. */
export function openSource(
  { args, values, terminal, signal }: CommandRun,
  { openVideo }: Pick<typeof import('vultus'), 'openVideo'>,
): Promise<Video> {
  const { fps, maxSide = 1280 } = values;
  return openVideo(args[0] as string, {
    maxSide: maxSide as number,
    signal,
    ...(typeof fps === 'number' ? { fps } : {}),
    onEvent: (event) =>
      terminal.note(
        event.type === 'reconnecting' ? `${event.reason}; again in ${event.delayMs} ms` : 'connected again',
      ),
  });
}

/** How the detector looks at frames. */
export function finderOptions({ inputSize, score, minFace }: Values): FinderOptions {
  return {
    ...(inputSize === undefined ? {} : { inputSize }),
    ...(score === undefined ? {} : { scoreThreshold: score }),
    ...(minFace === undefined ? {} : { minFaceSize: minFace }),
  };
}

/** How faces are followed. */
export function trackerOptions({ interval, maxFaces }: Values): {
  readonly detectInterval?: number;
  readonly maxFaces?: number;
} {
  return {
    ...(typeof interval === 'number' ? { detectInterval: interval } : {}),
    ...(maxFaces === undefined ? {} : { maxFaces }),
  };
}
