/** Verification metrics from similarities and truth: ROC, DET, AUC, EER, TAR at FAR, accuracy at a threshold. */

import { VultusError } from 'vultus';

/** One compared pair. */
export interface ScoredPair {
  /** Cosine; `-Infinity` for a pair without a faceprint on one side: it is rejected at every threshold. */
  readonly similarity: number;
  /** True when both pictures show one person. */
  readonly same: boolean;
}

/** One operating point: pairs of at least `threshold` are accepted. */
export interface RocPoint {
  readonly threshold: number;
  /** Share of stranger pairs accepted, 0…1. */
  readonly far: number;
  /** Share of same-person pairs accepted, 0…1. */
  readonly tar: number;
}

/** The numbers of accepted pairs at one threshold, lowest threshold last. */
interface Step {
  readonly threshold: number;
  readonly genuine: number;
  readonly impostors: number;
}

/**
 * The ROC: one point per distinct similarity, from nothing accepted (threshold `Infinity`) to everything.
 * @throws VultusError `INVALID_ARGUMENT` unless there are pairs of both kinds and no similarity is NaN
 */
export function roc(pairs: readonly ScoredPair[]): RocPoint[] {
  const { steps, genuine, impostors } = cumulate(pairs);
  return steps.map((step) => ({
    threshold: step.threshold,
    far: step.impostors / impostors,
    tar: step.genuine / genuine,
  }));
}

/** Area under the ROC, ties counted half: the probability that a same-person pair beats a stranger pair. */
export function auc(points: readonly RocPoint[]): number {
  let area = 0;
  for (let i = 1; i < points.length; i++) {
    const [before, after] = [points[i - 1] as RocPoint, points[i] as RocPoint];
    area += ((after.far - before.far) * (after.tar + before.tar)) / 2;
  }
  return area;
}

/** The equal error rate: where false accepts and false rejects cross, interpolated linearly between two points. */
export function equalErrorRate(points: readonly RocPoint[]): { readonly rate: number; readonly threshold: number } {
  for (let i = 1; i < points.length; i++) {
    const [before, after] = [points[i - 1] as RocPoint, points[i] as RocPoint];
    const gap = after.far - (1 - after.tar);
    if (gap < 0) continue;
    const previous = 1 - before.tar - before.far;
    const share = previous + gap > 0 ? previous / (previous + gap) : 0;
    return { rate: before.far + share * (after.far - before.far), threshold: after.threshold };
  }
  return { rate: 1, threshold: Number.NEGATIVE_INFINITY };
}

/** The best TAR whose FAR is at most `far`, and the threshold that gives it. */
export function tarAtFar(points: readonly RocPoint[], far: number): RocPoint {
  let best = points[0] as RocPoint;
  for (const point of points) {
    if (point.far > far) break;
    best = point;
  }
  return best;
}

/** DET points: false rejects over false accepts; the same thresholds as the ROC. */
export function det(points: readonly RocPoint[]): { readonly far: number; readonly frr: number }[] {
  return points.map(({ far, tar }) => ({ far, frr: 1 - tar }));
}

/** Share of pairs that a threshold decides rightly. */
export function accuracyAt(pairs: readonly ScoredPair[], threshold: number): number {
  const right = pairs.filter(({ similarity, same }) => similarity >= threshold === same);
  return right.length / pairs.length;
}

/**
 * The threshold of best accuracy: the middle of the widest-reaching run of equally good cuts, half-way between the two
 * similarities that it separates.
 */
export function bestThreshold(pairs: readonly ScoredPair[]): number {
  const { steps: all, impostors } = cumulate(pairs);
  // Pairs without a faceprint are rejected whatever the threshold.
  const steps = all.filter((step) => step.threshold !== Number.NEGATIVE_INFINITY);
  const right = steps.map((step) => step.genuine + impostors - step.impostors);
  const most = right.reduce((a, b) => Math.max(a, b), 0);
  const best = right.flatMap((count, index) => (count === most ? [index] : []));
  const middle = best[Math.floor((best.length - 1) / 2)] as number;
  const [upper, lower] = [steps[middle]?.threshold ?? 1, steps[middle + 1]?.threshold ?? -1];
  if (!Number.isFinite(upper)) return Number.isFinite(lower) ? lower + 1e-6 : 0;
  return Number.isFinite(lower) ? (upper + lower) / 2 : upper;
}

/** The k-th largest of many values without sorting them all into objects; used for thresholds over millions of pairs. */
export function thresholdsAtRates(impostors: Float32Array, rates: readonly number[]): (number | undefined)[] {
  const sorted = impostors.slice().sort();
  return rates.map((rate) => {
    const allowed = Math.floor(rate * sorted.length);
    if (allowed < 1) return undefined;
    // Strictly above the first similarity that must not pass.
    const refused = sorted[sorted.length - 1 - allowed];
    const accepted = sorted[sorted.length - allowed];
    return refused === undefined || accepted === undefined ? undefined : (refused + accepted) / 2;
  });
}

function cumulate(pairs: readonly ScoredPair[]): { steps: Step[]; genuine: number; impostors: number } {
  if (pairs.some(({ similarity }) => Number.isNaN(similarity))) {
    throw new VultusError('INVALID_ARGUMENT', 'Expected similarities to be numbers, got NaN');
  }
  const sorted = [...pairs].sort((a, b) => (a.similarity === b.similarity ? 0 : b.similarity > a.similarity ? 1 : -1));
  const steps: Step[] = [{ threshold: Number.POSITIVE_INFINITY, genuine: 0, impostors: 0 }];
  let genuine = 0;
  let impostors = 0;
  for (const [index, { similarity, same }] of sorted.entries()) {
    if (same) genuine++;
    else impostors++;
    if (sorted[index + 1]?.similarity !== similarity) steps.push({ threshold: similarity, genuine, impostors });
  }
  if (genuine === 0 || impostors === 0) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected pairs of the same person and pairs of strangers, got ${genuine} and ${impostors}. Add pairs of the other kind`,
    );
  }
  return { steps, genuine, impostors };
}
