/** Resize and crop: area-average where the picture shrinks, bilinear where it grows, each axis by itself. */

import { VultusError } from '../errors.ts';
import { checkImage, checkSize } from './check.ts';
import type { Image } from './image.ts';

/** For each target index the source indices `start[i] … start[i] + count[i] − 1` and their weights, which sum to 1. */
interface Taps {
  readonly start: Int32Array;
  readonly count: Int32Array;
  readonly offset: Int32Array;
  readonly weights: Float32Array;
}

/**
 * The picture at another size (the aspect may change). Shrinking averages over the exact area of each target pixel,
 * growing interpolates between pixel centres. Runs on this thread: for whole large photographs ask a Picture for a level.
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  checkImage(image);
  checkSize('resizeImage', width, height);
  if (width === image.width && height === image.height) return image;
  const columns = axisTaps(image.width, width);
  const rows = axisTaps(image.height, height);
  const rowLength = image.width * 3;
  const mixed = new Float32Array(rowLength);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    mixRows(image.data, rowLength, rows, y, mixed);
    mixColumns(mixed, columns, data, y * width * 3, width);
  }
  return { width, height, data };
}

/** The part of the picture inside a box of whole pixels. Throws `INVALID_ARGUMENT` when the box leaves the picture. */
export function cropImage(
  image: Image,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): Image {
  checkImage(image);
  checkSize('cropImage', box.width, box.height);
  const inside =
    Number.isInteger(box.x) &&
    Number.isInteger(box.y) &&
    box.x >= 0 &&
    box.y >= 0 &&
    box.x + box.width <= image.width &&
    box.y + box.height <= image.height;
  if (!inside) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `cropImage: expected a box of whole pixels inside ${image.width}×${image.height}, got x ${box.x}, y ${box.y}, ${box.width}×${box.height}`,
    );
  }
  const data = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const from = ((box.y + y) * image.width + box.x) * 3;
    data.set(image.data.subarray(from, from + box.width * 3), y * box.width * 3);
  }
  return { width: box.width, height: box.height, data };
}

function axisTaps(from: number, to: number): Taps {
  const ratio = from / to;
  const perTarget = Math.ceil(Math.max(1, ratio)) + 1;
  const start = new Int32Array(to);
  const count = new Int32Array(to);
  const offset = new Int32Array(to);
  const weights = new Float32Array(to * perTarget);
  for (let i = 0; i < to; i++) {
    offset[i] = i * perTarget;
    if (ratio > 1) {
      const left = i * ratio;
      const right = Math.min(from, (i + 1) * ratio);
      const first = Math.min(from - 1, Math.floor(left));
      const last = Math.min(from, Math.max(first + 1, Math.ceil(right - 1e-9)));
      start[i] = first;
      count[i] = last - first;
      for (let s = first; s < last; s++) {
        weights[i * perTarget + s - first] = (Math.min(right, s + 1) - Math.max(left, s)) / (right - left);
      }
    } else {
      const centre = Math.min(from - 1, Math.max(0, (i + 0.5) * ratio - 0.5));
      const first = Math.floor(centre);
      start[i] = first;
      count[i] = Math.min(2, from - first);
      weights[i * perTarget] = count[i] === 1 ? 1 : 1 - (centre - first);
      weights[i * perTarget + 1] = count[i] === 1 ? 0 : centre - first;
    }
  }
  return { start, count, offset, weights };
}

function mixRows(source: Uint8Array, rowLength: number, taps: Taps, y: number, mixed: Float32Array): void {
  const first = taps.start[y] as number;
  const count = taps.count[y] as number;
  const at = taps.offset[y] as number;
  for (let k = 0; k < count; k++) {
    const weight = taps.weights[at + k] as number;
    const from = (first + k) * rowLength;
    if (k === 0) {
      for (let i = 0; i < rowLength; i++) mixed[i] = weight * (source[from + i] as number);
    } else {
      for (let i = 0; i < rowLength; i++) mixed[i] = (mixed[i] as number) + weight * (source[from + i] as number);
    }
  }
}

function mixColumns(mixed: Float32Array, taps: Taps, out: Uint8Array, outStart: number, width: number): void {
  const { start, count, offset, weights } = taps;
  let to = outStart;
  for (let x = 0; x < width; x++) {
    let from = (start[x] as number) * 3;
    const end = (offset[x] as number) + (count[x] as number);
    let red = 0.5;
    let green = 0.5;
    let blue = 0.5;
    for (let w = offset[x] as number; w < end; w++) {
      const weight = weights[w] as number;
      red += weight * (mixed[from] as number);
      green += weight * (mixed[from + 1] as number);
      blue += weight * (mixed[from + 2] as number);
      from += 3;
    }
    out[to] = red;
    out[to + 1] = green;
    out[to + 2] = blue;
    to += 3;
  }
}
