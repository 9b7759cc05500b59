/** Sets of people: trees and exports, intervals, distributions and groups, against calculations of their own. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCollection, type Faceprint, Gallery, toProbability, VultusError } from 'vultus';
import { bootstrapPeople, drawPeople, rankPairs, weightedRates } from './bootstrap.ts';
import { calibrateCommand } from './calibrate-command.ts';
import { compareEvery, comparePairs, type LabelledPicture } from './comparisons.ts';
import { histogram, reliability } from './distribution.ts';
import { groupErrors, parseLabels } from './groups.ts';
import { normal, seededRandom } from './random.ts';
import { reportHtml } from './report.ts';
import { measureVerification } from './verification.ts';
import { verificationCommand, verificationTable } from './verification-command.ts';
import { verificationReport } from './verification-report.ts';

const contract = { id: 'made-up', version: '1', sha256: 'c'.repeat(64), dimension: 16 };
const logistic = { min: 0.001, max: 0.999, middle: 0.5, threshold: 0.45, steepness: 14 };

function printOf(person: number, shot: number): Faceprint {
  const [face, noise] = [seededRandom(person + 1), seededRandom(person * 100 + shot + 7)];
  const values = Array.from({ length: 16 }, () => normal(face) + 0.6 * normal(noise));
  const length = Math.hypot(...values);
  return { contract, precision: 'float32', vector: Float32Array.from(values, (value) => value / length) };
}

const pictures: LabelledPicture[] = Array.from({ length: 40 }, (_, person) =>
  [1, 2, 3].map((shot) => ({ file: `p${person}/${shot}.jpg`, person: `p${person}`, print: printOf(person, shot) })),
).flat();

/** All pairs by definition. */
const twinPairs = pictures.flatMap((a, i) =>
  pictures.slice(i + 1).map((b) => {
    const [x, y] = [a.print?.vector ?? [], b.print?.vector ?? []].map((vector) => Array.from(vector)) as [
      number[],
      number[],
    ];
    return { a, b, same: a.person === b.person, score: x.reduce((sum, v, k) => sum + v * (y[k] as number), 0) };
  }),
);

