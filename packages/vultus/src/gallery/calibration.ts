/** What a collection needs to know about its model's scores: probability and thresholds. */

import { VultusError } from '../errors.ts';
import type { IdentifyOptions } from './types.ts';

/** Measured facts about one embedding contract's similarities. */
export interface Calibration {
  /** Cosine → probability that both faces are one person, 0…1. */
  probability(similarity: number): number;
  /** The cosine above which a share `fmr` of stranger pairs lies; absent when the rates were not measured. */
  thresholdAt?(fmr: number): number;
  /** The cosine to use when the caller names none. */
  readonly threshold?: number;
}

/** The similarity that counts as a match when neither the caller nor a calibration says otherwise. */
export const defaultThreshold = 0.4;

/** Wraps a bare mapping, so that callers may hand over either. */
export function asCalibration(
  given: Calibration | ((similarity: number) => number) | undefined,
): Calibration | undefined {
  return typeof given === 'function' ? { probability: given } : given;
}

/**
 * The threshold that a search uses.
 * @throws VultusError `INVALID_ARGUMENT` for values outside −1…1 or 0…1, for both at once, or for `fmr` without rates.
 */
export function chooseThreshold(
  options: Pick<IdentifyOptions, 'threshold' | 'fmr'>,
  calibration: Calibration | undefined,
): number {
  const { threshold, fmr } = options;
  if (threshold !== undefined && fmr !== undefined) {
    throw new VultusError('INVALID_ARGUMENT', 'Expected threshold or fmr, got both. Give one');
  }
  if (threshold !== undefined) {
    if (threshold >= -1 && threshold <= 1) return threshold;
    throw new VultusError('INVALID_ARGUMENT', `Expected threshold to be a cosine from -1 to 1, got ${threshold}`);
  }
  if (fmr === undefined) return calibration?.threshold ?? defaultThreshold;
  if (!(fmr > 0 && fmr < 1)) {
    throw new VultusError('INVALID_ARGUMENT', `Expected fmr to be a rate between 0 and 1, got ${fmr}`);
  }
  if (calibration?.thresholdAt === undefined) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      'fmr needs a calibration with measured rates. Open the collection with one, or give threshold',
    );
  }
  return calibration.thresholdAt(fmr);
}
