/** Tests of all video sources, on clips made on the spot. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeArguments, ffmpegInput } from './arguments-node.ts';
import { openVideo } from './open-node.ts';
import { readProbe } from './probe-node.ts';
import { PushVideo } from './push.ts';
import { all, testVideoContract } from './source.contract.ts';
import type { VideoEvent } from './source.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'vultus-video-'));
const clip = join(folder, 'clip.mp4');
const long = join(folder, 'long.mp4');
const turned = join(folder, 'turned.mp4');
const stream = join(folder, 'stream.ts');

function make(path: string, frames: number, ...options: string[]): void {
  const input = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...input, '-frames:v', String(frames), ...options, path]);
}

beforeAll(() => {
  if (!hasFfmpeg) return;
  make(clip, 12);
  make(long, 3000, '-preset', 'ultrafast');
  make(stream, 12, '-c:v', 'mpeg2video', '-f', 'mpegts');
  make(join(folder, 'frame-%02d.png'), 12);
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', clip, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', turned]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pictures = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.png'))
    .sort()
    .map((name) => join(folder, name));
const grey = (value: number) =>
  ({ width: 64, height: 48, format: 'gray', data: new Uint8Array(64 * 48).fill(value) }) as const;

testVideoContract('pushed frames', {
  async open(signal) {
    const video = new PushVideo({ backPressure: 'queue', ...(signal ? { signal } : {}) });
    void (async () => {
      for (let index = 0; index < 12; index++) await video.push(grey(index), index * 40).catch(() => undefined);
      video.end();
    })().catch(() => undefined);
    return video;
  },
  async openSlow() {
    const video = new PushVideo();
    void video.push(grey(1), 0);
    return video;
  },
});

describe.skipIf(!hasFfmpeg)('with ffmpeg', () => {
  testVideoContract('file', {
    open: (signal) => openVideo(clip, signal ? { signal } : {}),
    openSlow: () => openVideo(long),
  });

  testVideoContract('pictures', {
    open: (signal) => openVideo(pictures(), signal ? { signal } : {}),
    openSlow: () => openVideo(pictures()),
  });

  test('a file: size, rate, length; times as in the container', async () => {
    const video = await openVideo(clip);
    expect(video.info).toEqual({ width: 64, height: 48, fps: 25, durationMs: 480 });
    expect((await all(video)).map(({ timestampMs }) => Math.round(timestampMs))).toEqual(
      Array.from({ length: 12 }, (_, index) => index * 40),
    );
  });

  test('a part of a file at a lower rate and size', async () => {
    const frames = await all(await openVideo(clip, { startMs: 200, endMs: 400, fps: 12.5, maxSide: 32 }));
    expect(frames.length).toBeGreaterThanOrEqual(2);
    expect(frames.length).toBeLessThanOrEqual(4);
    expect(frames[0]?.image).toMatchObject({ width: 32, height: 24 });
    expect(frames[0]?.timestampMs).toBeGreaterThanOrEqual(200);
  });

  test('a turned file comes upright, with its upright size', async () => {
    const video = await openVideo(turned);
    expect(video.info).toMatchObject({ width: 48, height: 64 });
    const frames = await all(video);
    expect(frames).toHaveLength(12);
    expect(frames[0]?.image).toMatchObject({ width: 48, height: 64 });
  });

  test('leaving the loop ends the process', async () => {
    const before = children();
    for await (const { index } of await openVideo(long)) {
      if (index !== 3) continue;
      expect(children().length).toBeGreaterThan(before.length);
      break;
    }
    expect(children()).toEqual(before);
  });

  test('latest: a slow taker gets the newest frame and sees the gap', async () => {
    const indices: number[] = [];
    for await (const { index } of await openVideo(long, { backPressure: 'latest' })) {
      indices.push(index);
      await new Promise((resolve) => setTimeout(resolve, 60));
      if (indices.length === 4) break;
    }
    expect((indices.at(-1) ?? 0) - (indices[0] ?? 0)).toBeGreaterThan(3);
  });

  test('what is no video is a clear error', async () => {
    await expect(openVideo(join(folder, 'none.mp4'))).rejects.toMatchObject({ code: 'FILE_READ' });
    await expect(openVideo(import.meta.filename)).rejects.toMatchObject({ code: 'VIDEO_DECODE' });
    await expect(openVideo(clip, { fps: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('a stream that drops is taken up again, and told of; then the attempts are used up', async () => {
    const { readFileSync } = await import('node:fs');
    const bytes = readFileSync(stream);
    let connections = 0;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      connections++;
      sockets.add(socket);
      socket.on('error', () => undefined);
      // The first connection is the look at the stream's properties.
      if (connections <= 3) socket.end(bytes);
      else socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const events: VideoEvent[] = [];
    const video = await openVideo(`tcp://127.0.0.1:${port}`, {
      reconnects: 1,
      backPressure: 'queue',
      onEvent: (event) => events.push(event),
    });
    const indices: number[] = [];
    const loop = async () => {
      for await (const { index } of video) indices.push(index);
    };
    await expect(loop()).rejects.toMatchObject({ code: 'VIDEO_DECODE', message: expect.stringContaining('used up') });
    server.close();
    for (const socket of sockets) socket.destroy();
    expect(indices).toEqual(Array.from({ length: 24 }, (_, index) => index));
    expect(events.map(({ type }) => type)).toEqual(['reconnecting', 'reconnected', 'reconnecting']);
  });
});

test('without ffmpeg the error says how to install it', async () => {
  const { VULTUS_FFPROBE: before } = process.env;
  process.env.VULTUS_FFPROBE = join(folder, 'absent');
  try {
    await expect(openVideo(import.meta.filename)).rejects.toMatchObject({
      code: 'DEPENDENCY_MISSING',
      message: expect.stringContaining('apt-get install ffmpeg'),
    });
  } finally {
    if (before === undefined) delete process.env.VULTUS_FFPROBE;
    else process.env.VULTUS_FFPROBE = before;
  }
});

describe('arguments', () => {
  test('protocols are limited to those of the source', () => {
    const { args, live, name } = ffmpegInput('rtsp://user:secret@door/1?token=x');
    expect(args.slice(0, 2)).toEqual(['-protocol_whitelist', 'rtsp,rtp,udp,tcp']);
    expect(args).toContain('rtsp://user:secret@door/1?token=x');
    expect([live, name]).toEqual([true, 'rtsp://door/1']);
    expect(ffmpegInput(import.meta.filename).args).toEqual([
      '-protocol_whitelist',
      'file',
      '-i',
      `file:${import.meta.filename}`,
    ]);
  });

  test.each(['concat:a|b', 'pipe:0', 'lavfi:testsrc', 'data:video/mp4;base64,AA', 'subfile:,,:x', 'gopher://x'])(
    'refuses %s',
    (source) => expect(() => ffmpegInput(source)).toThrow(/expected a path or a URL/),
  );

  test('a name cannot become an option', () => {
    expect(() => ffmpegInput('-y')).toThrow(/nothing at .*-y/);
    expect(() => ffmpegInput({ webcam: '-i' }, 'linux')).toThrow(/camera such as/);
  });

  test('cameras per platform', () => {
    expect(ffmpegInput('webcam:1', 'linux').args).toEqual(['-f', 'v4l2', '-i', '/dev/video1']);
    expect(ffmpegInput({ webcam: 0, width: 640, height: 480, fps: 30 }, 'darwin').args).toEqual([
      '-f',
      'avfoundation',
      '-framerate',
      '30',
      '-video_size',
      '640x480',
      '-i',
      '0:none',
    ]);
    expect(ffmpegInput('webcam:HD Cam', 'win32').args.at(-1)).toBe('video=HD Cam');
  });

  test('the command writes raw RGB and no file', () => {
    const args = decodeArguments(
      { args: ['-i', 'x'], live: false, name: 'x' },
      { startMs: 500, endMs: 1500, filters: [] },
    );
    expect(args.join(' ')).toContain('-ss 0.5 -t 1 -i x');
    expect(args.at(-1)).toBe('pipe:1');
  });

  test('ffprobe: new and old ways to say rotation', () => {
    const stream = { width: 64, height: 48, avg_frame_rate: '0/0', r_frame_rate: '30000/1001' };
    const read = (more: object) => readProbe(JSON.stringify({ streams: [{ ...stream, ...more }] }), 'x');
    expect(read({})).toEqual({ width: 64, height: 48, fps: 30000 / 1001 });
    expect(read({ side_data_list: [{ rotation: -90 }] })).toMatchObject({ width: 48, height: 64 });
    expect(read({ tags: { rotate: '270' } })).toMatchObject({ width: 48, height: 64 });
    expect(() => readProbe('{}', 'x')).toThrow(/none/);
  });
});

describe('pushed frames', () => {
  test('formats and rotation end up upright RGB; the caller may reuse the buffer', async () => {
    const video = new PushVideo({ backPressure: 'queue' });
    const data = Uint8Array.from([1, 2, 3, 4, 5, 6]);
    void video.push({ data, width: 2, height: 1, format: 'bgr', rotate: 90 }, 0);
    data.fill(0);
    video.end();
    const [frame] = await all(video);
    expect(frame?.image).toMatchObject({ width: 1, height: 2 });
    expect([...(frame?.image.data ?? [])]).toEqual([3, 2, 1, 6, 5, 4]);
  });

  test('latest drops what was not taken', async () => {
    const video = new PushVideo();
    for (let index = 0; index < 5; index++) void video.push(grey(index), index);
    video.end();
    expect((await all(video)).map(({ index }) => index)).toEqual([4]);
  });

  test('mistakes', () => {
    const video = new PushVideo();
    expect(() => video.push({ ...grey(0), width: 65 }, 0)).toThrow(/needs/);
    void video.push(grey(0), 5);
    expect(() => video.push(grey(0), 5)).toThrow(/after 5 ms/);
    video.end();
    expect(() => video.push(grey(0), 6)).toThrow(/closed/);
  });
});

/** Decoders that run as children of this process. */
function children(): string[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes('ffmpeg'));
}
