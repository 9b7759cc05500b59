/** What users get wrong: every mistake is answered with what was expected, what came, and where. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCollection, type Faceprint, Gallery } from 'vultus';
import { calibrateCommand } from './calibrate-command.ts';
import { factorsCommand } from './factors-command.ts';
import { identificationCommand } from './identification-command.ts';
import { normal, seededRandom } from './random.ts';
import { verificationCommand } from './verification-command.ts';

const contract = { id: 'made-up', version: '1', sha256: 'b'.repeat(64), dimension: 8 };

function printOf(person: number, shot: number): Faceprint {
  const [face, noise] = [seededRandom(person + 1), seededRandom(person * 100 + shot + 7)];
  const values = Array.from({ length: 8 }, () => normal(face) + 0.5 * normal(noise));
  const length = Math.hypot(...values);
  return { contract, precision: 'float32', vector: Float32Array.from(values, (value) => value / length) };
}

/** Reads person and shot off `p<person>/<shot>.jpg`. */
const engine = {
  contract,
  embedFile: async (path: string): Promise<Faceprint> => {
    const [, person, shot] = /p(\d+)[/\\](\d)\.jpg$/.exec(path) ?? [];
    return printOf(Number(person), Number(shot));
  },
};

let folder: string;
const at = (...parts: string[]): string => join(folder, ...parts);
const head = 'fold\tsame\tfileA\tfileB\n';
const good = `${head}0\t1\tp1/1.jpg\tp1/2.jpg\n0\t0\tp1/1.jpg\tp2/1.jpg\n1\t1\tp2/1.jpg\tp2/2.jpg\n1\t0\tp2/2.jpg\tp1/2.jpg\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vultus-bad-'));
  for (const [person, shots] of [
    ['people/p1', 2],
    ['people/p2', 2],
    ['one/p1', 2],
    ['singles/p1', 1],
    ['singles/p2', 1],
  ] as const) {
    await mkdir(at(person), { recursive: true });
    for (let shot = 1; shot <= shots; shot++) await writeFile(at(person, `${shot}.jpg`), '');
  }
  await writeFile(at('good.tsv'), good);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pairs = async (text: string) => {
  await writeFile(at('pairs.tsv'), text);
  return { source: { pairs: at('pairs.tsv'), images: at('people') }, draws: 5 };
};

describe('verification', () => {
  it('works on good pairs', async () => {
    expect((await verificationCommand(engine, await pairs(good))).pairs.total).toBe(4);
  });

  it.each([
    ['a missing picture', good.replaceAll('p1/1.jpg', 'p1/9.jpg'), 'FILE_READ', /got 3; missing: p1\/9\.jpg/],
    ['same-person pairs only', good.replaceAll('\t0\t', '\t1\t'), 'INVALID_ARGUMENT', /got 4 and 0/],
    ['a pair with both labels', `${good}0\t0\tp1/2.jpg\tp1/1.jpg\n`, 'INVALID_ARGUMENT', /pairs\.tsv:6.*line 2 again/],
    ['the same pair in two folds', `${good}1\t1\tp1/2.jpg\tp1/1.jpg\n`, 'INVALID_ARGUMENT', /in another fold/],
    ['one fold', good.replaceAll('\n1\t', '\n0\t'), 'INVALID_ARGUMENT', /two folds/],
    ['commas for tabs', good.replaceAll('\t', ','), 'INVALID_ARGUMENT', /tab-separated columns/],
  ])('refuses %s', async (_, text, code, message) => {
    const failed = expect(verificationCommand(engine, await pairs(text))).rejects;
    await failed.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('counts a line that is there twice', async () => {
    const result = await verificationCommand(engine, await pairs(`${good}0\t1\tp1/2.jpg\tp1/1.jpg\n`));
    expect(result.pairs).toMatchObject({ total: 5, repeated: 1 });
  });

  it('refuses files and folders that are not there, and says which', async () => {
    const gone = at('gone');
    const unread = (work: Promise<unknown>) =>
      expect(work).rejects.toMatchObject({ code: 'FILE_READ', message: expect.stringContaining(gone) });
    await unread(verificationCommand(engine, { source: { pairs: gone, images: folder } }));
    await unread(verificationCommand(engine, { source: { folder: gone } }));
    await unread(verificationCommand(engine, { source: { export: gone } }));
    await unread(verificationCommand(engine, { source: { folder: at('people') }, labels: gone }));
    await unread(factorsCommand({ source: { folder: gone }, presets: ['fast'] }));
  });

  it('refuses one person, and people with one picture each', async () => {
    const one = verificationCommand(engine, { source: { folder: at('one') } });
    await expect(one).rejects.toThrow(/several people, got 1 same-person and 0 stranger pairs/);
    const singles = verificationCommand(engine, { source: { folder: at('singles') } });
    await expect(singles).rejects.toThrow(/got 0 same-person and 1 stranger pairs/);
  });

  it('refuses labels of other pictures', async () => {
    await writeFile(at('age.csv'), 'file,age\nelsewhere.jpg,30\n');
    const options = { source: { folder: at('people') }, labels: at('age.csv'), threshold: 0.5, draws: 5 };
    await expect(verificationCommand(engine, options)).rejects.toThrow(/such as p1\/1\.jpg.*first is elsewhere\.jpg/);
  });

  it('refuses faceprints that are no numbers', async () => {
    const broken = {
      ...engine,
      embedFile: async () => ({ ...printOf(1, 1), vector: new Float32Array(8).fill(Number.NaN) }),
    };
    await expect(verificationCommand(broken, await pairs(good))).rejects.toThrow(/NaN/);
    const gallery = await Gallery.open('memory:');
    const people = await gallery.create('people', { contract });
    await people.enroll(printOf(1, 1), 'Ann');
    const lines: string[] = [];
    for await (const line of exportCollection(people)) lines.push(line);
    await gallery.close();
    await writeFile(at('cut.ndjson'), lines.join('\n').slice(0, -20));
    const cut = verificationCommand(engine, { source: { export: at('cut.ndjson') } });
    await expect(cut).rejects.toMatchObject({ name: 'VultusError' });
  });
});

describe('the other commands', () => {
  it('say what identification and calibration lack', async () => {
    const few = identificationCommand(engine, { source: { folder: at('one') } });
    await expect(few).rejects.toThrow(/people with one as strangers, got 1 and 0/);
    const small = calibrateCommand(engine, { source: { folder: at('people') } });
    await expect(small).rejects.toThrow(/at least 30000 stranger pairs, got 4\. Add people/);
  });
});
