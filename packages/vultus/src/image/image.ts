/** Pixels in memory: always upright, 8-bit RGB, interleaved, no padding. The rest of the SDK sees only this. */

/** An upright picture: `data[(y * width + x) * 3 + c]`, c = 0 red, 1 green, 2 blue. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Pixel layouts that cameras and decoders hand out. YUV formats are BT.601 video range, as cameras give them. */
export type PixelFormat = 'rgb' | 'bgr' | 'rgba' | 'bgra' | 'gray' | 'nv12' | 'nv21' | 'i420';

/** Clockwise degrees that turn the given pixels upright. */
export type Rotation = 0 | 90 | 180 | 270;

/** Raw pixels as a caller hands them in. */
export interface RawPixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** Bytes from one row to the next of the first plane; default: no padding. */
  readonly stride?: number;
  /** Clockwise degrees to turn the picture upright; default 0. */
  readonly rotate?: Rotation;
}

/** What may be taken in as a picture before memory is spent on it. */
export interface ImageLimits {
  /** Pixels (width × height); default 100 million. */
  readonly maxPixels?: number;
  /** Encoded bytes; default 256 MiB. */
  readonly maxBytes?: number;
}

/**
 * A picture whose upright size is known and whose pixels come at the size asked for,
 * so that a 12-megapixel photograph need not be decoded whole to find a face in it.
 */
export interface Picture {
  /** Upright size in pixels; all coordinates that the SDK returns are in these pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * The picture reduced so that its long side is at most `longSide` (never enlarged, aspect kept to the pixel),
   * area-averaged. Without an argument: the full picture. Decodes once per level and keeps the last levels.
   */
  pixels(longSide?: number): Promise<Image>;
}
