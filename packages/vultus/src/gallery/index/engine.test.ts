/** The engine keeps the index contract at every precision, with and without threads, and when its first guess is bad. */

import { describe, expect, it } from 'vitest';
import type { Precision } from '../../face/faceprint.ts';
import { Gallery } from '../gallery.ts';
import { decodeVector, encodeVector } from '../vector.ts';
import { openScanIndex } from './engine.ts';
import { openReferenceIndex } from './exact.ts';
import { clustered, expectSame, vectorIndexContract } from './vector-index.contract.ts';

const roundTo = (precision: Precision) => (vector: Float32Array) =>
  decodeVector(encodeVector(vector, precision), vector.length, precision);

for (const precision of ['float32', 'float16', 'int8'] as const) {
  vectorIndexContract(
    `engine, ${precision}`,
    (dimension) => openScanIndex({ dimension, precision }),
    roundTo(precision),
  );
}
vectorIndexContract('engine that scans float32', (dimension) =>
  openScanIndex({ dimension, precision: 'float32', codes: 'float32' }),
);
vectorIndexContract('engine without threads', (dimension) =>
  openScanIndex({ dimension, precision: 'float32', threads: false }),
);
vectorIndexContract('engine that keeps too few candidates', (dimension) =>
  openScanIndex({ dimension, precision: 'float32', limit: 1 }),
);

it('scans float32 only where the vectors are', async () => {
  await expect(openScanIndex({ dimension: 8, precision: 'float16', codes: 'float32' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

it('scans float32 in a collection that asks for it, and says where it cannot', async () => {
  const gallery = await Gallery.open();
  const contract = { id: 'test', version: '1', sha256: 'ab'.repeat(32), dimension: 64 };
  const people = await gallery.ensure('people', { contract, codes: 'float32' });
  const vectors = clustered(50, 64, 2);
  const print = (row: number) => ({
    contract,
    precision: 'float32' as const,
    vector: vectors.slice(row * 64, (row + 1) * 64),
  });
  await people.enrollMany(Array.from({ length: 50 }, (_, row) => ({ faceprint: print(row), identity: `P${row}` })));
  expect(await people.identify(print(7), { threshold: 0.99 })).toMatchObject([{ identity: 'P7' }]);
  await expect(gallery.ensure('small', { contract, precision: 'int8', codes: 'float32' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  expect(await gallery.list()).toHaveLength(1);
  await gallery.close();
});

describe('the engine on 40,000 rows', () => {
  it.each([
    { threads: true, codes: 'int8' },
    { threads: false, codes: 'int8' },
    { threads: true, codes: 'float32' },
  ] as const)('equals the reference twin, %o', async (options) => {
    const dimension = 128;
    const [index, twin] = [
      await openScanIndex({ dimension, precision: 'float32', ...options }),
      openReferenceIndex(dimension),
    ];
    const vectors = clustered(40_000, dimension, 8);
    index.add(vectors);
    twin.add(vectors);
    const queries = clustered(12, dimension, 8);
    for (const request of [
      { k: 10 },
      { k: 3, groupOf: (slot: number) => slot % 5, perGroup: 1 },
      { k: 1, minScore: 0.9 },
    ]) {
      const [got, wanted] = [
        await index.search({ queries, minScore: -1, ...request }),
        await twin.search({ queries, minScore: -1, ...request }),
      ];
      for (const [i, hits] of wanted.entries()) expectSame(got[i] ?? [], hits);
    }
    await index.close();
    await twin.close();
  });

  it('lets others have their turn while it scans in one thread', async () => {
    const index = await openScanIndex({ dimension: 512, precision: 'int8', threads: false });
    for (let i = 0; i < 20; i++) index.add(clustered(2000, 512, i));
    const queries = clustered(64, 512, 8);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await index.search({ queries, k: 5, minScore: -1 });
    isOver = true;
    expect(turns).toBeGreaterThan(3);
    await index.close();
  });
});