describe('compareEvery', () => {
  const every = compareEvery(pictures);

  it('agrees with the independent calculation to 1e-6', () => {
    expect(every.similarity.length).toBe(twinPairs.length);
    for (const [i, { score, same }] of twinPairs.entries()) {
      expect(Math.abs((every.similarity[i] as number) - score)).toBeLessThan(1e-6);
      expect(every.same[i]).toBe(Number(same));
    }
  });

  it('gives the interval that people drawn by lot give, counted one by one', () => {
    const [rate, times] = [0.01, drawPeople(40, seededRandom(5))];
    const rated = weightedRates(rankPairs(every), times, [rate]);
    const weighed = twinPairs.map(({ a, b, same, score }) => {
      const [wa, wb] = [a, b].map(({ person }) => times[Number(person.slice(1))] as number) as [number, number];
      return { same, score, weight: same ? wa : wa * wb };
    });
    const total = (same: boolean, cut: number) =>
      weighed.reduce((sum, pair) => sum + (pair.same === same && pair.score >= cut ? pair.weight : 0), 0);
    const cuts = weighed.map(({ score }) => score).filter((score) => score > 0.4);
    const allowed = cuts.filter((cut) => total(false, cut) / total(false, -2) <= rate);
    const tar = Math.max(...allowed.map((cut) => total(true, cut) / total(true, -2)));
    expect(Math.abs((rated?.tar[0] as number) - tar)).toBeLessThan(1e-6);
    const { tar: intervals } = bootstrapPeople(every, { rates: [rate], draws: 60 });
    expect(intervals[0]?.low).toBeLessThan(intervals[0]?.high as number);
  });

  it('has the calibration error of its definition', () => {
    const { error } = reliability(every, { logistic }, 10);
    const count = (same: boolean) => twinPairs.filter((pair) => pair.same === same).length;
    const weights = { genuine: 0.5 / count(true), impostors: 0.5 / count(false) };
    const twin = Array.from({ length: 10 }, (_, bin) => {
      const inside = twinPairs
        .map(({ score, same }) => ({
          same,
          p: toProbability(score, { logistic }),
          w: same ? weights.genuine : weights.impostors,
        }))
        .filter(({ p }) => Math.min(9, Math.floor(p * 10)) === bin);
      return Math.abs(inside.reduce((sum, { p, w, same }) => sum + w * (p - Number(same)), 0));
    });
    expect(Math.abs(error - twin.reduce((a, b) => a + b, 0))).toBeLessThan(1e-6);
    const { genuine, impostors } = histogram(every, { min: -1, max: 1, bins: 20 });
    expect([genuine, impostors].map((counts) => counts.reduce((a, b) => a + b, 0))).toEqual([
      count(true),
      count(false),
    ]);
  });

  it('counts errors by group, of files and of people', () => {
    const text = `person,team\n${Array.from({ length: 40 }, (_, i) => `p${i},${i < 20 ? 'red' : 'blue'}`).join('\n')}`;
    const [report] = groupErrors(every, parseLabels(text, 'labels.csv'), 0.5);
    const inside = twinPairs.filter(({ a, b }) => Number(a.person.slice(1)) < 20 && Number(b.person.slice(1)) < 20);
    const red = report?.groups.find(({ group }) => group === 'red');
    expect(red?.impostors).toBe(inside.filter(({ same }) => !same).length);
    expect(red?.falseMatches).toBe(inside.filter(({ same, score }) => !same && score >= 0.5).length);
    expect(red?.falseNonMatches).toBe(inside.filter(({ same, score }) => same && score < 0.5).length);
    const bare = parseLabels('a/1.jpg\tmale\nb/1.jpg\tfemale\n', 'x/gender.tsv');
    expect([...bare.keys()]).toEqual(['gender']);
    expect(() => parseLabels('file,age\na.jpg\n', 'l.csv')).toThrow(/l\.csv:2/);
  });

  it('refuses faceprints of two models, and NaN', () => {
    const other = { ...printOf(1, 1), contract: { ...contract, sha256: 'd'.repeat(64) } };
    const mixed = [...pictures, { file: 'x/1.jpg', person: 'x', print: other }];
    expect(() => compareEvery(mixed)).toThrow(/different models/);
    const broken = { ...printOf(1, 1), vector: new Float32Array(16).fill(Number.NaN) };
    const pairs = [...pictures, { file: 'x/1.jpg', person: 'x', print: broken }];
    expect(() => measureVerification(compareEvery(pairs), {}, { missing: [], unreadable: [] })).toThrow(/NaN/);
  });

  it('knows people by folder, or by what pairs link', () => {
    const prints = new Map(pictures.map(({ file, print }) => [file.replace('/', '-'), print]));
    const pair = (fileA: string, fileB: string, same: boolean) => ({ fold: '0', same, fileA, fileB });
    const linked = comparePairs(
      [pair('p1-1.jpg', 'p1-2.jpg', true), pair('p1-2.jpg', 'p1-3.jpg', true), pair('p1-1.jpg', 'p2-1.jpg', false)],
      prints,
    );
    expect(linked.people).toBe(2);
    const deep = comparePairs(
      [pair('x/p1/front/1.jpg', 'x/p1/side/2.jpg', true), pair('x/p1/side/1.jpg', 'x/p2/side/1.jpg', false)],
      new Map(),
    );
    expect(deep.people).toBe(2);
  });
});

