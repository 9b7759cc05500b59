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

/** What {@link thresholdFor} is asked for: a rate for comparing two faces, or one for searching a gallery. */
export type ThresholdQuery =
  | {
      /** Share of stranger pairs that may pass, within the range of the table. */
      readonly fmr: number;
    }
  | {
      /** Faces in the gallery, ≥ 1. */
      readonly gallerySize: number;
      /** Share of strangers searched for that may be given somebody's name, 0…1 (both excluded). */
      readonly fpir: number;
    };

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
 * The false-match rate of one comparison that keeps a search of `gallerySize` faces to `fpir`:
 * 1 − (1 − fpir)^(1/gallerySize), as if comparisons failed independently.
 * @throws VultusError `INVALID_ARGUMENT`
 */
export function fmrFor({ gallerySize, fpir }: { readonly gallerySize: number; readonly fpir: number }): number {
  if (!(gallerySize >= 1 && Number.isFinite(gallerySize))) {
    throw new VultusError('INVALID_ARGUMENT', `gallerySize: expected at least 1 face, got ${gallerySize}`);
  }
  if (!(fpir > 0 && fpir < 1)) {
    throw new VultusError('INVALID_ARGUMENT', `fpir: expected a rate between 0 and 1, got ${fpir}`);
  }
  return -Math.expm1(Math.log1p(-fpir) / gallerySize);
}

/**
 * The cosine above which a share `fmr` of stranger pairs lies, or which a stranger reaches with somebody of a gallery in
 * a share `fpir` of searches. Between two rates of the table the threshold is interpolated linearly over the logarithm
 * of the rate. Large galleries need rates below the table's: the last two thresholds are continued in √(−ln rate), in
 * which a Gaussian tail is a straight line. Rates above the table's get its loosest threshold.
 * @throws VultusError `INVALID_ARGUMENT` for an `fmr` outside the table, or a query that makes no sense
 */
export function thresholdFor(calibration: { readonly thresholds: ThresholdTable }, query: ThresholdQuery): number {
  const rates = Object.entries(calibration.thresholds)
    .map(([key, { threshold }]) => ({ rate: Number(key), threshold }))
    .sort((a, b) => b.rate - a.rate);
  const fmr = 'fmr' in query ? query.fmr : fmrFor(query);
  const [first, last, before] = [rates[0], rates.at(-1), rates.at(-2)];
  if (!('fmr' in query) && first !== undefined && last !== undefined) {
    if (fmr > first.rate) return first.threshold;
    if (fmr < last.rate && before !== undefined) return Math.max(last.threshold, beyond(before, last, fmr));
  }
  for (const [index, upper] of rates.entries()) {
    if (isSameRate(fmr, upper.rate)) return upper.threshold;
    const lower = rates[index + 1];
    if (lower !== undefined && fmr < upper.rate && fmr > lower.rate) {
      const share = Math.log(upper.rate / fmr) / Math.log(upper.rate / lower.rate);
      return upper.threshold + share * (lower.threshold - upper.threshold);
    }
  }
  const range = first !== undefined ? `from ${last?.rate} to ${first.rate}` : 'of a calibrated preset';
  throw new VultusError('INVALID_ARGUMENT', `fmr: expected a false-match rate ${range}, got ${fmr}`);
}

interface RateThreshold {
  readonly rate: number;
  readonly threshold: number;
}

function beyond(before: RateThreshold, last: RateThreshold, rate: number): number {
  const scale = (value: number) => Math.sqrt(-Math.log(value));
  const slope = (last.threshold - before.threshold) / (scale(last.rate) - scale(before.rate));
  return Math.min(0.9999, last.threshold + slope * (scale(rate) - scale(last.rate)));
}

function isSameRate(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * b;
}
