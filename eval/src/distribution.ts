/** How similarities and probabilities are spread, and whether probabilities keep what they promise. */

import { type Logistic, toProbability } from 'vultus';
import type { ScoredPairs } from './metrics.ts';

/** Counts of pairs in bins of equal width from `min` to `max`. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly genuine: readonly number[];
  readonly impostors: readonly number[];
}

/** Of bins of probability: how many pairs (both kinds weighing the same), what was promised, and what was so. */
export interface Reliability {
  /** Mean distance between promised and true share, weighted by bins: expected calibration error. */
  readonly error: number;
  readonly bins: readonly { readonly weight: number; readonly promised: number; readonly actual: number }[];
}

/** Spread of similarities, or of what `read` makes of them; pairs without a face are left out, values outside go to the end bins. */
export function histogram(
  { similarity, same }: ScoredPairs,
  {
    min,
    max,
    bins,
    read = (value) => value,
  }: {
    readonly min: number;
    readonly max: number;
    readonly bins: number;
    readonly read?: (similarity: number) => number;
  },
): Histogram {
  const counts = [new Array<number>(bins).fill(0), new Array<number>(bins).fill(0)] as const;
  for (let i = 0; i < similarity.length; i++) {
    if (similarity[i] === Number.NEGATIVE_INFINITY) continue;
    const place = Math.floor(((read(similarity[i] as number) - min) / (max - min)) * bins);
    const bin = Math.min(bins - 1, Math.max(0, place));
    const kind = counts[same[i] === 1 ? 1 : 0];
    kind[bin] = (kind[bin] as number) + 1;
  }
  return { min, max, genuine: counts[1], impostors: counts[0] };
}

/** Whether a calibration's probabilities are right on pairs; those without a face are left out. */
export function reliability(pairs: ScoredPairs, calibration: { readonly logistic: Logistic }, bins = 15): Reliability {
  const known = (_: unknown, i: number) => pairs.similarity[i] !== Number.NEGATIVE_INFINITY;
  const probability = pairs.similarity.filter(known).map((value) => toProbability(value, calibration));
  return reliabilityOf({ probability, same: pairs.same.filter(known) }, bins);
}

/** Whether probabilities are right at even odds: same-person and stranger pairs weigh one half each. */
export function reliabilityOf(
  { probability, same }: { readonly probability: Float64Array; readonly same: Uint8Array },
  bins = 15,
): Reliability {
  const sums = Array.from({ length: bins }, () => ({ weight: 0, promised: 0, actual: 0 }));
  const genuine = same.reduce((sum, value) => sum + value, 0);
  const impostors = same.length - genuine;
  for (let i = 0; i < same.length; i++) {
    const promised = probability[i] as number;
    const isSame = same[i] === 1;
    const weight = 0.5 / (isSame ? genuine : impostors);
    const bin = sums[Math.min(bins - 1, Math.floor(promised * bins))] as (typeof sums)[number];
    bin.weight += weight;
    bin.promised += weight * promised;
    bin.actual += isSame ? weight : 0;
  }
  const error = sums.reduce((sum, { promised, actual }) => sum + Math.abs(promised - actual), 0);
  const shares = sums.map(({ weight, promised, actual }) =>
    weight > 0 ? { weight, promised: promised / weight, actual: actual / weight } : { weight, promised: 0, actual: 0 },
  );
  return { error, bins: shares };
}
