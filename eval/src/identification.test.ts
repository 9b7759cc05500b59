/** Identification against brute force, and runs against each other. */

import { describe, expect, it } from 'vitest';
import type { Faceprint } from 'vultus';
import { compareRuns, comparisonTable, mcnemar } from './compare-runs.ts';
import { compareEvery, type LabelledPicture } from './comparisons.ts';
import { evaluateIdentification } from './identification.ts';
import { identificationReport } from './identification-command.ts';
import { normal, seededRandom } from './random.ts';
import { reportHtml } from './report.ts';
import { measureVerification } from './verification.ts';

const contract = { id: 'made-up', version: '1', sha256: 'f'.repeat(64), dimension: 32 };

function printOf(person: number, shot: number, noise: number): Faceprint {
  const [face, own] = [seededRandom(person + 1), seededRandom(person * 100 + shot + 7)];
  const values = Array.from({ length: 32 }, () => normal(face) + noise * normal(own));
  const length = Math.hypot(...values);
  return { contract, precision: 'float32', vector: Float32Array.from(values, (value) => value / length) };
}

/** 60 people with three pictures, 60 with one; one picture without a face. */
function set(noise: number): LabelledPicture[] {
  return Array.from({ length: 120 }, (_, person) =>
    (person < 60 ? [0, 1, 2] : [0]).map((shot) => ({
      file: `${person}-${shot}`,
      person: String(person),
      print: person === 5 && shot === 2 ? null : printOf(person, shot, noise),
    })),
  ).flat();
}

describe('evaluateIdentification', () => {
  it('agrees with brute force to 1e-6', async () => {
    const pictures = set(0.9);
    const result = await evaluateIdentification(pictures, { ranks: [1, 3], thresholds: { half: 0.5 } });
    const [only] = result.galleries;
    const strangers = result.probes.strangers;
    expect(result.probes.enrolled).toBe(120);
    expect(strangers).toBeGreaterThan(15);
    expect(only?.size).toBe(120 - strangers);
    // The same lot decides who is a stranger.
    const next = seededRandom(1);
    const isStranger = new Map(Array.from({ length: 60 }, (_, i) => [String(i + 60), next() < 0.5]));
    const gallery = pictures.filter(({ person, file }) => file.endsWith('-0') && !isStranger.get(person));
    const probes = pictures.filter(({ file }) => !file.endsWith('-0'));
    const cosine = (a: LabelledPicture, b: LabelledPicture) =>
      a.print && b.print ? a.print.vector.reduce((sum, v, i) => sum + v * (b.print?.vector[i] ?? 0), 0) : -9;
    const ranked = (probe: LabelledPicture) => gallery.toSorted((a, b) => cosine(probe, b) - cosine(probe, a));
    const within = (k: number) =>
      probes.filter(
        (p) =>
          p.print &&
          ranked(p)
            .slice(0, k)
            .some(({ person }) => person === p.person),
      ).length / 120;
    expect(Math.abs((only?.rank['1'] as number) - within(1))).toBeLessThan(1e-6);
    expect(Math.abs((only?.rank['3'] as number) - within(3))).toBeLessThan(1e-6);
    const named = pictures
      .filter(({ person }) => isStranger.get(person))
      .filter((p) => {
        const [best] = ranked(p);
        return best !== undefined && cosine(p, best) >= 0.5;
      });
    const half = only?.points.find(({ name }) => name === 'half');
    expect(Math.abs((half?.fpir as number) - named.length / strangers)).toBeLessThan(1e-6);
    const missed = probes.filter((p) => {
      const [best] = ranked(p);
      return !(p.print && best?.person === p.person && cosine(p, best) >= 0.5);
    });
    expect(Math.abs((half?.fnir as number) - missed.length / 120)).toBeLessThan(1e-6);
  });

  it('fills galleries up with faces like strangers, which can only make it harder', async () => {
    const result = await evaluateIdentification(set(0.9), { sizes: [1, 1000, 5000] });
    const first = result.galleries.map(({ rank }) => rank['1'] as number);
    expect(result.galleries.map(({ size }) => size).slice(1)).toEqual([1000, 5000]);
    expect(first[1]).toBeLessThanOrEqual(first[0] as number);
    expect(first[2]).toBeLessThanOrEqual(first[1] as number);
    const { real, synthetic } = result.resemblance as NonNullable<typeof result.resemblance>;
    expect(Math.abs(real.mean - synthetic.mean)).toBeLessThan(0.02);
    // Each real face is one in ninety of what the synthetic ones are mixed of, so they are a little too like it.
    expect(Math.abs(real.deviation / synthetic.deviation - 1)).toBeLessThan(0.2);
    expect(reportHtml(identificationReport(result))).not.toMatch(/NaN|undefined/);
  });

  it('refuses a set without strangers, or of one picture each', async () => {
    const several = set(0.9).filter(({ person }) => Number(person) < 60);
    await expect(evaluateIdentification(several)).rejects.toThrow(/strangers/);
    const single = set(0.9).filter(({ file }) => file.endsWith('-0'));
    await expect(evaluateIdentification(single)).rejects.toThrow(/several pictures/);
  });
});

describe('compareRuns', () => {
  const run = (noise: number) =>
    measureVerification(compareEvery(set(noise)), {}, { missing: [], unreadable: [] }, { draws: 2 });
  const [good, bad] = [run(0.7), run(1.3)];

  it('tells a clearly better run, and does not tell a run from itself', () => {
    const { points } = compareRuns(bad, good, { draws: 100 });
    expect(points.find(({ name }) => name === 'TAR at FAR 1e-2')).toMatchObject({ verdict: 'better' });
    expect(compareRuns(good, bad, { draws: 100 }).points[0]?.verdict).not.toBe('better');
    expect(
      compareRuns(good, good, { draws: 20 }).points.every(({ verdict, p }) => verdict === 'undecided' && p === 1),
    ).toBe(true);
    expect(comparisonTable({ pairs: 1, points })).toMatch(/B is better/);
  });

  it('refuses runs on other pairs, or without scores', () => {
    const less = measureVerification(compareEvery(set(1).slice(9)), {}, { missing: [], unreadable: [] }, { draws: 2 });
    expect(() => compareRuns(good, less)).toThrow(/same pairs/);
    expect(() => compareRuns(good, {})).toThrow(/scores/);
  });

  it('has the chances of coin throws', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(0, 5)).toBeCloseTo(2 / 32, 12);
    expect(mcnemar(3, 9)).toBeCloseTo((2 * (1 + 12 + 66 + 220)) / 4096, 12);
    expect(mcnemar(5000, 5000)).toBe(1);
  });
});
