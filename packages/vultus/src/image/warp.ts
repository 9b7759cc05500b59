/** Affine warp with bilinear sampling, antialiased where it shrinks. */

import { VultusError } from '../errors.ts';
import { type Affine, affineStretch, composeAffine, scaleAffine } from './affine.ts';
import { checkImage, checkSize } from './check.ts';
import type { Image } from './image.ts';
import { nextTurn } from './turns.ts';

/** Options of {@link warpAffine}. */
export interface WarpOptions {
  /** What lies outside the picture: black (default, as face models were trained), or its nearest edge pixel. */
  readonly border?: 'black' | 'edge';
  /** Source pixels per target pixel up to which each target pixel is one bilinear sample; default 1.5. */
  readonly sampleOnceTo?: number;
}

/** Above this many source pixels per target pixel, plain bilinear sampling would skip pixels visibly. */
const aliasingStretch = 1.5;

/**
 * Cuts a `width` × `height` picture out of `image`: target pixel (x, y), whose centre is (x + ½, y + ½), shows the source
 * at `targetToSource` of that centre. Pixel i covers i … i + 1 on both sides, so the maps compose with scaling exactly.
 * Up to a shrink of 1.5 (`sampleOnceTo`) each target pixel is one bilinear sample, as the common face models were trained; up to 3 it is
 * the mean of 2×2 samples; beyond, the part of the source that is needed is first averaged over blocks of half the shrink.
 * Throws `INVALID_ARGUMENT` for a map that is not finite. Runs on this thread: meant for crops, not for whole photographs.
 */
export function warpAffine(
  image: Image,
  targetToSource: Affine,
  width: number,
  height: number,
  options: WarpOptions = {},
): Image {
  checkImage(image);
  checkSize('warpAffine', width, height);
  const stretch = affineStretch(targetToSource);
  if (!Number.isFinite(stretch + targetToSource[2] + targetToSource[5])) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `warpAffine: expected six finite numbers, got ${targetToSource.join(', ')}`,
    );
  }
  const edge = options.border === 'edge';
  if (stretch <= (options.sampleOnceTo ?? aliasingStretch))
    return sampleOnce(image, targetToSource, width, height, edge);
  const block = Math.max(1, Math.round(stretch / 2));
  if (block === 1) return sampleFour(image, targetToSource, width, height, edge);
  const region = sourceRegion(image, targetToSource, width, height, block);
  const reduced = averageBlocks(image, region, block);
  const toReduced = composeAffine(
    scaleAffine(1 / block, 1 / block, -region.x / block, -region.y / block),
    targetToSource,
  );
  const bounds = { right: (image.width - region.x) / block, bottom: (image.height - region.y) / block };
  return sampleFour(reduced, toReduced, width, height, edge, bounds);
}

/** Target pixels of one turn: a millisecond or two of work. */
const pixelsPerTurn = 50_000;

/** `warpAffine` in turns of the event loop (see `nextTurn`): bands of rows where the crop is large. */
export async function warpInTurns(
  image: Image,
  targetToSource: Affine,
  width: number,
  height: number,
  options: WarpOptions = {},
): Promise<Image> {
  await nextTurn();
  // Where the source is averaged over blocks first, bands would repeat that; such crops are small.
  const banded = width * height > pixelsPerTurn && affineStretch(targetToSource) < 3;
  if (!banded) return warpAffine(image, targetToSource, width, height, options);
  checkSize('warpAffine', width, height);
  const data = new Uint8Array(width * height * 3);
  const step = Math.max(1, Math.floor(pixelsPerTurn / width));
  for (let row = 0; row < height; row += step) {
    if (row > 0) await nextTurn();
    const rows = Math.min(step, height - row);
    const map = composeAffine(targetToSource, scaleAffine(1, 1, 0, row));
    data.set(warpAffine(image, map, width, rows, options).data, row * width * 3);
  }
  return { width, height, data };
}

/** Where the picture ends, when the last pixels of a reduced one stand for less than a block. */
interface Bounds {
  readonly right: number;
  readonly bottom: number;
}

function sampleOnce(
  image: Image,
  map: Affine,
  width: number,
  height: number,
  edge: boolean,
  bounds: Bounds = { right: image.width, bottom: image.height },
): Image {
  const data = new Uint8Array(width * height * 3);
  const [a, b, c, d, e, f] = map;
  for (let y = 0; y < height; y++) {
    const startX = a * 0.5 + b * (y + 0.5) + c;
    const startY = d * 0.5 + e * (y + 0.5) + f;
    const to = y * width * 3;
    if (deepInside(image, startX, startY) && deepInside(image, startX + a * (width - 1), startY + d * (width - 1))) {
      sampleInnerRow(image, startX, startY, a, d, data, to, width);
      continue;
    }
    for (let x = 0; x < width; x++) samplePixel(image, startX + a * x, startY + d * x, edge, bounds, data, to + x * 3);
  }
  return { width, height, data };
}

/** True where all four taps of a sample exist, with a pixel to spare. */
function deepInside(image: Image, x: number, y: number): boolean {
  return x >= 1.5 && y >= 1.5 && x <= image.width - 1.5 && y <= image.height - 1.5;
}

