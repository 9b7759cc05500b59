/** `vultus camera`: the camera's side of a message queue, and what lies in it. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandGroup, CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { between, oneOf, whole } from '../options.ts';
import { queueOptions, withQueue } from '../queue-options.ts';
import { finderOptions, openSource, sourceOptions } from '../video-options.ts';

const publish: LeafCommand = {
  name: 'publish',
  summary: 'send a camera or video to the workers',
  description:
    'Sends the frames of a video, stream or camera to a RabbitMQ broker, where "vultus worker" takes them up. With --send faces, faces are found here and only they are sent. A file waits when the queue is full, a live source drops frames. While the broker is away it tries again after 0.25 to 10 seconds. Needs ffmpeg.',
  args: [['<source>', 'a video file, a stream URL, or webcam:0']],
  groups: ['models', 'detection'],
  options: [
    { flags: '--stream <name>', help: "the camera's name, unlike every other's", required: true },
    ...queueOptions,
    {
      flags: '--send <what>',
      help: 'frames: whole, the workers find faces; faces: only faces, found here (default: frames)',
      parse: oneOf('frames', 'faces'),
    },
    { flags: '--quality <1…100>', help: 'JPEG quality (default: 85)', parse: between(1, 100) },
    ...sourceOptions('send'),
    {
      flags: '--when-full <how>',
      help: 'drop or wait (default: drop if live, wait for files)',
      parse: oneOf('drop', 'wait'),
    },
  ],
  examples: [
    'vultus camera publish rtsp://camera.local/1 --stream door --url amqp://broker:5672',
    'vultus camera publish webcam:0 --stream desk --send faces',
    'vultus camera publish recorded.mp4 --stream archive --fps 5',
  ],
  run: publishSource,
};

const parked: LeafCommand = {
  name: 'parked',
  summary: 'list messages that were put aside',
  description:
    'Lists messages that workers put aside, because they were damaged or failed again and again; they stay there. With --out, their bytes are written to files. Exit code 1 means that there are none.',
  groups: [],
  options: [
    ...queueOptions,
    { flags: '--limit <n>', help: 'at most this many, oldest first (default: 100)', parse: whole(1) },
    { flags: '--out <folder>', help: 'write the messages there' },
  ],
  examples: ['vultus camera parked --url amqp://broker:5672', 'vultus camera parked --json --out aside'],
  run: listParked,
};

const release: LeafCommand = {
  name: 'release',
  summary: 'hand messages that were put aside to the workers again',
  description:
    'Hands out messages again that were put aside, once their cause is mended. Their stream has gone on without them, so they come as a stream of its own, named after it: door~late.',
  groups: [],
  options: [
    ...queueOptions,
    { flags: '--limit <n>', help: 'at most this many, oldest first (default: all)', parse: whole(1) },
  ],
  examples: ['vultus camera release --url amqp://broker:5672'],
  run: releaseParked,
};

/** The commands. */
export const command: CommandGroup = {
  name: 'camera',
  summary: 'send cameras to workers over RabbitMQ',
  commands: [publish, parked, release],
};

async function publishSource(run: CommandRun): Promise<ExitCode> {
  if (run.values.send === 'faces') {
    return withEngine(run, (engine, sdk) =>
      sendVideo(run, sdk, sdk.engineFinder(engine, finderOptions(run.values)).detect),
    );
  }
  return sendVideo(run, await import('vultus'));
}

async function sendVideo(
  run: CommandRun,
  sdk: typeof import('vultus'),
  find?: Parameters<typeof sdk.publishFrames>[2]['find'],
): Promise<ExitCode> {
  const { values, terminal, signal } = run;
  const { stream, quality, whenFull } = values;
  return withQueue(run, sdk, async (queue) => {
    await using video = await openSource(run, sdk);
    const live = video.info?.durationMs === undefined;
    const report = await sdk.publishFrames(queue, video, {
      stream: stream as string,
      signal,
      whenFull: (whenFull as 'drop' | 'wait' | undefined) ?? (live ? 'drop' : 'wait'),
      ...(typeof quality === 'number' ? { quality: Math.round(quality) } : {}),
      ...(find === undefined ? {} : { find }),
    });
    if (terminal.json) terminal.document({ stream, ...report });
    else terminal.line(`${report.sent} frames sent, ${report.dropped} dropped, ${(report.bytes / 1e6).toFixed(1)} MB`);
    return exitCodes.ok;
  });
}

async function listParked(run: CommandRun): Promise<ExitCode> {
  const { limit, out } = run.values;
  const sdk = await import('vultus');
  return withQueue(run, sdk, async (queue) => {
    const list = await queue.parked(typeof limit === 'number' ? limit : undefined);
    if (typeof out === 'string') await mkdir(out, { recursive: true });
    for (const [index, { stream, body, reason, parkedAt }] of list.entries()) {
      const file = typeof out === 'string' ? join(out, `${index + 1}.bin`) : undefined;
      if (file !== undefined) await writeFile(file, body);
      const at = new Date(parkedAt).toISOString();
      if (run.terminal.json) run.terminal.document({ stream, at, bytes: body.length, reason, ...(file && { file }) });
      else run.terminal.line(`${at}  ${stream}  ${body.length} bytes  ${reason}`);
    }
    return list.length > 0 ? exitCodes.ok : exitCodes.none;
  });
}

async function releaseParked(run: CommandRun): Promise<ExitCode> {
  const { limit } = run.values;
  const sdk = await import('vultus');
  return withQueue(run, sdk, async (queue) => {
    const released = await queue.release(typeof limit === 'number' ? limit : undefined);
    if (run.terminal.json) run.terminal.document({ released });
    else run.terminal.line(`${released} messages handed out again`);
    return exitCodes.ok;
  });
}
