/** Opens videos of every kind: files, network streams, cameras, pictures in a row. */

import { VultusError } from '../errors.ts';
import { decodeArguments, type FfmpegInput, ffmpegInput, type Webcam } from './arguments-node.ts';
import { drain, FrameBuffer, iteratedTwice } from './buffer.ts';
import { type Decoder, decode } from './decode-node.ts';
import { openPictures } from './pictures-node.ts';
import { probe } from './probe-node.ts';
import type { BackPressure, Frame, Video, VideoEvent, VideoInfo } from './source.ts';

/** A path or URL (`rtsp`, `http`, `rtmp`, `tcp`, `udp`, `srt`; `webcam:0`), a camera, or picture files in order. */
export type VideoSource = string | URL | Webcam | readonly string[];

/** Options of {@link openVideo}. */
export interface VideoOptions {
  /** Default `queue` for files and pictures, `latest` for what is live. */
  readonly backPressure?: BackPressure;
  /** At most this many frames per second are decoded; for pictures, their rate (default 25). */
  readonly fps?: number;
  /** Frames are reduced so that the long side is at most this many pixels. */
  readonly maxSide?: number;
  /** Files only: the part to read. */
  readonly startMs?: number;
  readonly endMs?: number;
  /** Live sources only: connect again this many times in a row; default unlimited. 0: never. */
  readonly reconnects?: number;
  /** Live sources only: a connection without a frame for this long counts as dropped. Default 10,000. */
  readonly stallMs?: number;
  readonly onEvent?: (event: VideoEvent) => void;
  readonly signal?: AbortSignal;
}

/** First pause before connecting again; it doubles up to the second. */
const backoffMs = [500, 30_000] as const;

/**
 * Opens a video. ffmpeg decodes it in a process of its own, started without a shell and limited to the protocols of the
 * source; the process ends with the loop.
 * @throws VultusError `DEPENDENCY_MISSING` without ffmpeg, `FILE_READ`, `VIDEO_DECODE`, `INVALID_ARGUMENT`, `ABORTED`
 * @example
 * for await (const { image, timestampMs } of await openVideo('door.mp4')) {
 *   const tracks = await tracker.update(image, timestampMs);
 * }
 */
export async function openVideo(source: VideoSource, options: VideoOptions = {}): Promise<Video> {
  check(options);
  if (isList(source)) return openPictures(source, { fps: options.fps ?? 25, signal: options.signal });
  const input = ffmpegInput(source);
  return new FfmpegVideo(input, await probe(input, options.signal), options);
}

/** A source that ffmpeg reads. */
class FfmpegVideo implements Video {
  readonly info: VideoInfo;
  readonly #input: FfmpegInput;
  readonly #options: VideoOptions;
  readonly #buffer: FrameBuffer;
  #decoder: Decoder | undefined;
  #closed = false;
  #iterated = false;
  #startMs = 0;
  #nextIndex = 0;
  #lastFrameAt = 0;
  #wakeBackoff: (() => void) | undefined;