/** A row of samples on a line whose ends, and so all of it, lie deep inside: no tap needs checking. */
function sampleInnerRow(
  image: Image,
  startX: number,
  startY: number,
  stepX: number,
  stepY: number,
  out: Uint8Array,
  start: number,
  count: number,
): void {
  const { data } = image;
  const stride = image.width * 3;
  for (let i = 0, to = start; i < count; i++, to += 3) {
    const x = startX + stepX * i - 0.5;
    const y = startY + stepY * i - 0.5;
    const left = x | 0;
    const top = y | 0;
    const fx = x - left;
    const fy = y - top;
    const p = top * stride + left * 3;
    const q = p + stride;
    const w11 = fx * fy;
    const w01 = fx - w11;
    const w10 = fy - w11;
    const w00 = 1 - fx - w10;
    out[to] =
      w00 * (data[p] as number) +
      w01 * (data[p + 3] as number) +
      w10 * (data[q] as number) +
      w11 * (data[q + 3] as number) +
      0.5;
    out[to + 1] =
      w00 * (data[p + 1] as number) +
      w01 * (data[p + 4] as number) +
      w10 * (data[q + 1] as number) +
      w11 * (data[q + 4] as number) +
      0.5;
    out[to + 2] =
      w00 * (data[p + 2] as number) +
      w01 * (data[p + 5] as number) +
      w10 * (data[q + 2] as number) +
      w11 * (data[q + 5] as number) +
      0.5;
  }
}

/** Bilinear sample at a point; taps stop at the picture's edge pixels, a point outside the picture stays black. */
function samplePixel(
  image: Image,
  pointX: number,
  pointY: number,
  edge: boolean,
  bounds: Bounds,
  out: Uint8Array,
  to: number,
): void {
  const { width, height, data } = image;
  if (!edge && !(pointX >= 0 && pointY >= 0 && pointX <= bounds.right && pointY <= bounds.bottom)) return;
  const x = pointX <= 0.5 ? 0 : pointX >= width - 0.5 ? width - 1 : pointX - 0.5;
  const y = pointY <= 0.5 ? 0 : pointY >= height - 0.5 ? height - 1 : pointY - 0.5;
  const left = x | 0;
  const top = y | 0;
  const fx = x - left;
  const fy = y - top;
  const p = (top * width + left) * 3;
  const right = left + 1 < width ? 3 : 0;
  const q = top + 1 < height ? p + width * 3 : p;
  const w00 = (1 - fx) * (1 - fy);
  const w01 = fx * (1 - fy);
  const w10 = (1 - fx) * fy;
  const w11 = fx * fy;
  for (let k = 0; k < 3; k++) {
    out[to + k] =
      w00 * (data[p + k] as number) +
      w01 * (data[p + right + k] as number) +
      w10 * (data[q + k] as number) +
      w11 * (data[q + right + k] as number) +
      0.5;
  }
}

/** Four samples a pixel, at the quarter points, averaged. */
function sampleFour(image: Image, map: Affine, width: number, height: number, edge: boolean, bounds?: Bounds): Image {
  const fine = sampleOnce(image, composeAffine(map, scaleAffine(0.5)), width * 2, height * 2, edge, bounds);
  return halve(fine);
}

/** Means of 2×2 pixels of a picture with even sides. */
function halve({ width, height, data }: Image): Image {
  const stride = width * 3;
  const out = new Uint8Array(data.length >> 2);
  for (let y = 0, to = 0; y < height; y += 2) {
    for (let p = y * stride, end = p + stride; p < end; p += 6, to += 3) {
      const q = p + stride;
      for (let k = 0; k < 3; k++) {
        const sum =
          (data[p + k] as number) + (data[p + 3 + k] as number) + (data[q + k] as number) + (data[q + 3 + k] as number);
        out[to + k] = (sum + 2) >> 2;
      }
    }
  }
  return { width: width >> 1, height: height >> 1, data: out };
}

interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The whole pixels of the source that the warp can touch, at least one block inside the picture. */
function sourceRegion(image: Image, map: Affine, width: number, height: number, block: number): Region {
  const [a, b, c, d, e, f] = map;
  const cornersX = [c, a * width + c, b * height + c, a * width + b * height + c];
  const cornersY = [f, d * width + f, e * height + f, d * width + e * height + f];
  const margin = 2 * block;
  const x = clamp(Math.floor(Math.min(...cornersX)) - margin, 0, image.width - 1);
  const y = clamp(Math.floor(Math.min(...cornersY)) - margin, 0, image.height - 1);
  return {
    x,
    y,
    width: clamp(Math.ceil(Math.max(...cornersX)) + margin - x, 1, image.width - x),
    height: clamp(Math.ceil(Math.max(...cornersY)) + margin - y, 1, image.height - y),
  };
}

/** Means of block × block source pixels; blocks at the right and bottom edge average what is there. */
function averageBlocks(image: Image, region: Region, block: number): Image {
  const width = Math.ceil(region.width / block);
  const height = Math.ceil(region.height / block);
  const out = new Uint8Array(width * height * 3);
  const sums = new Uint32Array(width * 3);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    const top = region.y + y * block;
    const rows = Math.min(block, region.y + region.height - top);
    for (let r = 0; r < rows; r++) addRow(image, region, top + r, block, sums);
    for (let x = 0; x < width; x++) {
      const pixels = rows * Math.min(block, region.width - x * block);
      const to = (y * width + x) * 3;
      for (let k = 0; k < 3; k++) out[to + k] = (sums[x * 3 + k] as number) / pixels + 0.5;
    }
  }
  return { width, height, data: out };
}

function addRow(image: Image, region: Region, row: number, block: number, sums: Uint32Array): void {
  const { data } = image;
  let from = (row * image.width + region.x) * 3;
  const end = from + region.width * 3;
  for (let to = 0; from < end; to += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    const stop = Math.min(end, from + block * 3);
    for (; from < stop; from += 3) {
      red += data[from] as number;
      green += data[from + 1] as number;
      blue += data[from + 2] as number;
    }
    sums[to] = (sums[to] as number) + red;
    sums[to + 1] = (sums[to + 1] as number) + green;
    sums[to + 2] = (sums[to + 2] as number) + blue;
  }
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : Math.min(value, high);
}
