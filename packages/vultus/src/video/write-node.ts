/** Writes a video file from encoded pictures, by ffmpeg. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { VultusError } from '../errors.ts';
import { decodeError, startError } from './process-node.ts';

/** An open file; `close()` finishes it. */
export interface VideoWriter extends AsyncDisposable {
  /** Adds a frame: a JPEG, all of one size. Resolves when there is room for the next. */
  write(jpeg: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a video file for writing; the ending chooses the container, the codec is H.264 (VP9 for `.webm`).
 * @throws VultusError `INVALID_ARGUMENT` for another ending; later `DEPENDENCY_MISSING`, `VIDEO_DECODE`
 */
export function openVideoWriter(path: string, { fps }: { readonly fps: number }): VideoWriter {
  const ending = /\.(mp4|mkv|mov|webm)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === undefined) {
    throw new VultusError('INVALID_ARGUMENT', `Expected a video file ending in .mp4, .mkv, .mov or .webm, got ${path}`);
  }
  const codec = ending === 'webm' ? ['libvpx-vp9', '-deadline', 'realtime'] : ['libx264', '-preset', 'veryfast'];
  const input = ['-f', 'image2pipe', '-c:v', 'mjpeg', '-framerate', String(fps), '-i', 'pipe:0'];
  // Even sizes, as the codecs need them.
  const output = ['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-c:v', ...codec, '-pix_fmt', 'yuv420p'];
  const args = ['-v', 'error', '-y', ...input, ...output, `file:${resolve(path)}`];
  const child = spawn(process.env.VULTUS_FFMPEG ?? 'ffmpeg', args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    windowsHide: true,
  });
  let words = '';
  let failure: unknown;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((done) => {
    child.once('error', (error) => {
      failure = startError('ffmpeg', error);
      done();
    });
    child.once('close', (code) => {
      if (code !== 0) failure ??= decodeError(path, words);
      done();
    });
  });
  const close = async () => {
    child.stdin.end();
    await ended;
    if (failure !== undefined) throw failure;
  };
  return {
    async write(jpeg) {
      if (failure !== undefined || child.exitCode !== null) throw failure ?? decodeError(path, words);
      if (!child.stdin.write(jpeg)) await Promise.race([once(child.stdin, 'drain').catch(() => undefined), ended]);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
