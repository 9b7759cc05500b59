/** Fits what a similarity means for one embedding contract: thresholds by false-match rate and the logistic. */

import { type Calibration, VultusError } from 'vultus';
import { type ScoredPairs, thresholdsAtRates } from './metrics.ts';

/** Similarities of all pairs. */
export interface SimilaritySets {
  readonly genuine: Float32Array;
  readonly impostors: Float32Array;
}

const rates = ['1e-2', '1e-3', '1e-4', '1e-5', '1e-6'] as const;

/** At least this many impostors must lie above a threshold for it to count as measured. */
const enoughImpostors = 30;

/** Similarities of both kinds; pairs without a face are left out. */
export function bothKinds({ similarity, same }: ScoredPairs): SimilaritySets {
  const known = (kind: 0 | 1) =>
    Float32Array.from(similarity.filter((value, i) => same[i] === kind && value !== Number.NEGATIVE_INFINITY));
  return { genuine: known(1), impostors: known(0) };
}

/**
 * Thresholds at false-match rates 1e-2 … 1e-6, and the logistic. Thresholds that rest on fewer than 30 impostors are
 * extrapolated: the last two measured ones are continued in the square root of −ln(rate), in which a Gaussian tail is a
 * straight line, and marked. The logistic is fitted by maximum likelihood with both kinds of pairs weighted equally:
 * its probability is that of one person at even odds, ½ where both kinds are equally likely.
 */
export function calibrate(
  { genuine, impostors }: SimilaritySets,
  about: { readonly version: string; readonly measuredOn: string; readonly defaultFmr: string },
): Calibration {
  const measured = thresholdsAtRates(impostors, rates.map(Number));
  const reliable = rates.filter((rate) => Number(rate) * impostors.length >= enoughImpostors);
  const anchors = reliable.slice(-2).map((rate) => {
    return { at: tailScale(Number(rate)), threshold: measured[rates.indexOf(rate)] as number };
  });
  const [before, last] = anchors;
  if (before === undefined || last === undefined) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Calibration: expected at least ${enoughImpostors * 1000} stranger pairs, got ${impostors.length}. Add people`,
    );
  }
  const slope = (last.threshold - before.threshold) / (last.at - before.at);
  const thresholds = rates.map((rate, index) => {
    const isMeasured = reliable.includes(rate);
    const beyond = Math.min(0.9999, last.threshold + slope * (tailScale(Number(rate)) - last.at));
    const threshold = roundTo(isMeasured ? (measured[index] as number) : beyond, 4);
    const tar = genuine.filter((score) => score >= threshold).length / genuine.length;
    return [rate, { threshold, tar: roundTo(tar, 5), ...(isMeasured ? {} : { extrapolated: true }) }] as const;
  });
  return { ...about, logistic: fitLogistic(genuine, impostors), thresholds: Object.fromEntries(thresholds) };
}

/**
 * σ(steepness · (s − threshold)) of greatest likelihood, both classes weighing the same, by Newton's method.
 * `min` and `max` keep a thousandth of doubt, `middle` is the probability at `threshold`: one half.
 * @param near where the search begins: a fit of similar data saves rounds
 */
export function fitLogistic(
  genuine: Float32Array,
  impostors: Float32Array,
  near: Pick<Calibration['logistic'], 'threshold' | 'steepness'> = { threshold: 0.4, steepness: 10 },
): Calibration['logistic'] {
  let [slope, offset] = [near.steepness, -near.steepness * near.threshold];
  for (let round = 0; round < 60; round++) {
    const step = newtonStep(genuine, impostors, slope, offset);
    slope += step.slope;
    offset += step.offset;
    if (Math.abs(step.slope) + Math.abs(step.offset) < 1e-9) break;
  }
  if (!(slope > 0) || !Number.isFinite(offset)) {
    throw new VultusError('INVALID_ARGUMENT', 'Calibration: similarities of the two kinds cannot be told apart');
  }
  return { min: 0.001, max: 0.999, middle: 0.5, threshold: roundTo(-offset / slope, 4), steepness: roundTo(slope, 3) };
}

/** One damped Newton step of the weighted log-likelihood, with a faint ridge so that separable data stay finite. */
function newtonStep(genuine: Float32Array, impostors: Float32Array, slope: number, offset: number) {
  const ridge = 1e-6;
  let [g0, g1, h00, h01, h11] = [-ridge * slope, 0, ridge, 0, 1e-12];
  const add = (scores: Float32Array, label: 0 | 1): void => {
    const weight = 0.5 / scores.length;
    for (const score of scores) {
      const p = 1 / (1 + Math.exp(-(slope * score + offset)));
      const curvature = weight * p * (1 - p);
      g0 += weight * (label - p) * score;
      g1 += weight * (label - p);
      h00 += curvature * score * score;
      h01 += curvature * score;
      h11 += curvature;
    }
  };
  add(genuine, 1);
  add(impostors, 0);
  const determinant = h00 * h11 - h01 * h01;
  const step = { slope: (h11 * g0 - h01 * g1) / determinant, offset: (h00 * g1 - h01 * g0) / determinant };
  const damp = Math.min(1, 10 / (Math.abs(step.slope) + 1e-12));
  return { slope: step.slope * damp, offset: step.offset * damp };
}

function tailScale(rate: number): number {
  return Math.sqrt(-Math.log(rate));
}

function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
