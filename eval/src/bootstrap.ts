/** How sure a figure is: the spread of it over sets of people drawn by lot from the people measured. */

import type { Comparisons } from './comparisons.ts';
import { seededRandom } from './random.ts';

/** Between these lie 95 of 100 draws. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Options of {@link bootstrapPeople}. */
export interface BootstrapOptions {
  /** False-accept rates at which the true-accept rate is wanted. */
  readonly rates: readonly number[];
  /** Draws; default 200. */
  readonly draws?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** Comparisons from the most to the least alike, with who is on them. */
export interface RankedPairs {
  readonly similarity: Float64Array;
  readonly same: Uint8Array;
  readonly personA: Uint32Array;
  readonly personB: Uint32Array;
}

/** Sorts comparisons once, for many draws. */
export function rankPairs(pairs: Comparisons): RankedPairs {
  const { similarity, same, fileA, fileB, person } = pairs;
  const order = new Uint32Array(similarity.length).map((_, index) => index);
  order.sort((a, b) => {
    const [x, y] = [similarity[a] as number, similarity[b] as number];
    return x === y ? 0 : y > x ? 1 : -1;
  });
  const size = order.length;
  const ranked = {
    similarity: new Float64Array(size),
    same: new Uint8Array(size),
    personA: new Uint32Array(size),
    personB: new Uint32Array(size),
  };
  for (const [rank, pair] of order.entries()) {
    ranked.similarity[rank] = similarity[pair] as number;
    ranked.same[rank] = same[pair] as number;
    ranked.personA[rank] = person[fileA[pair] as number] as number;
    ranked.personB[rank] = person[fileB[pair] as number] as number;
  }
  return ranked;
}

/** How often each person is drawn when as many are drawn as there are, with return. */
export function drawPeople(people: number, next: () => number): Float64Array {
  const times = new Float64Array(people);
  for (let i = 0; i < people; i++) {
    const who = Math.floor(next() * people);
    times[who] = (times[who] as number) + 1;
  }
  return times;
}

/** Weighted totals and rates at given false-accept rates: a person drawn twice counts twice, a pair of strangers w·w′ times. */
export function weightedRates(
  pairs: RankedPairs,
  times: Float64Array,
  rates: readonly number[],
): { readonly tar: number[]; readonly eer: number } | undefined {
  const { similarity, same, personA, personB } = pairs;
  const weight = (i: number): number => {
    const first = times[personA[i] as number] as number;
    return same[i] === 1 ? first : first * (times[personB[i] as number] as number);
  };
  let [genuine, impostors] = [0, 0];
  for (let i = 0; i < same.length; i++) {
    if (same[i] === 1) genuine += weight(i);
    else impostors += weight(i);
  }
  if (genuine === 0 || impostors === 0) return undefined;
  const tar = rates.map(() => 0);
  let [accepted, mistaken, eer] = [0, 0, -1];
  let [lastFar, lastFrr] = [0, 1];
  for (let i = 0; i < same.length; i++) {
    if (same[i] === 1) accepted += weight(i);
    else mistaken += weight(i);
    if (i + 1 < same.length && similarity[i + 1] === similarity[i]) continue;
    const [far, frr] = [mistaken / impostors, 1 - accepted / genuine];
    for (let k = 0; k < rates.length; k++) if (far <= (rates[k] as number)) tar[k] = 1 - frr;
    if (eer < 0 && far >= frr) {
      const [before, after] = [lastFrr - lastFar, far - frr];
      eer = before + after > 0 ? lastFar + (before / (before + after)) * (far - lastFar) : far;
    }
    [lastFar, lastFrr] = [far, frr];
  }
  return { tar, eer };
}

/** Intervals of the true-accept rate at each rate and of the equal error rate, over people drawn by lot. */
export function bootstrapPeople(
  pairs: Comparisons,
  { rates, draws = 200, seed = 1 }: BootstrapOptions,
): { readonly tar: readonly Interval[]; readonly eer: Interval } {
  const ranked = rankPairs(pairs);
  const next = seededRandom(seed);
  const found: { tar: number[]; eer: number }[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const rated = weightedRates(ranked, drawPeople(pairs.people, next), rates);
    if (rated) found.push(rated);
  }
  return {
    tar: rates.map((_, k) => middle95(found.map(({ tar }) => tar[k] as number))),
    eer: middle95(found.map(({ eer }) => eer)),
  };
}

/** The 2.5th and 97.5th percentile. */
export function middle95(values: readonly number[]): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}
