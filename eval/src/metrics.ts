/** Verification metrics from similarities and truth: ROC, DET, AUC, EER, TAR at FAR, accuracy at a threshold. */

import { VultusError } from 'vultus';

/** One compared pair. */
export interface ScoredPair {
  /** Cosine; `-Infinity` for a pair without a faceprint on one side: it is rejected at every threshold. */
  readonly similarity: number;
  /** True when both pictures show one person. */
  readonly same: boolean;
}

/** Compared pairs as columns, so that millions fit: see {@link ScoredPair}. */
export interface ScoredPairs {
  readonly similarity: Float64Array;
  /** 1 when both pictures show one person, else 0. */
  readonly same: Uint8Array;
}

/** Operating points as columns, from nothing accepted (threshold `Infinity`) to everything: one per distinct similarity. */
export interface Roc {
  readonly threshold: Float64Array;
  /** Share of stranger pairs accepted, 0…1, rising. */
  readonly far: Float64Array;
  /** Share of same-person pairs accepted, 0…1, rising. */
  readonly tar: Float64Array;
}

/** One operating point: pairs of at least `threshold` are accepted. */
export interface RocPoint {
  readonly threshold: number;
  readonly far: number;
  readonly tar: number;
}

/** Columns of a list. */
export function scoredPairs(pairs: readonly ScoredPair[]): ScoredPairs {
  return {
    similarity: Float64Array.from(pairs, (pair) => pair.similarity),
    same: Uint8Array.from(pairs, (pair) => Number(pair.same)),
  };
}

/** Similarities of one kind, falling. */
function similaritiesOf({ similarity, same }: ScoredPairs, kind: 0 | 1): Float64Array {
  return similarity
    .filter((_, index) => same[index] === kind)
    .sort()
    .reverse();
}

/**
 * The ROC.
 * @throws VultusError `INVALID_ARGUMENT` unless there are pairs of both kinds and no similarity is NaN
 */
export function roc(pairs: ScoredPairs): Roc {
  assertBothKinds(pairs);
  const [genuine, impostors] = [similaritiesOf(pairs, 1), similaritiesOf(pairs, 0)];
  const size = genuine.length + impostors.length + 1;
  const [threshold, far, tar] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  threshold[0] = Number.POSITIVE_INFINITY;
  let [points, g, i] = [1, 0, 0];
  while (g < genuine.length || i < impostors.length) {
    const at = Math.max(genuine[g] ?? Number.NEGATIVE_INFINITY, impostors[i] ?? Number.NEGATIVE_INFINITY);
    while (g < genuine.length && (genuine[g] as number) >= at) g++;
    while (i < impostors.length && (impostors[i] as number) >= at) i++;
    threshold[points] = at;
    far[points] = i / impostors.length;
    tar[points] = g / genuine.length;
    points++;
  }
  return { threshold: threshold.slice(0, points), far: far.slice(0, points), tar: tar.slice(0, points) };
}

/** A point of the ROC by its place. */
function rocPoint({ threshold, far, tar }: Roc, index: number): RocPoint {
  return { threshold: threshold[index] as number, far: far[index] as number, tar: tar[index] as number };
}

/** The points that a drawing needs: a new one wherever a rate moves by a visible step; thresholds that are finite. */
export function thinRoc(curve: Roc, step = 1 / 80): RocPoint[] {
  const kept: RocPoint[] = [];
  const scale = (rate: number) => Math.log10(Math.max(rate, 1e-7));
  for (let index = 0; index < curve.threshold.length; index++) {
    const point = rocPoint(curve, index);
    if (!Number.isFinite(point.threshold)) continue;
    const last = kept.at(-1);
    const moved =
      last === undefined ||
      scale(point.far) - scale(last.far) >= step ||
      scale(1 - last.tar) - scale(1 - point.tar) >= step ||
      point.tar - last.tar >= step / 4;
    const isLast = index === curve.threshold.length - 1 || curve.threshold[index + 1] === Number.NEGATIVE_INFINITY;
    if (moved || isLast) kept.push(point);
  }
  return kept;
}

