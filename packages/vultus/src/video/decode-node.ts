/** One run of ffmpeg: raw frames off standard output, their times off standard error. */

import type { FrameBuffer } from './buffer.ts';
import { decodeError, type OutputProcess, start, startError, stop } from './process-node.ts';

/** What a run needs to know. */
export interface DecodeRun {
  readonly args: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** For messages. */
  readonly name: string;
  readonly buffer: FrameBuffer;
  /** Index and time that this run's first frame continues from. */
  readonly firstIndex: number;
  readonly offsetMs: number;
  /** Live sources are timed by the clock: their own times start anew with every connection. */
  readonly clock: (() => number) | undefined;
  readonly onFrame: (index: number, timestampMs: number) => void;
}

/** A running decoder. */
export interface Decoder {
  /** Resolves at the end of the stream; rejects when ffmpeg failed. */
  readonly done: Promise<void>;
  /** Takes up reading again after the buffer was full. */
  resume(): void;
  stop(): Promise<void>;
}

/** Frame times that may wait for their pixels; more means that ffmpeg runs ahead, which its pipe does not allow. */
const lastWords = 4000;

/** Starts decoding into the buffer. */
export function decode(run: DecodeRun): Decoder {
  const child = start('ffmpeg', run.args);
  const assembler = new FrameAssembler(run);
  child.stdout.on('data', (chunk: Uint8Array) => {
    assembler.bytes(chunk);
    if (run.buffer.isFull) child.stdout.pause();
  });
  const words = readTimes(child, (seconds) => assembler.time(seconds));
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(startError('ffmpeg', error)));
    child.once('close', (code, signal) => {
      assembler.flush();
      if (code === 0 || signal === 'SIGTERM' || signal === 'SIGKILL') resolve();
      else reject(decodeError(run.name, words()));
    });
  });
  done.catch(() => undefined);
  return { done, resume: () => void child.stdout.resume(), stop: () => stop(child) };
}

/** Puts frames together from chunks of any size. A frame goes out when both its pixels and its time are there. */
class FrameAssembler {
  readonly #run: DecodeRun;
  readonly #size: number;
  #current: Uint8Array | undefined;
  #filled = 0;
  #complete: Uint8Array[] = [];
  #times: number[] = [];
  #index: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(run: DecodeRun) {
    this.#run = run;
    this.#size = run.width * run.height * 3;
    this.#index = run.firstIndex;
  }

  bytes(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      this.#current ??= new Uint8Array(this.#size);
      const part = chunk.subarray(at, at + this.#size - this.#filled);
      this.#current.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#size) continue;
      this.#complete.push(this.#current);
      this.#current = undefined;
      this.#filled = 0;
    }
    this.#release();
  }

  time(seconds: number): void {
    this.#times.push(seconds);
    this.#release();
  }

  /** At the end: a frame whose time never came gets the next one by the rate. */
  flush(): void {
    while (this.#complete.length > this.#times.length) this.#times.push(Number.NaN);
    this.#release();
  }

  #release(): void {
    const { width, height, fps, buffer, clock, offsetMs, onFrame } = this.#run;
    while (this.#complete.length > 0 && this.#times.length > 0) {
      const data = this.#complete.shift() as Uint8Array;
      const seconds = this.#times.shift() as number;
      const next = this.#lastMs === Number.NEGATIVE_INFINITY ? offsetMs : this.#lastMs + 1000 / fps;
      const stated = clock?.() ?? (Number.isFinite(seconds) ? offsetMs + seconds * 1000 : next);
      // Broken files repeat times; a stream's time only grows.
      const timestampMs = stated > this.#lastMs ? stated : this.#lastMs + 0.001;
      this.#lastMs = timestampMs;
      const index = this.#index++;
      onFrame(index, timestampMs);
      buffer.put({ image: { width, height, data }, timestampMs, index });
    }
  }
}

/** Calls back with each frame's time in seconds. @returns a function that gives the last messages */
function readTimes(child: OutputProcess, onTime: (seconds: number) => void): () => string {
  let rest = '';
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const time = /Parsed_showinfo.*\bn:\s*\d+.*\bpts_time:\s*(\S+)/.exec(line)?.[1];
      if (time !== undefined) onTime(Number(time));
      else if (!line.includes('Parsed_showinfo')) words = `${words}${line}\n`.slice(-lastWords);
    }
  });
  return () => words + rest;
}
