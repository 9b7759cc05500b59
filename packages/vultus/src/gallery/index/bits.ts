/** One bit a component: codes so small that a million are compared in milliseconds, to pick what deserves a real look. */

import { VultusError } from '../../errors.ts';

/** What a fast search promises; see {@link shortlistSize}. */
export interface FastSearch {
  /** The lowest cosine of a probe and its mate that is to be found, 0…1. Default 0.4. */
  readonly lowest?: number;
  /** The share of such mates that is to be found, below 1. Default 0.995. */
  readonly recall?: number;
}

/** Fewer components tell too little by their signs. */
const leastDimension = 256;

/** Real embeddings spread less evenly than the formula supposes; measured, it takes a few times as many candidates. */
const margin = 4;
const leastShortlist = 1000;

/**
 * How many rows of `rows` must be looked at: signs agree with probability 1 − acos(c)/π each, so the distance of a mate
 * is normal with √d·(2/π)·asin(c) standard deviations below that of a stranger.
 * @throws VultusError `INVALID_ARGUMENT` for a dimension below 256 or rates outside their ranges
 */
export function shortlistSize(rows: number, dimension: number, { lowest = 0.4, recall = 0.995 }: FastSearch): number {
  if (dimension < leastDimension) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `A fast search needs at least ${leastDimension} components, got ${dimension}. Search exactly: it is fast with so few`,
    );
  }
  if (!(lowest > 0 && lowest < 1 && recall > 0 && recall < 1)) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected lowest and recall between 0 and 1, got ${lowest} and ${recall}`,
    );
  }
  const apart = Math.sqrt(dimension) * (2 / Math.PI) * Math.asin(lowest);
  const share = 1 - normalBelow(apart - normalQuantile(recall));
  return Math.min(rows, Math.max(leastShortlist, Math.ceil(margin * share * rows)));
}

/** Φ(x), by Abramowitz and Stegun 26.2.17, error below 1e-7. */
function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - above : above;
}

/** Φ⁻¹(p) by bisection; it is asked once a search. */
function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}
