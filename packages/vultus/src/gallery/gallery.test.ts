/** Galleries and collections as an application uses them, over the memory and the SQLite store. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddingContract, Faceprint } from '../face/faceprint.ts';
import type { Collection } from './collection.ts';
import { Gallery } from './gallery.ts';
import { randomUnits } from './index/vector-index.contract.ts';

const contract: EmbeddingContract = { id: 'test', version: '1', sha256: 'cd'.repeat(32), dimension: 32 };
const other: EmbeddingContract = { id: 'rival', version: '2', sha256: 'ef'.repeat(32), dimension: 32 };

let folder = '';
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vultus-gallery-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each([
  ['memory', () => `memory:${count}`],
  ['sqlite', () => join(folder, `${count}.db`)],
])('gallery over %s', (_kind, url) => {
  const galleries: Gallery[] = [];
  const open = async (): Promise<Gallery> => {
    const gallery = await Gallery.open(url());
    galleries.push(gallery);
    return gallery;
  };
  const people = async (): Promise<Collection> => (await open()).ensure('people', { contract });
  afterEach(async () => {
    for (const gallery of galleries.splice(0)) await gallery.close();
    count += 1;
  });

  it('enrols and identifies; a stranger is an empty list', async () => {
    const collection = await people();
    const id = await collection.enroll(print(1), 'Ann', { metadata: { team: 'blue' } });
    await collection.enroll(print(2), 'Bob');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(await collection.identify(near(1, 0.1))).toMatchObject([
      { identity: 'Ann', id, metadata: { team: 'blue' }, aggregate: false },
    ]);
    expect(await collection.identify(print(99))).toEqual([]);
    expect(await collection.identifyBatch([near(2, 0.1), print(98), near(1, 0.1)])).toMatchObject([
      [{ identity: 'Bob' }],
      [],
      [{ identity: 'Ann' }],
    ]);
    expect(await collection.identifyBatch([])).toEqual([]);
  });

  it('gives one candidate per identity unless asked for more, best first', async () => {
    const collection = await people();
    await collection.enrollMany([
      { faceprint: near(1, 0.3), identity: 'Ann' },
      { faceprint: near(1, 0.1), identity: 'Ann' },
      { faceprint: near(1, 0.5), identity: 'Bob' },
      { faceprint: near(1, 0.7), identity: 'Cy' },
    ]);
    const names = async (options: object): Promise<string[]> =>
      (await collection.identify(print(1), { threshold: -1, ...options })).map((each) => each.identity);
    expect(await names({})).toEqual(['Ann']);
    expect(await names({ topK: 3 })).toEqual(['Ann', 'Bob', 'Cy']);
    expect(await names({ topK: 3, perIdentity: 2 })).toEqual(['Ann', 'Ann', 'Bob']);
    expect(await names({ topK: 9, perIdentity: Number.POSITIVE_INFINITY })).toHaveLength(4);
    expect(await names({ topK: 9, identities: ['Cy', 'Bob', 'nobody'] })).toEqual(['Bob', 'Cy']);
    expect(await names({ topK: 9, filter: ({ identity }: { identity: string }) => identity !== 'Ann' })).toEqual([
      'Bob',
      'Cy',
    ]);
    const scores = (await collection.identify(print(1), { topK: 3, threshold: -1 })).map((each) => each.similarity);
    expect([...scores].sort((a, b) => b - a)).toEqual(scores);
  });

  it('filters by metadata', async () => {
    const collection = await people();
    for (const floor of [1, 2, 3]) await collection.enroll(near(1, floor / 10), `P${floor}`, { metadata: { floor } });
    const found = await collection.identify(print(1), { topK: 9, filter: ({ metadata }) => metadata?.floor !== 1 });
    expect(found.map((each) => each.identity)).toEqual(['P2', 'P3']);
  });

  it('gives each identity to at most one face of a picture', async () => {
    const collection = await people();
    await collection.enrollMany([
      { faceprint: print(1), identity: 'Ann' },
      { faceprint: near(1, 0.8), identity: 'Anna' },
    ]);
    const probes = [near(1, 0.2), near(1, 0.05), print(50)];
    const alone = await collection.identifyBatch(probes);
    expect(alone.map((list) => list[0]?.identity)).toEqual(['Ann', 'Ann', undefined]);
    const together = await collection.identifyBatch(probes, { unique: true });
    expect(
      together
        .map((list) => list[0]?.identity)
        .slice(0, 2)
        .sort(),
    ).toEqual(['Ann', 'Anna']);
    expect(together[2]).toEqual([]);
  });

  it('verifies against the best faceprint of one identity', async () => {
    const collection = await people();
    await collection.enrollMany([
      { faceprint: print(3), identity: 'Ann' },
      { faceprint: print(1), identity: 'Ann' },
    ]);
    expect(await collection.verify(near(1, 0.1), 'Ann')).toMatchObject({ match: true, threshold: 0.4 });
    expect(await collection.verify(print(77), 'Ann')).toMatchObject({ match: false });
    await expect(collection.verify(print(1), 'Zoe')).rejects.toMatchObject({ code: 'IDENTITY_NOT_FOUND' });
  });

  it('updates in place, renames, merges and removes', async () => {
    const collection = await people();
    const [a, b] = await collection.enrollMany([
      { faceprint: print(1), identity: 'Ann', metadata: { old: true } },
      { faceprint: print(2), identity: 'Bob' },
    ]);
    await collection.update(a as string, { faceprint: print(5), metadata: null });
    expect(await collection.identify(print(1))).toEqual([]);
    expect(await collection.identify(print(5))).toMatchObject([{ identity: 'Ann', id: a }]);
    expect(collection.get(a as string)).not.toHaveProperty('metadata');
    expect(await collection.rename('Ann', 'Bob')).toBe(1);
    expect(collection.identities).toEqual(['Bob']);
    expect(collection.count('Bob')).toBe(2);
    expect([...collection.iterate()].map((row) => row.id).sort()).toEqual([a, b].sort());
    expect(await collection.remove(a as string)).toBe(true);
    expect(await collection.remove(a as string)).toBe(false);
    expect(await collection.removeIdentity('Bob')).toBe(1);
    expect(await collection.removeIdentity('Bob')).toBe(0);
    expect(collection.size).toBe(0);
    await expect(collection.rename('Bob', 'Cy')).rejects.toMatchObject({ code: 'IDENTITY_NOT_FOUND' });
    await expect(collection.update(b as string, {})).rejects.toMatchObject({ code: 'FACEPRINT_NOT_FOUND' });
  });

  it('keeps an aggregate in step with its faceprints', async () => {
    const collection = await people();
    await collection.enroll(near(1, 0.4), 'Ann', { quality: 1 });
    const first = await collection.aggregate('Ann');
    expect(first.faceprint.vector).toEqual(collection.get(first.id)?.faceprint.vector);
    await collection.enroll(near(1, -0.4), 'Ann', { quality: 1 });
    await collection.enroll(print(2), 'Bob');
    const probe = { topK: 5, threshold: 0.2 };
    expect(await collection.identify(print(1), { ...probe, against: 'aggregates' })).toMatchObject([
      { id: first.id, aggregate: true },
    ]);
    const [byMean] = await collection.identify(print(1), { ...probe, against: 'aggregates' });
    const [byOne] = await collection.identify(print(1), probe);
    expect(byMean?.similarity).toBeGreaterThan(byOne?.similarity ?? 1);
    expect(byOne?.aggregate).toBe(false);
    expect([collection.size, collection.count('Ann')]).toEqual([3, 2]);
    expect(await collection.removeIdentity('Ann')).toBe(2);
    expect(await collection.identify(print(1), { ...probe, against: 'both' })).toEqual([]);
  });

  it('keeps everything for the next one who opens it, and lists without loading', async () => {
    const first = await open();
    const writer = await first.create('people', { contract, precision: 'float16' });
    const reader = await (await open()).open('people');
    const ids = await writer.enrollMany(
      [1, 2, 3].map((i) => ({ faceprint: print(i), identity: `P${i % 2}`, metadata: { i } })),
    );
    await reader.refresh();
    expect(await reader.identify(near(3, 0.1))).toMatchObject([{ identity: 'P1', id: ids[2], metadata: { i: 3 } }]);
    await writer.remove(ids[2] as string);
    await reader.refresh();
    expect(await reader.identify(near(3, 0.1))).toEqual([]);
    expect(await first.list()).toMatchObject([
      { name: 'people', contract, precision: 'float16', identities: 2, faceprints: 2, encrypted: false, bytes: 2 * 64 },
    ]);
  });

  it('shows the writes of another by itself', async () => {
    const writer = await (await open()).ensure('people', { contract });
    const reader = await (await open()).ensure('people', { contract });
    await writer.enroll(print(1), 'Ann');
    const until = Date.now() + 5000;
    while (reader.size === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await reader.identify(print(1))).toHaveLength(1);
  });

  it('refuses faceprints of another contract, naming both', async () => {
    const collection = await people();
    const rival: Faceprint = { ...print(1), contract: other };
    for (const refused of [
      collection.enroll(rival, 'Ann'),
      collection.identify(rival),
      collection.verify(rival, 'Ann'),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' });
      await expect(refused).rejects.toThrow(/test@1.*rival@2|rival@2.*test@1/);
    }
    const again = await open();
    await expect(again.ensure('people', { contract: other })).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' });
  });

  it('refuses bad input whole', async () => {
    const collection = await people();
    const nan = print(1).vector.slice().fill(Number.NaN, 3, 4);
    const bad: [Float32Array, string][] = [
      [nan, 'NaN'],
      [new Float32Array(32), 'zero'],
      [new Float32Array(31).fill(0.1), 'short'],
    ];
    for (const [vector, identity] of bad) {
      const items = [
        { faceprint: print(1), identity: 'good' },
        { faceprint: { ...print(1), vector }, identity },
      ];
      await expect(collection.enrollMany(items)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(collection.identify({ ...print(1), vector })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    for (const options of [
      { topK: 0 },
      { threshold: 2 },
      { threshold: Number.NaN },
      { fmr: 0.1 },
      { threshold: 0.1, fmr: 0.1 },
      { perIdentity: 0.5 },
    ]) {
      await expect(collection.identify(print(1), options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    for (const enrolment of [
      { identity: '' },
      { identity: '\ud800' },
      { quality: 0 },
      { id: 'x' },
      { metadata: [] as never },
    ]) {
      const item = { faceprint: print(1), identity: 'Ann', ...enrolment };
      await expect(collection.enrollMany([item])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(collection.size).toBe(0);
    const gallery = await open();
    await expect(gallery.open('nobody')).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
    await expect(gallery.create('people', { contract })).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' });
    await expect(gallery.create('', { contract })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('normalises vectors that are not of unit length', async () => {
    const collection = await people();
    await collection.enroll({ ...print(1), vector: print(1).vector.map((x) => 3 * x) }, 'Ann');
    const [found] = await collection.identify({ ...print(1), vector: print(1).vector.map((x) => 0.01 * x) });
    expect(found?.similarity).toBeCloseTo(1, 6);
  });

  it('gives calibrated probabilities and thresholds from false-match rates', async () => {
    const gallery = await open();
    const calibration = {
      probability: (s: number) => (s + 1) / 2,
      thresholdAt: (fmr: number) => 1 - fmr,
      threshold: 0.7,
    };
    const collection = await gallery.ensure('people', { contract, calibration });
    await collection.enroll(print(1), 'Ann');
    const [found] = await collection.identify(print(1), { fmr: 0.5 });
    expect(found?.probability).toBeCloseTo(1, 6);
    expect(await collection.verify(print(1), 'Ann')).toMatchObject({ threshold: 0.7 });
    expect(await collection.verify(print(1), 'Ann', { fmr: 0.1 })).toMatchObject({ threshold: 0.9 });
  });

  it('takes any number of calls at once and loses none', async () => {
    const collection = await people();
    const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => collection.enroll(print(i + 1), `P${i}`)));
    expect(new Set(ids).size).toBe(200);
    await Promise.all([
      ...ids.slice(0, 100).map((id) => collection.remove(id)),
      ...Array.from({ length: 50 }, (_, i) => collection.identify(print(i + 120))),
      ...Array.from({ length: 50 }, (_, i) => collection.rename(`P${i + 150}`, `Q${i}`)),
    ]);
    expect(collection.size).toBe(100);
    expect(collection.identities.filter((name) => name.startsWith('Q'))).toHaveLength(50);
    const reader = await people();
    expect([...reader.iterate()].map((row) => `${row.id} ${row.identity}`).sort()).toEqual(
      [...collection.iterate()].map((row) => `${row.id} ${row.identity}`).sort(),
    );
  });

  it('deletes a collection, and refuses work after close', async () => {
    const gallery = await open();
    const collection = await gallery.ensure('people', { contract });
    await collection.enroll(print(1), 'Ann');
    expect(await gallery.delete('people')).toBe(true);
    expect(await gallery.delete('people')).toBe(false);
    await expect(collection.enroll(print(1), 'Ann')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(collection.identify(print(1))).rejects.toMatchObject({ code: 'CLOSED' });
    expect((await gallery.ensure('people', { contract })).size).toBe(0);
    await gallery.close();
    await gallery.close();
    await expect(gallery.list()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('finishes accepted writes when closed', async () => {
    const gallery = await open();
    const keeper = await open();
    const collection = await gallery.ensure('people', { contract });
    const enrolling = Array.from({ length: 50 }, (_, i) => collection.enroll(print(i + 1), 'Ann'));
    await gallery.close();
    await Promise.all(enrolling);
    expect(await keeper.info('people')).toMatchObject({ faceprints: 50 });
  });
});

/** A random faceprint, the same for the same number; two of them are nearly orthogonal. */
function print(seed: number): Faceprint {
  return { contract, precision: 'float32', vector: randomUnits(1, 32, seed * 7919) };
}

/** The faceprint of that number, moved by `shift` in a fixed other direction. */
function near(seed: number, shift: number): Faceprint {
  const away = randomUnits(1, 32, seed * 7919 + 1);
  const vector = print(seed).vector.map((x, i) => x + shift * (away[i] as number));
  return { contract, precision: 'float32', vector };
}