describe('verificationCommand', () => {
  let folder: string;
  const embedFile = async (path: string) => {
    const [, person, shot] = /p(\d+)[/\\](\d)\.jpg$/.exec(path) ?? [];
    if (person === undefined) throw new VultusError('IMAGE_DECODE', 'no picture');
    return person === '3' && shot === '1' ? null : printOf(Number(person), Number(shot));
  };
  const thresholds = { '1e-2': { threshold: 0.6 }, '1e-3': { threshold: 0.7 } };
  const calibration = { version: '1', measuredOn: 'made-up', defaultFmr: '1e-2', logistic, thresholds };
  const engine = { embedFile, contract, calibration };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vultus-tree-'));
    for (const { file, person } of pictures) {
      await mkdir(join(folder, 'tree', person), { recursive: true });
      await writeFile(join(folder, 'tree', file), '');
    }
    await writeFile(join(folder, 'tree', 'p0', 'broken.jpg'), '');
    const gallery = await Gallery.open('memory:');
    const people = await gallery.create('people', { contract });
    for (const { person, print } of pictures) if (print) await people.enroll(print, person);
    const lines: string[] = [];
    for await (const line of exportCollection(people)) lines.push(line);
    await writeFile(join(folder, 'people.ndjson'), lines.join('\n'));
    await gallery.close();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('measures a folder tree, counts what cannot be enrolled, and writes it down for people', async () => {
    const result = await verificationCommand(engine, { source: { folder: join(folder, 'tree') }, draws: 20 });
    expect(result.people).toBe(40);
    expect(result.failures.pictures).toEqual(['p0/broken.jpg', 'p3/1.jpg']);
    expect(result.failures.unreadable).toEqual(['p0/broken.jpg']);
    expect(result.failures.rate).toBeCloseTo(2 / 121, 9);
    expect(result.accuracy).toBeUndefined();
    expect(result.thresholds.map(({ fmr }) => fmr)).toEqual(['1e-2', '1e-3']);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(verificationTable(result)).toMatch(/TAR at FAR 1e-3/);
    const html = reportHtml(verificationReport(result));
    expect(html).toContain('Which threshold shall I use?');
    expect(html).not.toMatch(/NaN|undefined|https?:\/\/(?!www\.w3\.org)/);
  });

  it('gives the same figures for a gallery export', async () => {
    const result = await verificationCommand(engine, { source: { export: join(folder, 'people.ndjson') }, draws: 20 });
    const direct = measureVerification(compareEvery(pictures), engine, { missing: [], unreadable: [] }, { draws: 20 });
    expect(result.auc).toBeCloseTo(direct.auc, 9);
    expect(result.tarAtFar['1e-2']?.tar).toBeCloseTo(direct.tarAtFar['1e-2']?.tar as number, 9);
  });

  it('refuses folders without people, files that are not there, exports of another preset', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await expect(verificationCommand(engine, { source: { folder: empty } })).rejects.toThrow(/got none/);
    const gone = verificationCommand(engine, { source: { folder: join(folder, 'gone') } });
    await expect(gone).rejects.toMatchObject({ code: 'FILE_READ' });
    const other = { ...engine, contract: { ...contract, sha256: 'e'.repeat(64) } };
    const mismatch = verificationCommand(other, { source: { export: join(folder, 'people.ndjson') } });
    await expect(mismatch).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' });
  });

  it('fits a calibration that knows its contract', async () => {
    const many: LabelledPicture[] = Array.from({ length: 150 }, (_, person) =>
      [1, 2, 3].map((shot) => ({ file: `${person}-${shot}`, person: String(person), print: printOf(person, shot) })),
    ).flat();
    const gallery = await Gallery.open('memory:');
    const people = await gallery.create('many', { contract });
    for (const { person, print } of many) if (print) await people.enroll(print, person);
    const lines: string[] = [];
    for await (const line of exportCollection(people)) lines.push(line);
    await gallery.close();
    await writeFile(join(folder, 'many.ndjson'), lines.join('\n'));
    const report = await calibrateCommand(engine, { source: { export: join(folder, 'many.ndjson') } });
    expect(report.calibration.contract).toBe(contract.sha256);
    expect(report.heldOutError).toBeLessThan(0.05);
    expect(Object.values(report.gallery)).toEqual(Object.values(report.gallery).sort((a, b) => a - b));
  });
});
