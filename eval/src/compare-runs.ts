/** Whether one run is better than another on the same pairs, and whether that can be luck. */

import { VultusError } from 'vultus';
import { drawPeople, type Interval, middle95 } from './bootstrap.ts';
import { bestThreshold, roc, tarAtFar } from './metrics.ts';
import { seededRandom } from './random.ts';
import type { VerificationResult } from './verification.ts';

/** A vs B at one operating point; rates 0…1. */
export interface PointComparison {
  readonly name: string;
  readonly a: number;
  readonly b: number;
  /** b − a, and where 95 of 100 sets of people drawn by lot put it. */
  readonly difference: number;
  readonly interval: Interval;
  /** Pairs that only A decides rightly, and only B. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Chance of a difference at least this large if both were equally good (McNemar's exact test). */
  readonly p: number;
  /** `better` or `worse` (B, against A) where p < 0.05 and the interval leaves 0 out; else `undecided`. */
  readonly verdict: 'better' | 'worse' | 'undecided';
}

/** What {@link compareRuns} finds. */
export interface RunComparison {
  readonly pairs: number;
  readonly points: readonly PointComparison[];
}

interface Run {
  readonly similarity: Float64Array;
  readonly same: Uint8Array;
}

/**
 * Compares two runs: the true-accept rate at FAR 1e-1…1e-4 as far as the data reach, each at its own threshold, and the
 * accuracy, each at its own best threshold.
 * @throws VultusError `INVALID_ARGUMENT` unless both hold scores of the same pairs
 */
export function compareRuns(
  a: Pick<VerificationResult, 'scores'>,
  b: Pick<VerificationResult, 'scores'>,
  { draws = 1000, seed = 1 }: { readonly draws?: number; readonly seed?: number } = {},
): RunComparison {
  const [first, second] = [asRun(a, 'a'), asRun(b, 'b')];
  const people = a.scores?.people ?? [];
  if (first.same.length !== second.same.length || first.same.some((value, i) => value !== second.same[i])) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected two runs on the same pairs, got ${first.same.length} and ${second.same.length} that differ. Run both on one file`,
    );
  }
  const strangers = first.same.reduce((sum, value) => sum + 1 - value, 0);
  const rates = ['1e-1', '1e-2', '1e-3', '1e-4'].filter((rate) => Number(rate) * strangers >= 0.5);
  const atRate = (run: Run, rate: string) => tarAtFar(roc(run), Number(rate)).threshold;
  const decided = (run: Run, threshold: number) =>
    Uint8Array.from(run.similarity, (value, i) => Number(value >= threshold === (run.same[i] === 1)));
  const judge = (name: string, right: readonly [Uint8Array, Uint8Array], counts: (i: number) => boolean) =>
    judgePoint({ name, right, people, counts, draws, next: seededRandom(seed) });
  const points = rates.map((rate) => {
    const right = [decided(first, atRate(first, rate)), decided(second, atRate(second, rate))] as const;
    return judge(`TAR at FAR ${rate}`, right, (i) => first.same[i] === 1);
  });
  const best = [decided(first, bestThreshold(first)), decided(second, bestThreshold(second))] as const;
  return { pairs: first.same.length, points: [...points, judge('accuracy', best, () => true)] };
}

function asRun({ scores }: Pick<VerificationResult, 'scores'>, which: string): Run {
  if (scores === undefined || !Array.isArray(scores.similarity) || scores.similarity.length !== scores.same.length) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Run ${which}: expected the scores of its pairs, got none. Write it with "vultus eval verification --out" on at most 50,000 pairs`,
    );
  }
  return {
    similarity: Float64Array.from(scores.similarity, (value) => value ?? Number.NEGATIVE_INFINITY),
    same: Uint8Array.from(scores.same),
  };
}

function judgePoint({
  name,
  right: [rightA, rightB],
  people,
  counts,
  draws,
  next,
}: {
  readonly name: string;
  readonly right: readonly [Uint8Array, Uint8Array];
  readonly people: readonly (readonly [number, number])[];
  readonly counts: (pair: number) => boolean;
  readonly draws: number;
  readonly next: () => number;
}): PointComparison {
  const used = Array.from(rightA.keys()).filter(counts);
  const size = Math.max(...people.flat()) + 1;
  const [onlyA, onlyB] = [
    used.filter((i) => rightA[i] === 1 && rightB[i] === 0).length,
    used.filter((i) => rightA[i] === 0 && rightB[i] === 1).length,
  ];
  const share = (right: Uint8Array) => used.filter((i) => right[i] === 1).length / used.length;
  const differences = Array.from({ length: draws }, () => {
    const times = drawPeople(size, next);
    let [total, gain] = [0, 0];
    for (const i of used) {
      const [p, q] = people[i] as readonly [number, number];
      const weight = p === q ? (times[p] as number) : (times[p] as number) * (times[q] as number);
      total += weight;
      gain += weight * ((rightB[i] as number) - (rightA[i] as number));
    }
    return total > 0 ? gain / total : 0;
  });
  const [a, b] = [share(rightA), share(rightB)];
  const interval = middle95(differences);
  const p = mcnemar(onlyA, onlyB);
  const isSure = p < 0.05 && (interval.low > 0 || interval.high < 0);
  const verdict = !isSure ? 'undecided' : b > a ? 'better' : 'worse';
  return { name, a, b, difference: b - a, interval, onlyA, onlyB, p, verdict };
}

/** McNemar's exact test, two-sided: the chance of a split at least this uneven of `x + y` coin throws. */
export function mcnemar(x: number, y: number): number {
  const n = x + y;
  let term = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(x, y); k++) {
    tail += Math.exp(term);
    term += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** The comparison as lines for people. */
export function comparisonTable({ pairs, points }: RunComparison): string {
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  const rows = points.map(({ name, a, b, interval, p, verdict }) => [
    name.padEnd(20),
    `A ${percent(a)}`.padEnd(12),
    `B ${percent(b)}`.padEnd(12),
    `B − A ${percent(interval.low)} … ${percent(interval.high)}`.padEnd(32),
    `p = ${p < 0.001 ? '< 0.001' : p.toFixed(3)}`.padEnd(12),
    verdict === 'undecided' ? 'cannot be told apart' : `B is ${verdict}`,
  ]);
  return [`${pairs} pairs`, ...rows.map((row) => row.join('  '))].join('\n');
}
