/** Resize and crop: area-average where the picture shrinks, bilinear where it grows, each axis by itself. */

import { VultusError } from '../errors.ts';
import { checkImage, checkSize } from './check.ts';
import type { Image } from './image.ts';
import { nextTurn } from './turns.ts';

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
  const work = startResize(image, width, height);
  work.rows(0, height);
  return work.image;
}

/** Source and target values that one turn may touch: about two milliseconds of work. */
const valuesPerTurn = 1_000_000;

/** `resizeImage` in turns of the event loop (see `nextTurn`). */
export async function resizeInTurns(image: Image, width: number, height: number): Promise<Image> {
  checkImage(image);
  checkSize('resizeImage', width, height);
  if (width === image.width && height === image.height) return image;
  await nextTurn();
  const work = startResize(image, width, height);
  const perRow = (image.width * image.height * 3) / height + width * 3;
  const step = Math.max(1, Math.floor(valuesPerTurn / perRow));
  for (let row = 0; row < height; row += step) {
    if (row > 0) await nextTurn();
    work.rows(row, Math.min(height, row + step));
  }
  return work.image;
}

/** A resize that is done a few target rows at a time, in order. */
function startResize(
  image: Image,
  width: number,
  height: number,
): { image: Image; rows(from: number, to: number): void } {
  const columns = axisTaps(image.width, width);
  const rows = axisTaps(image.height, height);
  const rowLength = width * 3;
  const rowCache = new Rows(image, columns, rowLength);
  const sums = new Float32Array(rowLength);
  const data = new Uint8Array(height * rowLength);
  const mixRow = (y: number) => {
    sums.fill(0.5);
    const first = rows.start[y] as number;
    const count = rows.count[y] as number;
    const weight = rows.offset[y] as number;
    for (let k = 0; k < count; k++) addWeighted(rowCache.row(first + k), rows.weights[weight + k] as number, sums);
    const to = y * rowLength;
    for (let i = 0; i < rowLength; i++) data[to + i] = sums[i] as number;
  };
  return {
    image: { width, height, data },
    rows(from, to) {
      for (let y = from; y < to; y++) mixRow(y);
    },
  };
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

/** Source rows at the target's width. A target row shares at most its last source row or two with the next one. */
class Rows {
  readonly #image: Image;
  readonly #columns: Taps;
  readonly #slots: readonly [Float32Array, Float32Array];
  readonly #held: [number, number] = [-1, -1];

  constructor(image: Image, columns: Taps, rowLength: number) {
    this.#image = image;
    this.#columns = columns;
    this.#slots = [new Float32Array(rowLength), new Float32Array(rowLength)];
  }

  row(index: number): Float32Array {
    const slot = (index & 1) as 0 | 1;
    if (this.#held[slot] !== index) {
      mixColumns(this.#image.data, index * this.#image.width, this.#columns, this.#slots[slot]);
      this.#held[slot] = index;
    }
    return this.#slots[slot];
  }
}

function mixColumns(source: Uint8Array, rowStart: number, taps: Taps, out: Float32Array): void {
  const { start, count, offset, weights } = taps;
  for (let x = 0; x < start.length; x++) {
    let from = (rowStart + (start[x] as number)) * 3;
    const end = (offset[x] as number) + (count[x] as number);
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let w = offset[x] as number; w < end; w++) {
      const weight = weights[w] as number;
      red += weight * (source[from] as number);
      green += weight * (source[from + 1] as number);
      blue += weight * (source[from + 2] as number);
      from += 3;
    }
    out[x * 3] = red;
    out[x * 3 + 1] = green;
    out[x * 3 + 2] = blue;
  }
}

function addWeighted(row: Float32Array, weight: number, sums: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + weight * (row[i] as number);
}
