/** What every collection must do, wherever its rows lie and whoever searches them. */

import { afterEach, describe, expect, it } from 'vitest';
import type { EmbeddingContract, Faceprint } from '../face/faceprint.ts';
import { dot } from './index/exact.ts';
import { clustered, randomUnits } from './index/vector-index.contract.ts';
import type { AnyCollection, AnyGallery } from './open-gallery.ts';
import type { Enrolled, Where } from './types.ts';

const contract: EmbeddingContract = { id: 'test', version: '1', sha256: 'cd'.repeat(32), dimension: 32 };
const other: EmbeddingContract = { id: 'rival', version: '2', sha256: 'ef'.repeat(32), dimension: 32 };

/** Where a suite's galleries keep their data: opened any number of times, then thrown away. */
export interface GalleryPlace {
  open(): Promise<AnyGallery>;
  remove(): Promise<void>;
}

/** What a gallery does not promise, each with the reason. */
export interface GallerySkips {
  /** No chips are kept. */
  readonly chips?: string;
  /** No bytes are counted. */
  readonly bytes?: string;
}

/** Registers the suite. `place` makes a fresh, empty place. */
export function galleryContract(name: string, place: () => Promise<GalleryPlace>, skips: GallerySkips = {}): void {
  describe(`gallery contract: ${name}`, () => {
    const places: GalleryPlace[] = [];
    const galleries: AnyGallery[] = [];
    let here: GalleryPlace | undefined;
    const open = async (): Promise<AnyGallery> => {
      if (here === undefined) {
        here = await place();
        places.push(here);
      }
      const gallery = await here.open();
      galleries.push(gallery);
      return gallery;
    };
    const people = async (): Promise<AnyCollection> => (await open()).ensure('people', { contract });
    afterEach(async () => {
      for (const gallery of galleries.splice(0)) await gallery.close();
      for (const each of places.splice(0)) await each.remove();
      here = undefined;
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

    it('filters by values of the metadata', async () => {
      const collection = await people();
      const metadata = [
        { team: 'blue', level: 1 },
        { team: 'blue', level: 1.5 },
        { team: ['blue'] },
        { 'a.b "c"': true },
      ];
      for (const [i, each] of metadata.entries()) await collection.enroll(near(1, i / 20), `P${i}`, { metadata: each });
      await collection.enroll(near(1, 0.5), 'without');
      const names = async (where: Where): Promise<string[]> =>
        (await collection.identify(print(1), { topK: 9, where })).map((each) => each.identity);
      expect(await names({ team: 'blue' })).toEqual(['P0', 'P1']);
      expect(await names({ team: 'blue', level: 1.5 })).toEqual(['P1']);
      expect(await names({ level: 1 })).toEqual(['P0']);
      expect(await names({ 'a.b "c"': true })).toEqual(['P3']);
      expect(await names({ team: 'red' })).toEqual([]);
      expect(await names({})).toHaveLength(5);
      await expect(names({ team: null as never })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });

    it('finds somebody behind any number of rows that the filter or the grouping drops', async () => {
      const collection = await people();
      await collection.enrollMany([
        ...Array.from({ length: 300 }, (_, i) => ({ faceprint: near(1, 0.1 + i / 10_000), identity: 'Ann' })),
        { faceprint: near(1, 0.9), identity: 'Bob' },
      ]);
      const wanted = { topK: 2, threshold: 0.5 };
      expect((await collection.identify(print(1), wanted)).map((each) => each.identity)).toEqual(['Ann', 'Bob']);
      const isBob = ({ identity }: { readonly identity: string }): boolean => identity === 'Bob';
      expect(await collection.identify(print(1), { ...wanted, filter: isBob })).toMatchObject([{ identity: 'Bob' }]);
      const all = await collection.identify(print(1), {
        topK: 1000,
        perIdentity: Number.POSITIVE_INFINITY,
        exact: true,
      });
      expect(all).toHaveLength(301);
    });

    it('says what a brute force over the stored vectors says', async () => {
      const collection = await people();
      const vectors = clustered(400, 32, 17);
      const rows = Array.from({ length: 400 }, (_, i) => vectors.slice(32 * i, 32 * (i + 1)));
      await collection.enrollMany(
        rows.map((vector, i) => ({
          faceprint: { contract, precision: 'float32' as const, vector },
          identity: `P${i}`,
        })),
      );
      const probes = Array.from({ length: 8 }, (_, i) => near(i + 1, 0));
      const options = { topK: 10, threshold: -1, exact: true };
      for (const [i, list] of (await collection.identifyBatch(probes, options)).entries()) {
        const query = (probes[i] as Faceprint).vector;
        const scores = rows.map((vector) => dot(query, vector)).sort((a, b) => b - a);
        const wanted = scores.slice(0, 10).map((score) => expect.closeTo(score, 6) as number);
        expect(list.map((each) => each.similarity)).toEqual(wanted);
      }
    });

    it.skipIf(skips.chips !== undefined)('keeps chips', async () => {
      const collection = await people();
      const id = await collection.enroll(print(1), 'Ann', { chip: Uint8Array.of(1, 2) });
      expect(await collection.chip(id)).toEqual(Uint8Array.of(1, 2));
      await collection.rename('Ann', 'Eve');
      expect(await collection.chip(id)).toEqual(Uint8Array.of(1, 2));
      await collection.remove(id);
      expect(await collection.chip(id)).toBeUndefined();
    });

    it('renames a collection, replacing another in one step when asked', async () => {
      const gallery = await open();
      await (await gallery.ensure('people', { contract })).enroll(print(1), 'Ann');
      await (await gallery.ensure('Größe 名簿 /x', { contract })).enroll(print(2), 'Bob');
      await expect(gallery.rename('Größe 名簿 /x', 'people')).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' });
      await gallery.rename('Größe 名簿 /x', 'people', { replace: true });
      expect((await gallery.list()).map((each) => each.name)).toEqual(['people']);
      expect(await (await gallery.open('people')).identify(print(2))).toMatchObject([{ identity: 'Bob' }]);
      expect(await (await gallery.open('people')).identify(print(1))).toEqual([]);
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
      expect(await collection.get(a as string)).not.toHaveProperty('metadata');
      expect(await collection.rename('Ann', 'Bob')).toBe(1);
      expect(await namesOf(collection)).toEqual(['Bob']);
      expect(await collection.count('Bob')).toBe(2);
      expect((await rowsOf(collection)).map((row) => row.id).sort()).toEqual([a, b].sort());
      expect(await collection.remove(a as string)).toBe(true);
      expect(await collection.remove(a as string)).toBe(false);
      expect(await collection.removeIdentity('Bob')).toBe(1);
      expect(await collection.removeIdentity('Bob')).toBe(0);
      expect(await collection.count()).toBe(0);
      await expect(collection.rename('Bob', 'Cy')).rejects.toMatchObject({ code: 'IDENTITY_NOT_FOUND' });
      await expect(collection.update(b as string, {})).rejects.toMatchObject({ code: 'FACEPRINT_NOT_FOUND' });
    });

    it('keeps an aggregate in step with its faceprints', async () => {
      const collection = await people();
      await collection.enroll(near(1, 0.4), 'Ann', { quality: 1 });
      const first = await collection.aggregate('Ann');
      expect(first.faceprint.vector).toEqual((await collection.get(first.id))?.faceprint.vector);
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
      expect([await collection.count(), await collection.count('Ann')]).toEqual([3, 2]);
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
      const [info] = await first.list();
      expect(info).toMatchObject({ name: 'people', contract, precision: 'float16', identities: 2, faceprints: 2 });
      if (skips.bytes === undefined) expect(info?.bytes).toBe(2 * 64);
    });

    it('shows the writes of another by itself', async () => {
      const writer = await (await open()).ensure('people', { contract });
      const reader = await (await open()).ensure('people', { contract });
      await writer.enroll(print(1), 'Ann');
      const until = Date.now() + 5000;
      while ((await reader.count()) === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
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
      expect(await collection.count()).toBe(0);
      const gallery = await open();
      await expect(gallery.open('nobody')).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
      await expect(gallery.create('people', { contract })).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' });
      await expect(gallery.create('', { contract })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      for (const wrong of [null as never, { ...contract, sha256: '' }, { ...contract, dimension: 0 }]) {
        await expect(gallery.create('x', { contract: wrong })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      }
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
      expect(await collection.count()).toBe(100);
      expect((await namesOf(collection)).filter((name) => name.startsWith('Q'))).toHaveLength(50);
      const reader = await people();
      expect((await rowsOf(reader)).map((row) => `${row.id} ${row.identity}`).sort()).toEqual(
        (await rowsOf(collection)).map((row) => `${row.id} ${row.identity}`).sort(),
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
      expect(await (await gallery.ensure('people', { contract })).count()).toBe(0);
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
}

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

async function rowsOf(collection: AnyCollection): Promise<Enrolled[]> {
  const rows: Enrolled[] = [];
  for await (const row of collection.iterate()) rows.push(row);
  return rows;
}

async function namesOf(collection: AnyCollection): Promise<string[]> {
  return [...new Set((await rowsOf(collection)).map((row) => row.identity))];
}
