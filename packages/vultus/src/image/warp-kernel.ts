/** The warp by the WebAssembly kernel: several times as fast as plain JavaScript, equal to within a level. */

import type { Affine } from './affine.ts';
import type { Image } from './image.ts';
import { openPixelKernel, type PixelKernel, spareBytes } from './kernel.ts';
import { type Region, reducedMap, sourceRegion, type WarpPlan } from './warp-plan.ts';

/** Rows that the kernel's 16-bit sums can add up. */
const mostRows = 256;

/** Cuts a `width` × `height` picture out of `image` as planned; `undefined` where the kernel cannot. */
export function kernelWarp(
  image: Image,
  map: Affine,
  width: number,
  height: number,
  plan: WarpPlan,
): Image | undefined {
  const { block } = plan;
  if (block > mostRows) return undefined;
  const region = sourceRegion(image, map, width, height, 2 * block);
  const reduced = { width: Math.ceil(region.width / block), height: Math.ceil(region.height / block) };
  const sourceBytes = reduced.width * reduced.height * 3 + spareBytes;
  const outBytes = width * height * 3 + spareBytes;
  const bandBytes = block === 1 ? 0 : region.width * 3 * (block + 2) + 2 * spareBytes;
  const kernel = openPixelKernel(sourceBytes + outBytes + bandBytes);
  if (kernel === undefined) return undefined;
  const memory = new Uint8Array(kernel.memory.buffer);
  const outAt = sourceBytes;
  if (block === 1) copyRows(image, region, 0, region.height, memory, 0);
  else averageBlocks(kernel, image, region, block, memory, outAt + outBytes);
  const [a, b, c, d, e, f] = reducedMap(map, region, block);
  kernel.warp(
    0,
    reduced.width,
    reduced.height,
    a,
    b,
    c,
    d,
    e,
    f,
    outAt,
    width,
    height,
    plan.samples === 4 ? 1 : 0,
    plan.edge ? 1 : 0,
    (image.width - region.x) / block,
    (image.height - region.y) / block,
  );
  return { width, height, data: memory.slice(outAt, outAt + width * height * 3) };
}

/** Means of block × block pixels of the region to address 0; the band of source rows in work lies at `bandAt`. */
function averageBlocks(
  kernel: PixelKernel,
  image: Image,
  region: Region,
  block: number,
  memory: Uint8Array,
  bandAt: number,
): void {
  const sumsAt = bandAt + region.width * 3 * block + spareBytes;
  const rowBytes = Math.ceil(region.width / block) * 3;
  for (let top = 0, out = 0; top < region.height; top += block, out += rowBytes) {
    const rows = Math.min(block, region.height - top);
    copyRows(image, region, top, rows, memory, bandAt);
    kernel.averageRow(bandAt, region.width, rows, block, sumsAt, out);
  }
}

/** Copies rows of a region of the picture, without gaps. */
function copyRows(image: Image, region: Region, top: number, rows: number, memory: Uint8Array, to: number): void {
  const bytes = region.width * 3;
  for (let row = 0; row < rows; row++) {
    const from = ((region.y + top + row) * image.width + region.x) * 3;
    memory.set(image.data.subarray(from, from + bytes), to + row * bytes);
  }
}
