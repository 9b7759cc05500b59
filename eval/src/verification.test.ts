/** Verification on made-up faceprints: folds, missing faces, the calibration, bad input. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Faceprint, similarity, toProbability } from 'vultus';
import { bothKinds, calibrate } from './calibration.ts';
import { lineChart } from './chart.ts';
import { compareEvery } from './comparisons.ts';
import { svgToPng } from './drawing.ts';
import { countRepeated, parsePairs } from './pairs.ts';
import { evaluateVerification } from './verification.ts';

const contract = { id: 'made-up', version: '1', sha256: '0'.repeat(64), dimension: 16 };

/** A generator of its own, so that the figures below stay what they are. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function bell(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function printOf(file: string): Faceprint {
  const [person = '', shot = ''] = file.replace('.jpg', '').split('_');
  const [face, noise] = [random(Number(person) + 1), random(Number(person) * 100 + Number(shot) + 7)];
  const values = Array.from({ length: 16 }, () => bell(face) + 0.55 * bell(noise));
  const length = Math.hypot(...values);
  return { contract, precision: 'float32', vector: Float32Array.from(values, (value) => value / length) };
}

const people = 40;
const lines = Array.from({ length: people }, (_, i) => [
  `${i % 2}\t1\t${i}_1.jpg\t${i}_2.jpg`,
  `${i % 2}\t0\t${i}_1.jpg\t${(i + 2) % people}_2.jpg`,
]).flat();
const text = `fold\tsame\tfileA\tfileB\n${lines.join('\n')}\n`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vultus-eval-'));
  for (let i = 0; i < people; i++) {
    await writeFile(join(folder, `${i}_1.jpg`), '');
    await writeFile(join(folder, `${i}_2.jpg`), '');
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Accuracy by definition: every cut between two similarities of the other fold is tried. */
function twinAccuracy(missing: ReadonlySet<string> = new Set()): number {
  const scored = parsePairs(text).map((pair) => {
    const lost = missing.has(pair.fileA) || missing.has(pair.fileB);
    return { ...pair, score: lost ? -9 : similarity(printOf(pair.fileA), printOf(pair.fileB)) };
  });
  const accuracies = ['0', '1'].map((fold) => {
    const others = scored.filter((pair) => pair.fold !== fold);
    const held = scored.filter((pair) => pair.fold === fold);
    const sorted = others.map((pair) => pair.score).sort((a, b) => b - a);
    const cuts = sorted.map((score, i) => (score + (sorted[i + 1] ?? -1)) / 2);
    const right = (list: typeof scored, cut: number) => list.filter((pair) => pair.score >= cut === pair.same).length;
    const most = Math.max(...cuts.map((cut) => right(others, cut)));
    const best = cuts.filter((cut) => right(others, cut) === most);
    return right(held, best[Math.floor((best.length - 1) / 2)] as number) / held.length;
  });
  return (accuracies[0] as number) / 2 + (accuracies[1] as number) / 2;
}

