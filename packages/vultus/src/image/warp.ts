/** Affine warp with bilinear sampling, antialiased where it shrinks. */

import { VultusError } from '../errors.ts';
import { type Affine, affineStretch, composeAffine, scaleAffine } from './affine.ts';
import { checkImage, checkSize } from './check.ts';
import type { Image } from './image.ts';
import { nextTurn } from './turns.ts';
import { kernelWarp } from './warp-kernel.ts';
import { plainWarp } from './warp-plain.ts';
import type { WarpPlan } from './warp-plan.ts';

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
  const once = stretch <= (options.sampleOnceTo ?? aliasingStretch);
  const plan: WarpPlan = {
    samples: once ? 1 : 4,
    block: once ? 1 : Math.max(1, Math.round(stretch / 2)),
    edge: options.border === 'edge',
  };
  return (
    kernelWarp(image, targetToSource, width, height, plan) ?? plainWarp(image, targetToSource, width, height, plan)
  );
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
