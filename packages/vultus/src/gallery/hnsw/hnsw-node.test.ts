/** The graph over an index: close to exact on easy data, exact where it says so, and safe while rows come and go. */

import { afterEach, describe, expect, it } from 'vitest';
import { Gallery } from '../gallery.ts';
import { openReferenceIndex } from '../index/exact.ts';
import { clustered, randomUnits } from '../index/vector-index.contract.ts';
import type { VectorIndex } from '../index/vector-index.ts';
import { openHnswIndex } from './hnsw-node.ts';

const settings = { connectivity: 16, expansionAdd: 64, expansionSearch: 64 };

describe('an index with a graph', () => {
  const opened: VectorIndex[] = [];
  const fresh = async (dimension: number): Promise<VectorIndex & { readonly waiting: number }> => {
    const index = await openHnswIndex(openReferenceIndex(dimension), settings);
    opened.push(index);
    return index;
  };
  afterEach(async () => {
    for (const index of opened.splice(0)) await index.close();
  });

  it('finds nearly all of what an exact search finds, and all when asked', async () => {
    const index = await fresh(64);
    index.add(clustered(3000, 64, 5));
    const request = { queries: clustered(40, 64, 5), k: 10, minScore: -1 };
    const wanted = await index.search({ ...request, exact: true });
    await built(index);
    const got = await index.search(request);
    const found = got.flatMap((hits, i) => hits.filter(({ slot }) => wanted[i]?.some((hit) => hit.slot === slot)));
    expect(found.length).toBeGreaterThan(0.8 * 400);
    expect(got.every((hits, i) => hits[0]?.score === wanted[i]?.[0]?.score)).toBe(true);
    for (const hits of got) expect([...hits].sort((a, b) => b.score - a.score)).toEqual(hits);
  });

  it('is exact while the graph is being built', async () => {
    const index = await fresh(64);
    index.add(randomUnits(2000, 64, 1));
    expect(index.waiting).toBe(2000);
    const request = { queries: randomUnits(5, 64, 2), k: 20, minScore: -1 };
    expect(await index.search(request)).toEqual(await index.search({ ...request, exact: true }));
  });

  it('answers for the moment a search began, and gives slots away again', async () => {
    const index = await fresh(32);
    const vectors = clustered(1000, 32, 9);
    index.add(vectors);
    await built(index);
    for (let round = 0; round < 20; round++) {
      const queries = vectors.slice(0, 32);
      const release = index.hold();
      const before = await index.search({ queries, k: 1, minScore: -1 });
      const searching = index.search({ queries, k: 1, minScore: -1 });
      const best = before[0]?.[0]?.slot ?? -1;
      index.remove(best);
      const [slot = -1] = index.add(queries);
      expect(slot).not.toBe(best);
      expect((await searching)[0]?.[0]?.score).toBeCloseTo(1, 5);
      release();
      await built(index);
      expect((await index.search({ queries, k: 1, minScore: 0.999 }))[0]?.[0]?.slot).toBe(slot);
      expect(index.size).toBe(1000);
    }
    expect(index.capacity).toBeLessThan(1030);
  });

  it('looks for other people behind one who has many rows', async () => {
    const index = await fresh(32);
    const one = randomUnits(1, 32, 3);
    const crowd = new Float32Array(32 * 300);
    for (let i = 0; i < 300; i++) crowd.set(one, 32 * i);
    index.add(crowd);
    index.add(randomUnits(700, 32, 4));
    await built(index);
    const groupOf = (slot: number): number => Math.max(0, slot - 299);
    const [hits = []] = await index.search({ queries: one, k: 5, minScore: -1, groupOf, perGroup: 1 });
    expect(new Set(hits.map(({ slot }) => groupOf(slot))).size).toBe(5);
  });

  it('stops when asked and when closed', async () => {
    const index = await fresh(32);
    index.add(clustered(2000, 32, 6));
    await built(index);
    const request = { queries: randomUnits(1, 32, 7), k: 1, minScore: -1 };
    await expect(index.search({ ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const searching = index.search(request).then(
      () => 'done',
      (cause: { code?: string }) => cause.code,
    );
    await index.close();
    expect(['done', 'CLOSED']).toContain(await searching);
    await expect(index.search(request)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('says what to install, and what it takes', async () => {
    const opening = openHnswIndex(openReferenceIndex(8), settings, 'usearch-that-is-not-there');
    await expect(opening).rejects.toMatchObject({ code: 'DEPENDENCY_MISSING' });
    await expect(opening).rejects.toThrow('npm install usearch-that-is-not-there');
    await expect(openHnswIndex(openReferenceIndex(8), { connectivity: 1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

it('serves a collection', async () => {
  const contract = { id: 'test', version: '1', sha256: '45'.repeat(32), dimension: 32 };
  const print = (seed: number) => ({ contract, precision: 'float32' as const, vector: randomUnits(1, 32, seed) });
  const gallery = await Gallery.open();
  await expect(gallery.create('both', { contract, fast: {}, hnsw: {} })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  const people = await gallery.ensure('people', { contract, hnsw: settings });
  await people.enrollMany(Array.from({ length: 500 }, (_, i) => ({ faceprint: print(i + 1), identity: `P${i + 1}` })));
  for (let tries = 0; tries < 20; tries++) {
    expect(await people.identify(print(77))).toMatchObject([{ identity: 'P77' }]);
    expect(await people.identify(print(77), { exact: true })).toMatchObject([{ identity: 'P77' }]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await people.identify(print(9999), { threshold: 0.9 })).toEqual([]);
  await gallery.close();
});

async function built(index: { readonly waiting: number }): Promise<void> {
  while (index.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
