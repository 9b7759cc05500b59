/** The fast search keeps its promise on vectors like faceprints, follows changes, and refuses what it cannot do. */

import { describe, expect, it } from 'vitest';
import { Gallery } from '../gallery.ts';
import { shortlistSize } from './bits.ts';
import { openScanIndex } from './engine.ts';
import { openReferenceIndex } from './exact.ts';
import { expectSame, randomUnits } from './vector-index.contract.ts';

const dimension = 256;

/** A vector whose cosine with the given one is `cosine`. */
function mate(of: Float32Array, cosine: number, seed: number): Float32Array {
  const away = randomUnits(1, of.length, seed);
  const overlap = away.reduce((sum, x, i) => sum + x * (of[i] as number), 0);
  const rest = away.map((x, i) => x - overlap * (of[i] as number));
  const length = Math.hypot(...rest);
  return of.map((x, i) => cosine * x + (Math.sqrt(1 - cosine * cosine) * (rest[i] as number)) / length);
}

describe('a fast search of 130,000 rows', () => {
  const rows = 130_000;
  const vectors = randomUnits(rows, dimension, 1);
  const vectorOf = (row: number): Float32Array => vectors.slice(row * dimension, (row + 1) * dimension);

  it.each([{ threads: true }, { threads: false }])(
    'finds mates at the lowest cosine as often as promised, %o',
    async (options) => {
      const index = await openScanIndex({ dimension, precision: 'int8', fast: {}, ...options });
      index.add(vectors);
      const probes = Array.from({ length: 200 }, (_, i) => mate(vectorOf(i * 650), 0.55, i + 2));
      const queries = new Float32Array(probes.length * dimension);
      for (const [i, probe] of probes.entries()) queries.set(probe, i * dimension);
      const answers = await index.search({ queries, k: 1, minScore: 0.3 });
      expect(answers.filter(([hit], i) => hit?.slot === i * 650).length).toBeGreaterThanOrEqual(198);
      await index.close();
    },
  );

  it('scores what it finds exactly, and forgets what was removed', async () => {
    const [fast, exact] = [
      await openScanIndex({ dimension, precision: 'float32', fast: { lowest: 0.5 } }),
      await openScanIndex({ dimension, precision: 'float32' }),
    ];
    for (const index of [fast, exact]) {
      index.add(vectors);
      for (let slot = 0; slot < 3000; slot += 3) index.remove(slot);
      index.add(randomUnits(10, dimension, 10));
    }
    for (let i = 1; i < 20; i += 3) {
      const request = { queries: mate(vectorOf(i), 0.7, i), k: 1, minScore: 0.5 };
      expect(await fast.search(request)).toEqual(await exact.search(request));
    }
    expect(await fast.search({ queries: vectorOf(0), k: 1, minScore: 0.5 })).toEqual([[]]);
    const allow = new Uint8Array(Math.ceil(rows / 8));
    allow[1] = 1 << 3;
    expect(await fast.search({ queries: vectorOf(11), k: 3, minScore: -1, allow })).toMatchObject([[{ slot: 11 }]]);
    await fast.close();
    await exact.close();
  });
});

it('searches exactly where a shortlist would take longer', async () => {
  const index = await openScanIndex({ dimension, precision: 'float32', fast: { lowest: 0.9, recall: 0.5 } });
  const twin = openReferenceIndex(dimension);
  for (const each of [index, twin]) each.add(randomUnits(3000, dimension, 4));
  const request = { queries: randomUnits(1, dimension, 77), k: 2000, minScore: -1 };
  const [[got = []], [wanted = []]] = [await index.search(request), await twin.search(request)];
  expectSame(got, wanted);
  await index.close();
});

it('looks at more rows for harder mates, and at no more than there are', () => {
  const sizes = [0.6, 0.4, 0.3, 0.2].map((lowest) => shortlistSize(1e7, dimension, { lowest }));
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect(new Set(sizes).size).toBeGreaterThan(2);
  expect(shortlistSize(500, dimension, {})).toBe(500);
});

it('refuses few components, and opens with a collection', async () => {
  expect(() => shortlistSize(10, 128, {})).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  const gallery = await Gallery.open();
  const contract = (of: number) => ({ id: 'test', version: '1', sha256: 'ab'.repeat(32), dimension: of });
  await expect(gallery.ensure('small', { contract: contract(128), fast: {} })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  const people = await gallery.ensure('large', { contract: contract(dimension), fast: { lowest: 0.5 } });
  const faceprint = {
    contract: contract(dimension),
    precision: 'float32' as const,
    vector: randomUnits(1, dimension, 3),
  };
  await people.enroll(faceprint, 'Ann');
  expect(await people.identify(faceprint)).toMatchObject([{ identity: 'Ann' }]);
  await gallery.close();
});
