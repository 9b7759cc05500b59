/** What a similarity means: the probability that both faces are one person, and the threshold for a false-match rate. */

import { VultusError } from '../errors.ts';

/** Parameters of the logistic that turns a cosine into a probability; fitted per embedding contract. */
export interface Logistic {
  /** Probability approached far below the threshold, 0 ≤ min < middle. */
  readonly min: number;
  /** Probability approached far above it, middle < max ≤ 1. */
  readonly max: number;
  /** Probability at the threshold. */
  readonly middle: number;
  /** Cosine at which the probability is `middle`. */
  readonly threshold: number;
  /** Slope per unit of cosine, > 0. */
  readonly steepness: number;
}

/** Thresholds by false-match rate; keys are rates written as numbers, `'1e-3'`. */
export type ThresholdTable = Readonly<Record<string, { readonly threshold: number }>>;

/** What {@link thresholdFor} is asked for. */
export interface ThresholdQuery {
  /** Share of stranger pairs that may pass, within the range of the table. */
  readonly fmr: number;
}

/**
 * Probability that two faces of the given cosine are one person:
 * min + (max − min)·σ(steepness·(similarity − threshold) + bias) with bias = −ln((max − middle) / (middle − min)),
 * so that it is `middle` at the threshold. Rises with the similarity; stays within min…max.
 */
export function toProbability(similarity: number, calibration: { readonly logistic: Logistic }): number {
  const { min, max, middle, threshold, steepness } = calibration.logistic;
  const bias = -Math.log((max - middle) / (middle - min));
  return min + (max - min) / (1 + Math.exp(-(steepness * (similarity - threshold) + bias)));
}

/**
 * The cosine above which a share `fmr` of stranger pairs lies. Between two measured rates the threshold is
 * interpolated linearly over the logarithm of the rate.
 * @throws VultusError `INVALID_ARGUMENT` for a rate outside the table.
 */
export function thresholdFor(calibration: { readonly thresholds: ThresholdTable }, { fmr }: ThresholdQuery): number {
  const rates = Object.entries(calibration.thresholds)
    .map(([key, { threshold }]) => ({ rate: Number(key), threshold }))
    .sort((a, b) => b.rate - a.rate);
  for (const [index, upper] of rates.entries()) {
    if (isSameRate(fmr, upper.rate)) return upper.threshold;
    const lower = rates[index + 1];
    if (lower !== undefined && fmr < upper.rate && fmr > lower.rate) {
      const share = Math.log(upper.rate / fmr) / Math.log(upper.rate / lower.rate);
      return upper.threshold + share * (lower.threshold - upper.threshold);
    }
  }
  const range = rates.length > 0 ? `from ${rates.at(-1)?.rate} to ${rates[0]?.rate}` : 'of a calibrated preset';
  throw new VultusError('INVALID_ARGUMENT', `fmr: expected a false-match rate ${range}, got ${fmr}`);
}

function isSameRate(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * b;
}