describe('evaluateVerification', () => {
  it('agrees with the independent calculation, embedding each picture once', async () => {
    const seen: string[] = [];
    const progress: number[] = [];
    const engine = {
      contract,
      embedFile: async (path: string) => {
        seen.push(path);
        return printOf(basename(path));
      },
    };
    const pairs = parsePairs(text);
    const onProgress = (done: number) => progress.push(done);
    const result = await evaluateVerification({ engine, pairs, images: folder, threshold: 0.5, onProgress });
    expect(Math.abs((result.accuracy?.mean ?? 0) - twinAccuracy())).toBeLessThan(1e-6);
    expect(new Set(seen).size).toBe(seen.length);
    expect(progress.at(-1)).toBe(people * 2);
    const strangers = pairs.filter((pair) => !pair.same && similarity(printOf(pair.fileA), printOf(pair.fileB)) >= 0.5);
    expect(result.atThreshold?.strangersAccepted).toBe(strangers.length);
    expect(result.contract?.id).toBe('made-up');
    expect(result.auc).toBeGreaterThan(0.9);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it('counts a picture without a face as a rejection', async () => {
    const missing = new Set(['0_1.jpg', '3_2.jpg']);
    const engine = {
      embedFile: async (path: string) => (missing.has(basename(path)) ? null : printOf(basename(path))),
    };
    const result = await evaluateVerification({ engine, pairs: parsePairs(text), images: folder });
    expect(result.failures.pictures).toEqual(['0_1.jpg', '3_2.jpg']);
    expect(result.failures.pairs).toBe(4);
    expect(Math.abs((result.accuracy?.mean ?? 0) - twinAccuracy(missing))).toBeLessThan(1e-6);
    expect(Math.max(...result.roc.map((point) => point.tar))).toBeLessThan(1);
  });

  it('says which pictures are missing, and that two folds are needed', async () => {
    const engine = { embedFile: async () => null };
    const elsewhere = parsePairs(text.replace('0_1.jpg', 'gone.jpg'));
    await expect(evaluateVerification({ engine, pairs: elsewhere, images: folder })).rejects.toThrow(/gone\.jpg/);
    const oneFold = parsePairs(text.replaceAll('\n1\t', '\n0\t'));
    await expect(evaluateVerification({ engine, pairs: oneFold, images: folder })).rejects.toThrow(/two folds/);
  });

  it('passes an engine failure on', async () => {
    const engine = { embedFile: () => Promise.reject(new Error('broken')) };
    await expect(evaluateVerification({ engine, pairs: parsePairs(text), images: folder })).rejects.toThrow('broken');
  });
});

describe('parsePairs', () => {
  it.each([
    ['no header', '0\t1\ta\tb\n', /columns/],
    ['one kind', 'fold\tsame\tfileA\tfileB\n0\t1\ta\tb\n', /same = 0/],
    ['a bad flag', 'fold\tsame\tfileA\tfileB\n0\tyes\ta\tb\n', /pairs\.tsv:2.*0 or 1/],
    ['a missing cell', 'fold\tsame\tfileA\tfileB\n0\t1\ta\n', /two file names/],
    ['a pair in two folds', 'fold\tsame\tfileA\tfileB\n0\t1\ta\tb\n1\t1\tb\ta\n', /line 2 again, in another fold/],
    ['a pair with both labels', 'fold\tsame\tfileA\tfileB\n0\t1\ta\tb\n0\t0\ta\tb\n', /the other label/],
    ['nothing', '', /columns/],
  ])('refuses %s', (_, bad, message) => {
    expect(() => parsePairs(bad)).toThrow(message);
  });

  it('keeps a line repeated within its fold, and counts it', () => {
    const pairs = parsePairs('fold\tsame\tfileA\tfileB\n0\t1\ta\tb\n0\t1\tb\ta\n0\t0\tc\td\n');
    expect(pairs.length).toBe(3);
    expect(countRepeated(pairs)).toBe(1);
  });

  it('takes columns in any order, CRLF and a byte-order mark', () => {
    const pairs = parsePairs('\uFEFFsame\tfileB\tfileA\tfold\r\n1\tb\ta\tx\r\n0\td\tc\ty\r\n');
    expect(pairs[0]).toEqual({ fold: 'x', same: true, fileA: 'a', fileB: 'b' });
  });
});

describe('calibrate', () => {
  const prints = Array.from({ length: 150 }, (_, person) =>
    [1, 2, 3].map((shot) => ({
      file: `${person}_${shot}.jpg`,
      person: String(person),
      print: printOf(`${person}_${shot}.jpg`),
    })),
  ).flat();
  const sets = bothKinds(compareEvery(prints));
  const about = { version: '1', measuredOn: 'made-up faces', defaultFmr: '1e-3' };
  const calibration = calibrate(sets, about);

  it('gives rising thresholds that let the stated share of strangers in, and marks what it extrapolates', () => {
    expect(sets.genuine.length).toBe(450);
    expect(sets.impostors.length).toBe((450 * 449) / 2 - 450);
    const list = Object.entries(calibration.thresholds);
    for (const [rate, { threshold, extrapolated }] of list) {
      const share = sets.impostors.filter((score) => score >= threshold).length / sets.impostors.length;
      if (!extrapolated) expect(Math.abs(share / Number(rate) - 1)).toBeLessThan(0.05);
    }
    const thresholds = list.map(([, { threshold }]) => threshold);
    expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b));
    expect(calibration.thresholds['1e-3']?.extrapolated).toBeUndefined();
    expect(calibration.thresholds['1e-6']?.extrapolated).toBe(true);
  });

  it('fits probabilities that are right on average at even odds', () => {
    const probability = (score: number) => toProbability(score, calibration);
    const mean = (scores: Float32Array) => scores.reduce((sum, score) => sum + probability(score), 0) / scores.length;
    expect((mean(sets.genuine) + mean(sets.impostors)) / 2).toBeCloseTo(0.5, 2);
  });

  it('refuses too few people', () => {
    expect(() => compareEvery(prints.slice(0, 3))).toThrow(/several people/);
    expect(() => calibrate(bothKinds(compareEvery(prints.slice(0, 30))), about)).toThrow(/stranger pairs/);
  });
});

describe('lineChart', () => {
  it('draws curves and escapes text, and becomes a PNG', async () => {
    const svg = lineChart({
      title: 'ROC <of> "this"',
      x: { label: 'False accepts', min: 1e-4, max: 1, log: true },
      y: { label: 'True accepts', min: 0.9, max: 1 },
      series: [
        {
          label: 'a',
          points: [
            { x: 1e-4, y: 0.95 },
            { x: 1, y: 1 },
          ],
        },
      ],
    });
    expect(svg).not.toContain('<of>');
    expect(svg).not.toContain('NaN');
    expect(new TextDecoder().decode((await svgToPng(svg)).subarray(1, 4))).toBe('PNG');
  });
});
