/** Raw pixels of cameras and decoders → upright RGB. */

import { VultusError } from '../errors.ts';
import { checkImage, checkSize } from './check.ts';
import type { Image, PixelFormat, RawPixels } from './image.ts';

const bytesPerPixel = {
  rgb: 3,
  bgr: 3,
  rgba: 4,
  bgra: 4,
  gray: 1,
  nv12: 1,
  nv21: 1,
  i420: 1,
} as const satisfies Record<PixelFormat, number>;

/** A checked conversion: call {@link RawConversion.rows} over 0 … `height` in any steps, then take `image`. */
export interface RawConversion {
  readonly image: Image;
  /** Rows of the raw picture. */
  readonly height: number;
  /** Converts raw rows from `start` up to and without `end` into `image`. */
  rows(start: number, end: number): void;
}

/** Where raw pixel (x, y) lands in the upright data: `origin + x·right + y·down`, in bytes. */
interface Placement {
  readonly origin: number;
  readonly right: number;
  readonly down: number;
}

/**
 * Converts raw pixels to upright RGB. Alpha is ignored (cameras leave it undefined); YUV is BT.601 video range,
 * chroma repeated. Throws `INVALID_ARGUMENT` for an unknown format or rotation, or a buffer that is too short.
 */
export function rawToImage(raw: RawPixels): Image {
  const conversion = startConversion(raw);
  conversion.rows(0, conversion.height);
  return conversion.image;
}

/** The same as {@link rawToImage} in steps, for callers that must not hold the thread for a whole frame. */
export function startConversion(raw: RawPixels): RawConversion {
  const stride = checkRaw(raw);
  const { width, height } = raw;
  const turn = raw.rotate ?? 0;
  const sideways = turn === 90 || turn === 270;
  const image = {
    width: sideways ? height : width,
    height: sideways ? width : height,
    data: new Uint8Array(width * height * 3),
  };
  const place = placement(width, height, turn);
  const convert = raw.format === 'nv12' || raw.format === 'nv21' || raw.format === 'i420' ? yuvRows : packedRows;
  return { image, height, rows: (start, end) => convert(raw, stride, image.data, place, start, end) };
}

/** Turns a picture clockwise. */
export function rotateImage(image: Image, degrees: 90 | 180 | 270): Image {
  checkImage(image);
  return rawToImage({ ...image, format: 'rgb', rotate: degrees });
}

function placement(width: number, height: number, turn: number): Placement {
  switch (turn) {
    case 90:
      return { origin: (height - 1) * 3, right: height * 3, down: -3 };
    case 180:
      return { origin: (width * height - 1) * 3, right: -3, down: -width * 3 };
    case 270:
      return { origin: (width - 1) * height * 3, right: -height * 3, down: 3 };
    default:
      return { origin: 0, right: 3, down: width * 3 };
  }
}

/** Checks everything that a caller can get wrong and returns the stride in bytes. */
function checkRaw(raw: RawPixels): number {
  checkSize('Raw pixels', raw.width, raw.height);
  const pixelBytes = Object.hasOwn(bytesPerPixel, raw.format) ? bytesPerPixel[raw.format] : undefined;
  if (pixelBytes === undefined) {
    const known = Object.keys(bytesPerPixel).join(', ');
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Raw pixels: expected a format out of ${known}, got ${String(raw.format)}`,
    );
  }
  if (![undefined, 0, 90, 180, 270].includes(raw.rotate)) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Raw pixels: expected rotate 0, 90, 180 or 270, got ${String(raw.rotate)}`,
    );
  }
  const rowBytes = raw.width * pixelBytes;
  const stride = raw.stride ?? rowBytes;
  if (!Number.isInteger(stride) || stride < rowBytes) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Raw pixels: expected a stride of at least ${rowBytes} bytes, got ${stride}`,
    );
  }
  const needed = neededBytes(raw, stride, rowBytes);
  if (raw.data.length < needed) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Raw pixels: ${raw.width}×${raw.height} ${raw.format} with stride ${stride} needs ${needed} bytes, got ${raw.data.length}`,
    );
  }
  return stride;
}

function neededBytes(raw: RawPixels, stride: number, rowBytes: number): number {
  const chromaRows = Math.ceil(raw.height / 2);
  const chromaWidth = Math.ceil(raw.width / 2);
  switch (raw.format) {
    case 'nv12':
    case 'nv21':
      return stride * raw.height + chromaStride(raw.format, stride) * (chromaRows - 1) + chromaWidth * 2;
    case 'i420':
      return stride * raw.height + chromaStride(raw.format, stride) * (2 * chromaRows - 1) + chromaWidth;
    default:
      return stride * (raw.height - 1) + rowBytes;
  }
}

/** Interleaved chroma rows are as long as luma rows (made even); planar ones half as long. */
function chromaStride(format: PixelFormat, stride: number): number {
  return format === 'i420' ? Math.ceil(stride / 2) : stride + (stride % 2);
}

function packedRows(
  raw: RawPixels,
  stride: number,
  out: Uint8Array,
  place: Placement,
  start: number,
  end: number,
): void {
  const { width, format } = raw;
  const data = plainBytes(raw.data);
  const step = bytesPerPixel[format];
  const swapped = format === 'bgr' || format === 'bgra';
  const red = swapped ? 2 : 0;
  const green = format === 'gray' ? 0 : 1;
  const blue = swapped || format === 'gray' ? 0 : 2;
  for (let y = start; y < end; y++) {
    let from = y * stride;
    let to = place.origin + y * place.down;
    for (let x = 0; x < width; x++) {
      out[to] = data[from + red] as number;
      out[to + 1] = data[from + green] as number;
      out[to + 2] = data[from + blue] as number;
      from += step;
      to += place.right;
    }
  }
}

function yuvRows(raw: RawPixels, stride: number, out: Uint8Array, place: Placement, start: number, end: number): void {
  const { width, height, format } = raw;
  const data = plainBytes(raw.data);
  // A clamped view of the output cuts overshooting values to 0…255 on store, faster than comparing.
  const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length);
  const planar = format === 'i420';
  const chroma = chromaStride(format, stride);
  const base = stride * height;
  const uStart = base + (format === 'nv21' ? 1 : 0);
  const vStart = planar ? base + chroma * Math.ceil(height / 2) : base + (format === 'nv21' ? 0 : 1);
  const chromaStep = planar ? 1 : 2;
  for (let y = start; y < end; y++) {
    let at = (y >> 1) * chroma;
    let to = place.origin + y * place.down;
    for (let x = 0; x < width; x += 2) {
      const u = (data[uStart + at] as number) - 128;
      const v = (data[vStart + at] as number) - 128;
      at += chromaStep;
      // BT.601 video range in 16.16 fixed point, half added for rounding.
      const red = 104597 * v + 32768;
      const green = 32768 - 25675 * u - 53279 * v;
      const blue = 132201 * u + 32768;
      const stop = Math.min(x + 2, width);
      for (let i = x; i < stop; i++) {
        const luma = 76309 * ((data[y * stride + i] as number) - 16);
        clamped[to] = (luma + red) >> 16;
        clamped[to + 1] = (luma + green) >> 16;
        clamped[to + 2] = (luma + blue) >> 16;
        to += place.right;
      }
    }
  }
}

/** One array type in the hot loops keeps them fast. */
function plainBytes(data: Uint8Array | Uint8ClampedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}
