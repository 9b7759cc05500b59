/** Runs ffmpeg and ffprobe: found, started without a shell, always ended. */

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { VultusError } from '../errors.ts';

/** A process that hands out bytes and messages. */
export type OutputProcess = ChildProcessByStdio<null, Readable, Readable>;

/** How long a process may take to end when asked to, before it is ended. */
const patienceMs = 1000;

/** Starts a program. `VULTUS_FFMPEG` and `VULTUS_FFPROBE` name other files than those on the path. */
export function start(program: 'ffmpeg' | 'ffprobe', args: readonly string[]): OutputProcess {
  const named = process.env[program === 'ffmpeg' ? 'VULTUS_FFMPEG' : 'VULTUS_FFPROBE'];
  return spawn(named ?? program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
}

/** What a failed start means. */
export function startError(program: string, cause: unknown): VultusError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'EACCES') {
    return new VultusError(
      'DEPENDENCY_MISSING',
      `Video needs the program ${program}, which is not installed. Debian: apt-get install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg; or name it in VULTUS_${program.toUpperCase()}`,
      { cause },
    );
  }
  return new VultusError('VIDEO_DECODE', `${program} could not be started: ${String(cause)}`, { cause });
}

/** Ends a process and waits until it is gone. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  await new Promise<void>((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    child.once('close', () => {
      clearTimeout(force);
      resolve();
    });
    child.stdout?.destroy();
    child.kill('SIGTERM');
  });
}

/** Runs a program to its end. @returns what it wrote. @throws VultusError with its last words */
export async function output(
  program: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
  name: string,
  signal?: AbortSignal,
): Promise<string> {
  const child = start(program, args);
  const texts = ['', ''];
  for (const [index, stream] of [child.stdout, child.stderr].entries()) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      // An endless answer is no answer; a megabyte is more than any.
      if ((texts[index] as string).length < 1_000_000) texts[index] += text;
    });
  }
  const abort = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(startError(program, error)));
      child.once('close', resolve);
    });
    if (signal?.aborted)
      throw new VultusError('ABORTED', 'The video was aborted by its signal', { cause: signal.reason });
    if (code !== 0) throw decodeError(name, texts[1] as string);
    return texts[0] as string;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** A failure in the program's own words, the last of them. */
export function decodeError(name: string, words: string): VultusError {
  const lines = words
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/showinfo/.test(line));
  const last = (lines.at(-1) ?? 'no reason given').replace(/\/\/[^/@\s]*@/g, '//');
  return new VultusError(
    'VIDEO_DECODE',
    `Expected a video in ${name}, ffmpeg said: ${last}. Check that it plays elsewhere`,
  );
}