  constructor(input: FfmpegInput, probed: VideoInfo, options: VideoOptions) {
    this.#input = input;
    this.#options = options;
    this.info = { ...probed, ...reduced(probed, options.maxSide) };
    this.#buffer = new FrameBuffer(options.backPressure ?? (input.live ? 'latest' : 'queue'), () =>
      this.#decoder?.resume(),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#buffer.clear();
    this.#wakeBackoff?.();
    await this.#decoder?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Frame> {
    if (this.#iterated) throw iteratedTwice();
    this.#iterated = true;
    this.#startMs = performance.now();
    const run = this.#input.live ? this.#runLive() : this.#runOnce();
    run.then(
      () => this.#buffer.end(),
      (error) => this.#buffer.end(error),
    );
    return drain(this.#buffer, () => this.close(), this.#options.signal);
  }

  async #runOnce(): Promise<void> {
    if (this.#closed) return;
    this.#decoder = this.#decode();
    await this.#decoder.done;
  }

  /** Connects until told to stop; a stream that ends or falls silent is taken up again after a pause. */
  async #runLive(): Promise<void> {
    const { reconnects = Number.POSITIVE_INFINITY, onEvent } = this.#options;
    for (let attempt = 0; !this.#closed; ) {
      const before = this.#nextIndex;
      const reason = await this.#connection(attempt);
      if (this.#closed) return;
      if (this.#nextIndex > before) attempt = 0;
      attempt++;
      if (attempt > reconnects) {
        throw new VultusError(
          'VIDEO_DECODE',
          `The stream ${this.#input.name} ended (${reason}) and ${reconnects} attempts to reach it again are used up`,
        );
      }
      const delayMs = Math.min(backoffMs[1], backoffMs[0] * 2 ** (attempt - 1));
      onEvent?.({ type: 'reconnecting', attempt, delayMs, reason });
      await this.#pause(delayMs);
    }
  }

  /** One connection from start to end. @returns why it ended */
  async #connection(attempt: number): Promise<string> {
    const { stallMs = 10_000, onEvent } = this.#options;
    let told = attempt === 0;
    let reason = 'the stream ended';
    const decoder = this.#decode(() => {
      if (!told) onEvent?.({ type: 'reconnected', attempt });
      told = true;
    });
    this.#decoder = decoder;
    this.#lastFrameAt = performance.now();
    const watch = setInterval(
      () => {
        if (performance.now() - this.#lastFrameAt < stallMs || this.#buffer.isFull) return;
        reason = `no frame for ${stallMs} ms`;
        void decoder.stop();
      },
      Math.max(20, stallMs / 5),
    );
    try {
      await decoder.done;
    } catch (error) {
      // Without the program no attempt will ever succeed.
      if (error instanceof VultusError && error.code === 'DEPENDENCY_MISSING') throw error;
      reason = error instanceof Error ? error.message : String(error);
    } finally {
      clearInterval(watch);
    }
    return reason;
  }

  #decode(onFirst: () => void = () => undefined): Decoder {
    const { startMs, endMs, fps, maxSide } = this.#options;
    const { width, height } = this.info;
    const filters = [
      ...(fps === undefined ? [] : [`fps=${Math.min(fps, this.info.fps ?? fps)}`]),
      ...(maxSide === undefined ? [] : [`scale=${width}:${height}:flags=area`]),
    ];
    const live = this.#input.live;
    return decode({
      args: decodeArguments(this.#input, { ...(live ? {} : { startMs, endMs }), filters }),
      width,
      height,
      fps: fps ?? this.info.fps ?? 25,
      name: this.#input.name,
      buffer: this.#buffer,
      firstIndex: this.#nextIndex,
      offsetMs: live ? 0 : (startMs ?? 0),
      clock: live ? () => performance.now() - this.#startMs : undefined,
      onFrame: (index) => {
        this.#nextIndex = index + 1;
        this.#lastFrameAt = performance.now();
        onFirst();
      },
    });
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeBackoff = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isList(source: VideoSource): source is readonly string[] {
  return Array.isArray(source);
}

/** The size within `maxSide`, even numbers as scalers like them. */
function reduced({ width, height }: VideoInfo, maxSide: number | undefined): { width: number; height: number } {
  const long = Math.max(width, height);
  if (maxSide === undefined || long <= maxSide) return { width, height };
  const even = (value: number) => Math.max(2, 2 * Math.round((value * maxSide) / long / 2));
  return { width: even(width), height: even(height) };
}

function check({ fps, maxSide, startMs, endMs, reconnects, stallMs }: VideoOptions): void {
  for (const [name, value, least] of [
    ['fps', fps, 0.001],
    ['maxSide', maxSide, 16],
    ['startMs', startMs, 0],
    ['endMs', endMs, startMs ?? 0],
    ['reconnects', reconnects, 0],
    ['stallMs', stallMs, 1],
  ] as const) {
    if (value !== undefined && !(value >= least)) {
      throw new VultusError('INVALID_ARGUMENT', `openVideo: expected ${name} of at least ${least}, got ${value}`);
    }
  }
}
