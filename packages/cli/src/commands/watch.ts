/** `vultus watch`: recognises people in a video or a camera's stream, live. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrackEvent, Vultus, WatchedFrame } from 'vultus';
import { withCollection } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { oneOf, whole } from '../options.ts';
import { rounded } from '../rounded.ts';
import { chosenThreshold, thresholdOptions } from '../threshold-option.ts';
import { finderOptions, openSource, sourceOptions, trackerOptions } from '../video-options.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'watch',
  summary: 'recognise people in a video or stream, live',
  description:
    'Follows every face and prints an event per line as JSON: appeared, identified, changed, lost. The source is a file, a URL (rtsp, http, rtmp, tcp, udp, srt), or webcam:0. Without an enrolled gallery, with --anonymous, faces are followed without names. Needs ffmpeg. Exit code 1 means that nobody was recognised.',
  args: [['<source>', 'a video file, a stream URL, or webcam:0']],
  groups: ['models', 'detection', 'gallery'],
  options: [
    ...thresholdOptions,
    { flags: '--anonymous', help: 'follow faces without naming anybody' },
    {
      flags: '--mode <how>',
      help: 'light: detector now and then; by-detection: on every frame (default: light)',
      parse: oneOf('light', 'by-detection'),
    },
    {
      flags: '--interval <frames>',
      help: 'light: frames from one detection to the next (default: 20)',
      parse: whole(0),
    },
    ...sourceOptions('look at'),
    { flags: '--annotate <file>', help: 'write the video with names drawn in (.mp4, .mkv, .mov, .webm)' },
    { flags: '--shots <folder>', help: 'write the best picture of each track there' },
  ],
  examples: [
    'vultus watch door.mp4',
    'vultus watch rtsp://camera.local/1 --shots seen',
    'vultus watch webcam:0 --anonymous --mode by-detection',
    'vultus watch party.mp4 --annotate named.mp4',
  ],
  run: watchSource,
};

type Identify = Parameters<typeof import('vultus')['watch']>[2]['identify'];

async function watchSource(run: CommandRun): Promise<ExitCode> {
  const { values, signal } = run;
  return withEngine(run, async (engine, sdk) => {
    const threshold = chosenThreshold(values, engine);
    if (values.anonymous === true) {
      await follow(run, engine, sdk, threshold, async () => []);
      return exitCodes.ok;
    }
    return withCollection(
      run,
      engine,
      sdk,
      { create: false, otherwise: ', or follow faces without names: --anonymous' },
      async (collection) => {
        const search = { topK: 3, threshold: -1, signal };
        const named = await follow(run, engine, sdk, threshold, (faceprint) => collection.identify(faceprint, search));
        return named > 0 ? exitCodes.ok : exitCodes.none;
      },
    );
  });
}

/** Watches the source to its end. @returns how many times somebody was recognised */
async function follow(
  run: CommandRun,
  engine: Vultus,
  sdk: typeof import('vultus'),
  threshold: number,
  identify: Identify,
): Promise<number> {
  const { values, terminal, signal } = run;
  const { mode, fps, annotate, shots } = values;
  const video = await openSource(run, sdk);
  const writer =
    typeof annotate === 'string'
      ? sdk.openVideoWriter(annotate, { fps: (fps as number | undefined) ?? video.info?.fps ?? 25 })
      : undefined;
  if (typeof shots === 'string') await mkdir(shots, { recursive: true });
  let recognised = 0;
  // The last item repeats its frame, to tell who was in view at the end.
  let last: unknown;
  try {
    const watched = sdk.watch(engine, video, {
      identify,
      threshold,
      signal,
      tracker: {
        mode: mode === 'by-detection' ? 'by-detection' : 'light',
        ...trackerOptions(values),
      },
      finder: finderOptions(values),
    });
    for await (const item of watched) {
      for (const event of item.events) {
        if (event.type === 'identified') recognised++;
        terminal.document(await printable(event, typeof shots === 'string' ? shots : undefined, sdk));
      }
      if (writer !== undefined && item.frame !== last) await writer.write(await annotated(item));
      last = item.frame;
    }
  } finally {
    await video.close();
    await writer?.close();
  }
  return recognised;
}

/** An event as JSON: the picture of a best shot goes to a file, whose name takes its place. */
async function printable(event: TrackEvent, folder: string | undefined, sdk: typeof import('vultus')): Promise<object> {
  if (event.type !== 'lost' || event.bestShot === undefined) return rounded(event);
  const { bestShot, ...rest } = event;
  const shot = { timestampMs: bestShot.timestampMs, quality: bestShot.quality };
  if (folder === undefined) return rounded({ ...rest, bestShot: shot });
  // Times keep apart what has one id: a face that left and came back.
  const file = join(folder, `track-${event.id}-${Math.round(bestShot.timestampMs)}.jpg`);
  await writeFile(file, await sdk.encodeImage(bestShot.image, 'jpeg'));
  return rounded({ ...rest, bestShot: { ...shot, file } });
}

async function annotated({ frame, tracks, nameOf }: WatchedFrame): Promise<Uint8Array> {
  const { renderFaces } = await import('../draw.ts');
  const seen = tracks.filter(({ state }) => state === 'tracked');
  const faces = seen.map(({ id, box }) => ({ box, identity: nameOf(id), note: `#${id}` }));
  return renderFaces(frame.image, faces, 'jpg');
}
