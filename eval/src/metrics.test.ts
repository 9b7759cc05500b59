/** The metrics against an independent calculation that shares no code with them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VultusError } from 'vultus';
import {
  accuracyAt,
  auc,
  bestThreshold,
  det,
  equalErrorRate,
  roc,
  type ScoredPair,
  scoredPairs,
  tarAtFar,
  thinRoc,
  thresholdsAtRates,
} from './metrics.ts';

/** Counts by definition, threshold by threshold: quadratic, and plain. */
const twin = {
  rate: (pairs: readonly ScoredPair[], same: boolean, threshold: number) => {
    const kind = pairs.filter((pair) => pair.same === same);
    return kind.filter((pair) => pair.similarity >= threshold).length / kind.length;
  },
  auc: (pairs: readonly ScoredPair[]) => {
    const genuine = pairs.filter((pair) => pair.same);
    const impostors = pairs.filter((pair) => !pair.same);
    let wins = 0;
    for (const a of genuine) {
      for (const b of impostors) wins += a.similarity > b.similarity ? 1 : a.similarity === b.similarity ? 0.5 : 0;
    }
    return wins / (genuine.length * impostors.length);
  },
  tarAtFar: (pairs: readonly ScoredPair[], far: number) => {
    const cuts = [...pairs.map((pair) => pair.similarity), 2];
    return Math.max(
      ...cuts.filter((cut) => twin.rate(pairs, false, cut) <= far).map((cut) => twin.rate(pairs, true, cut)),
    );
  },
  bestAccuracy: (pairs: readonly ScoredPair[]) => {
    const cuts = [...pairs.map((pair) => pair.similarity).filter(Number.isFinite), 2];
    const right = (cut: number) => pairs.filter((pair) => pair.similarity >= cut === pair.same).length / pairs.length;
    return Math.max(...cuts.map(right));
  },
};

const pair = fc.record({
  similarity: fc.oneof(
    // No closer than a cosine can be told: between two neighbouring doubles there is no threshold.
    fc.integer({ min: -1_000_000, max: 1_000_000 }).map((millionths) => millionths / 1_000_000),
    fc.constantFrom(0, 0.25, 0.5, Number.NEGATIVE_INFINITY),
  ),
  same: fc.boolean(),
});
const pairs = fc
  .array(pair, { minLength: 2, maxLength: 60 })
  .filter((list) => list.some((item) => item.same) && list.some((item) => !item.same));

describe('metrics', () => {
  it('agree with the independent calculation to 1e-6', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0, 0.001, 0.01, 0.1, 0.3), (list, far) => {
        const columns = scoredPairs(list);
        const curve = roc(columns);
        for (const [index, threshold] of curve.threshold.entries()) {
          expect(Math.abs((curve.far[index] as number) - twin.rate(list, false, threshold))).toBeLessThan(1e-6);
          expect(Math.abs((curve.tar[index] as number) - twin.rate(list, true, threshold))).toBeLessThan(1e-6);
        }
        expect(Math.abs(auc(curve) - twin.auc(list))).toBeLessThan(1e-6);
        expect(Math.abs(tarAtFar(curve, far).tar - twin.tarAtFar(list, far))).toBeLessThan(1e-6);
        expect(Math.abs(accuracyAt(columns, bestThreshold(columns)) - twin.bestAccuracy(list))).toBeLessThan(1e-6);
      }),
    );
  });

  it('find the equal error rate of two known distributions', () => {
    // Genuine uniform on 0.4…1, impostors on 0…0.6: both errors are 1/6 at 0.5.
    const grid = Array.from({ length: 6000 }, (_, i) => (i + 0.5) / 6000);
    const list = grid.flatMap((u) => [
      { similarity: 0.4 + 0.6 * u, same: true },
      { similarity: 0.6 * u, same: false },
    ]);
    const curve = roc(scoredPairs(list));
    const { rate, threshold } = equalErrorRate(curve);
    expect(rate).toBeCloseTo(1 / 6, 3);
    expect(threshold).toBeCloseTo(0.5, 3);
    const thin = thinRoc(curve);
    expect(thin.length).toBeLessThan(1500);
    expect(thin.at(-1)).toMatchObject({ far: 1, tar: 1 });
    expect(det(thin).every(({ frr }) => frr >= 0 && frr <= 1)).toBe(true);
  });

  it('refuse one kind of pairs only, and NaN', () => {
    expect(() => roc(scoredPairs([{ similarity: 1, same: true }]))).toThrow(VultusError);
    expect(() => roc(scoredPairs([{ similarity: Number.NaN, same: true }]))).toThrow(/NaN/);
  });

  it('put thresholds so that at most the given share of impostors passes', () => {
    const impostors = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    const [percent, tenth, none] = thresholdsAtRates(impostors, [0.01, 0.001, 1e-5]);
    expect(impostors.filter((score) => score >= (percent as number)).length).toBe(10);
    expect(impostors.filter((score) => score >= (tenth as number)).length).toBe(1);
    expect(none).toBeUndefined();
  });
});
