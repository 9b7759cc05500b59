/** A source that the caller feeds: camera SDKs, sockets, tests. */

import { VultusError } from '../errors.ts';
import type { Image, RawPixels } from '../image/image.ts';
import { rawToImage } from '../image/raw.ts';
import { drain, FrameBuffer, iteratedTwice } from './buffer.ts';
import type { BackPressure, Frame, Video } from './source.ts';

/** Options of {@link PushVideo}. */
export interface PushOptions {
  /** Default `latest`. Under `queue`, `push` resolves when there is room. */
  readonly backPressure?: BackPressure;
  readonly signal?: AbortSignal;
}

/**
 * Raw frames in, in any of the pixel formats with any rotation; upright RGB frames out.
 * @example
 * const video = new PushVideo();
 * camera.on('frame', (data) => video.push({ data, width: 1280, height: 720, format: 'nv12', rotate: 90 }));
 * for await (const frame of video) tracker.update(frame.image, frame.timestampMs);
 */
export class PushVideo implements Video {
  readonly info = undefined;
  readonly #buffer: FrameBuffer;
  readonly #signal: AbortSignal | undefined;
  readonly #startMs = performance.now();
  #room: (() => void)[] = [];
  #index = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #closed = false;
  #iterated = false;

  constructor({ backPressure = 'latest', signal }: PushOptions = {}) {
    this.#buffer = new FrameBuffer(backPressure, () => this.#release());
    this.#signal = signal;
  }

  /**
   * Hands a frame over. The pixels are copied before it returns, so a camera may reuse its buffer at once.
   * @param timestampMs must grow; default: the time since this object was made
   * @throws VultusError `INVALID_ARGUMENT` for pixels that do not fit their size, or a time that does not grow; `CLOSED`
   */
  push(pixels: RawPixels | Image, timestampMs = performance.now() - this.#startMs): Promise<void> {
    if (this.#closed) throw new VultusError('CLOSED', 'push: the video is closed');
    if (!(timestampMs > this.#lastMs)) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `push: expected a timestamp after ${this.#lastMs} ms, got ${timestampMs}`,
      );
    }
    const raw: RawPixels = 'format' in pixels ? pixels : { ...pixels, format: 'rgb' };
    this.#buffer.put({ image: rawToImage(raw), timestampMs, index: this.#index++ });
    this.#lastMs = timestampMs;
    return this.#buffer.isFull ? new Promise((resolve) => this.#room.push(resolve)) : Promise.resolve();
  }

  /** No more frames will come: a loop takes those that wait and ends. */
  end(): void {
    this.#closed = true;
    this.#buffer.end();
    this.#release();
  }

  /** See {@link Video}. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#buffer.clear();
    this.#release();
  }

  /** See {@link Video}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** See {@link Video}. */
  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    if (this.#iterated) throw iteratedTwice();
    this.#iterated = true;
    return drain(this.#buffer, () => this.close(), this.#signal);
  }

  #release(): void {
    for (const resolve of this.#room) resolve();
    this.#room = [];
  }
}
