/** How a warp is done: how many samples a pixel, of what, and which part of the source they can touch. */

import { type Affine, composeAffine, scaleAffine } from './affine.ts';
import type { Image } from './image.ts';

/** What every implementation of the warp does in the same way. */
export interface WarpPlan {
  /** Bilinear samples per target pixel: one at its centre, or the mean of four at its quarter points. */
  readonly samples: 1 | 4;
  /** The source is first averaged over blocks of this side; 1 leaves it as it is. */
  readonly block: number;
  /** What lies outside shows the nearest edge pixel instead of black. */
  readonly edge: boolean;
}

/** A part of a picture in whole pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The whole pixels of the source that the warp can touch and `margin` more, as far as the picture goes; never empty. */
export function sourceRegion(image: Image, map: Affine, width: number, height: number, margin: number): Region {
  const [a, b, c, d, e, f] = map;
  const cornersX = [c, a * width + c, b * height + c, a * width + b * height + c];
  const cornersY = [f, d * width + f, e * height + f, d * width + e * height + f];
  const x = clamp(Math.floor(Math.min(...cornersX)) - margin, 0, image.width - 1);
  const y = clamp(Math.floor(Math.min(...cornersY)) - margin, 0, image.height - 1);
  return {
    x,
    y,
    width: clamp(Math.ceil(Math.max(...cornersX)) + margin - x, 1, image.width - x),
    height: clamp(Math.ceil(Math.max(...cornersY)) + margin - y, 1, image.height - y),
  };
}

/** The map into a region of the source that was averaged over blocks. */
export function reducedMap(map: Affine, region: Region, block: number): Affine {
  return composeAffine(scaleAffine(1 / block, 1 / block, -region.x / block, -region.y / block), map);
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : Math.min(value, high);
}
