/** The video seam: frames as an async iterable that frees what it holds on `break`. Every source passes `source.contract.ts`. */

import type { Image } from '../image/image.ts';

/** One frame. */
export interface Frame {
  /** Upright: the container's rotation and `rotate` are applied. */
  readonly image: Image;
  /** Milliseconds from the start of the stream; grows from frame to frame. */
  readonly timestampMs: number;
  /** Position in the stream from 0, dropped frames counted: a gap says that frames were dropped. */
  readonly index: number;
}

/** What to do with frames that come faster than they are taken: keep the newest only, or make the source wait. */
export type BackPressure = 'latest' | 'queue';

/** What is known of a stream before its first frame. */
export interface VideoInfo {
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames per second on average, where the source says so. */
  readonly fps?: number;
  /** Length, where the source has one. */
  readonly durationMs?: number;
}

/** What a source tells while it runs. */
export type VideoEvent =
  | { readonly type: 'reconnecting'; readonly attempt: number; readonly delayMs: number; readonly reason: string }
  | { readonly type: 'reconnected'; readonly attempt: number };

/**
 * An open source. It can be iterated once. Leaving the loop (`break`, `return`, an exception) frees what it holds, as
 * does `close()`, which also ends a loop that is waiting.
 */
export interface Video extends AsyncIterable<Frame>, AsyncDisposable {
  /** `undefined` for pushed frames, whose size is not known before they come. */
  readonly info: VideoInfo | undefined;
  /** Again is harmless. */
  close(): Promise<void>;
}
