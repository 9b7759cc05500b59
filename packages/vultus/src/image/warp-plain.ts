/** The warp in plain JavaScript: what the kernel is checked against, and what works where there is no WebAssembly. */

import { type Affine, composeAffine, scaleAffine } from './affine.ts';
import type { Image } from './image.ts';
import { type Region, reducedMap, sourceRegion, type WarpPlan } from './warp-plan.ts';

/** Cuts a `width` × `height` picture out of `image` as planned. */
export function plainWarp(image: Image, map: Affine, width: number, height: number, plan: WarpPlan): Image {
  const { samples, block, edge } = plan;
  if (samples === 1) return sampleOnce(image, map, width, height, edge);
  if (block === 1) return sampleFour(image, map, width, height, edge);
  const region = sourceRegion(image, map, width, height, 2 * block);
  const reduced = averageBlocks(image, region, block);
  const bounds = { right: (image.width - region.x) / block, bottom: (image.height - region.y) / block };
  return sampleFour(reduced, reducedMap(map, region, block), width, height, edge, bounds);
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
