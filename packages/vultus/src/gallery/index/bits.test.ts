/** The fast search keeps its promise on vectors like faceprints, follows changes, and refuses what it cannot do. */

import { expect, it } from 'vitest';
import { Gallery } from '../gallery.ts';
import { shortlistSize } from './bits.ts';
import { openScanIndex } from './engine.ts';
import { randomUnits } from './vector-index.contract.ts';

const dimension = 512;

/** A vector whose cosine with the given one is `cosine`. */
function mate(of: Float32Array, cosine: number, seed: number): Float32Array {
  const away = randomUnits(1, of.length, seed);
  const overlap = away.reduce((sum, x, i) => sum + x * (of[i] as number), 0);
  const rest = away.map((x, i) => x - overlap * (of[i] as number));
  const length = Math.hypot(...rest);
  return of.map((x, i) => cosine * x + (Math.sqrt(1 - cosine * cosine) * (rest[i] as number)) / length);
}

it('finds mates at the lowest cosine as often as promised', async () => {
  const index = await openScanIndex({ dimension, precision: 'int8', fast: {} });
  const vectors = randomUnits(20_000, dimension, 1);
  index.add(vectors);
  let found = 0;
  for (let i = 0; i < 200; i++) {
    const slot = i * 100;
    const query = mate(vectors.slice(slot * dimension, (slot + 1) * dimension), 0.4, i + 2);
    const [hits = []] = await index.search({ queries: query, k: 1, minScore: 0.3 });
    if (hits[0]?.slot === slot) found += 1;
  }
  expect(found).toBeGreaterThanOrEqual(198);
  await index.close();
});

it('scores what it finds exactly, and forgets what was removed', async () => {
  const [fast, exact] = [
    await openScanIndex({ dimension, precision: 'float32', fast: { lowest: 0.3 } }),
    await openScanIndex({ dimension, precision: 'float32' }),
  ];
  const vectors = randomUnits(3000, dimension, 9);
  for (const index of [fast, exact]) {
    index.add(vectors);
    for (let slot = 0; slot < 3000; slot += 3) index.remove(slot);
    index.add(randomUnits(10, dimension, 10));
  }
  for (let i = 1; i < 20; i += 3) {
    const queries = mate(vectors.slice(i * dimension, (i + 1) * dimension), 0.6, i);
    const request = { queries, k: 1, minScore: 0.4 };
    expect(await fast.search(request)).toEqual(await exact.search(request));
  }
  const gone = vectors.slice(0, dimension);
  expect(await fast.search({ queries: gone, k: 1, minScore: 0.4 })).toEqual([[]]);
  await fast.close();
  await exact.close();
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
