/** Frames between the one who makes them and the one who takes them. */

import { VultusError } from '../errors.ts';
import type { BackPressure, Frame } from './source.ts';

/** Frames that wait under `queue` before the source is held. */
const depth = 4;

/** A hand-over with one taker. */
export class FrameBuffer {
  readonly #policy: BackPressure;
  readonly #onRoom: () => void;
  #frames: Frame[] = [];
  #ended: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param onRoom told when a held source may go on */
  constructor(policy: BackPressure, onRoom: () => void = () => undefined) {
    this.#policy = policy;
    this.#onRoom = onRoom;
  }

  /** Whether the source should hold; never under `latest`. */
  get isFull(): boolean {
    return this.#policy === 'queue' && this.#frames.length >= depth;
  }

  /** Hands a frame over. Nothing after the end. */
  put(frame: Frame): void {
    if (this.#ended !== undefined) return;
    if (this.#policy === 'latest') this.#frames = [];
    this.#frames.push(frame);
    this.#wake?.();
  }

  /** No more frames; what waits is still given out unless `error` says why not. */
  end(error?: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = error === undefined ? {} : { error };
    this.#wake?.();
  }

  /** Forgets what waits and ends. */
  clear(): void {
    this.#frames = [];
    this.end();
  }

  /** The next frame; `undefined` at the end. @throws what `end` was given, once the waiting frames are taken */
  async take(signal?: AbortSignal): Promise<Frame | undefined> {
    for (;;) {
      if (signal?.aborted)
        throw new VultusError('ABORTED', 'The video was aborted by its signal', { cause: signal.reason });
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#onRoom();
        return frame;
      }
      if (this.#ended !== undefined) {
        if (this.#ended.error !== undefined) throw this.#ended.error;
        return undefined;
      }
      await this.#change(signal);
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#wake = undefined;
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}

/** The loop over a buffer, with what is to be freed at its end. A second loop is refused. */
export async function* drain(
  buffer: FrameBuffer,
  free: () => Promise<void>,
  signal?: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  try {
    for (;;) {
      const frame = await buffer.take(signal);
      if (frame === undefined) return;
      yield frame;
    }
  } finally {
    await free();
  }
}

/** What a second loop over one source gets. */
export function iteratedTwice(): VultusError {
  return new VultusError('INVALID_ARGUMENT', 'A video can be read once; open it again to read it again');
}