/** Area under the ROC, ties counted half: the probability that a same-person pair beats a stranger pair. */
export function auc({ far, tar }: Roc): number {
  let area = 0;
  for (let i = 1; i < far.length; i++) {
    const width = (far[i] as number) - (far[i - 1] as number);
    area += (width * ((tar[i] as number) + (tar[i - 1] as number))) / 2;
  }
  return area;
}

/** The equal error rate: where false accepts and false rejects cross, interpolated linearly between two points. */
export function equalErrorRate({ threshold, far, tar }: Roc): { readonly rate: number; readonly threshold: number } {
  for (let i = 1; i < far.length; i++) {
    const [before, after] = [far[i - 1] as number, far[i] as number];
    const gap = after - (1 - (tar[i] as number));
    if (gap < 0) continue;
    const previous = 1 - (tar[i - 1] as number) - before;
    const share = previous + gap > 0 ? previous / (previous + gap) : 0;
    return { rate: before + share * (after - before), threshold: threshold[i] as number };
  }
  return { rate: 1, threshold: Number.NEGATIVE_INFINITY };
}

/** The best TAR whose FAR is at most `far`, and the threshold that gives it. */
export function tarAtFar(curve: Roc, far: number): RocPoint {
  let [low, high] = [0, curve.far.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((curve.far[middle] as number) <= far) low = middle;
    else high = middle - 1;
  }
  return rocPoint(curve, low);
}

/** DET points: false rejects over false accepts. */
export function det(points: readonly RocPoint[]): { readonly far: number; readonly frr: number }[] {
  return points.map(({ far, tar }) => ({ far, frr: 1 - tar }));
}

/** Share of pairs that a threshold decides rightly. */
export function accuracyAt({ similarity, same }: ScoredPairs, threshold: number): number {
  let right = 0;
  for (let i = 0; i < similarity.length; i++) {
    if ((similarity[i] as number) >= threshold === (same[i] === 1)) right++;
  }
  return right / similarity.length;
}

/**
 * The threshold of best accuracy: the middle of the widest-reaching run of equally good cuts, half-way between the two
 * similarities that it separates.
 */
export function bestThreshold(pairs: ScoredPairs): number {
  const { threshold, far, tar } = roc(pairs);
  const genuine = pairs.same.reduce((sum, same) => sum + same, 0);
  const impostors = pairs.same.length - genuine;
  // Pairs without a faceprint are rejected whatever the threshold.
  const size = threshold.at(-1) === Number.NEGATIVE_INFINITY ? threshold.length - 1 : threshold.length;
  const right = (i: number) => Math.round((tar[i] as number) * genuine - (far[i] as number) * impostors);
  let best: number[] = [];
  for (let i = 0; i < size; i++) {
    const gain = right(i) - right(best[0] ?? i);
    if (gain > 0) best = [];
    if (gain >= 0) best.push(i);
  }
  const middle = best[Math.floor((best.length - 1) / 2)] as number;
  const upper = threshold[middle] as number;
  const lower = middle + 1 < size ? (threshold[middle + 1] as number) : -1;
  if (!Number.isFinite(upper)) return middle + 1 < size ? lower + 1e-6 : 0;
  return (upper + lower) / 2;
}

/** The thresholds that a share of many values passes; used over millions of pairs. */
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

/** @throws VultusError `INVALID_ARGUMENT` unless there are pairs of both kinds and no similarity is NaN */
function assertBothKinds({ similarity, same }: ScoredPairs): void {
  if (similarity.some(Number.isNaN)) {
    throw new VultusError('INVALID_ARGUMENT', 'Expected similarities to be numbers, got NaN. Embed the pictures again');
  }
  const genuine = same.reduce((sum, value) => sum + value, 0);
  if (genuine === 0 || genuine === same.length) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected pairs of the same person and pairs of strangers, got ${genuine} and ${same.length - genuine}. Add pairs of the other kind`,
    );
  }
}
