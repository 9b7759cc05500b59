/** What every gallery store must do, whatever it is made of. */

import { afterEach, describe, expect, it } from 'vitest';
import type { CollectionHeader, GalleryStore, StoredRow, Write } from './store.ts';
import { uuidV7 } from './uuid.ts';

/** Where a suite's stores keep their data: opened any number of times, then thrown away. */
export interface StorePlace {
  open(): Promise<GalleryStore>;
  remove(): Promise<void>;
}

/** Registers the suite. `place` makes a fresh, empty place; `vectorOverhead` is what the store adds to a vector's bytes. */
export function storeContract(
  name: string,
  place: () => Promise<StorePlace>,
  expected: { readonly vectorOverhead?: number } = {},
): void {
  describe(`store contract: ${name}`, () => {
    const places: StorePlace[] = [];
    const stores: GalleryStore[] = [];

    async function fresh(): Promise<{ store: GalleryStore; again: () => Promise<GalleryStore> }> {
      const where = await place();
      places.push(where);
      const again = async (): Promise<GalleryStore> => {
        const store = await where.open();
        stores.push(store);
        return store;
      };
      return { store: await again(), again };
    }

    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
      for (const where of places.splice(0)) await where.remove();
    });

    it('creates, finds, lists, renames and drops collections with any Unicode name', async () => {
      const { store, again } = await fresh();
      const names = ['staff', 'Gäste 👩🏽‍🚀', 'a"b\'c;--', '名簿', ' leading', 'STAFF'];
      for (const each of names) await store.create(header(each));
      const other = await again();
      expect((await other.list()).map((each) => each.name).sort()).toEqual([...names].sort());
      const found = await other.find('名簿');
      expect(found?.contract).toEqual(contract);
      await expect(store.create(header('staff'))).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' });
      expect(await store.find('nobody')).toBeUndefined();
      await store.rename(found?.id ?? '', 'register');
      expect(await other.find('名簿')).toBeUndefined();
      expect((await other.find('register'))?.id).toBe(found?.id);
      await expect(store.rename(found?.id ?? '', 'staff')).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' });
      expect(await store.drop(found?.id ?? '')).toBe(true);
      expect(await store.drop(found?.id ?? '')).toBe(false);
      await expect(store.write(found?.id ?? '', [put()])).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
      await expect(store.changes(found?.id ?? '', 0, 10)).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
    });

    it('replaces the holder of a name in one step when asked', async () => {
      const { store } = await fresh();
      const [old, next] = [header('faces'), header('faces.next')];
      await store.create(old);
      await store.create(next);
      await store.write(next.id, [put({ identity: 'Ann' })]);
      await store.rename(next.id, 'faces', true);
      expect((await store.list()).map((each) => each.id)).toEqual([next.id]);
      expect((await rows(store, next.id)).map((row) => row.identity)).toEqual(['Ann']);
      await expect(store.changes(old.id, 0, 1)).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
    });

    it('gives back every field of a row, and its chip', async () => {
      const { store, again } = await fresh();
      const { id } = await made(store);
      const row = sample({ identity: 'Ünïcode 🙂', metadata: '{"a":[1,null,"x"]}', role: 'aggregate', quality: 0.25 });
      const plain = sample({ metadata: undefined });
      await store.write(id, [{ kind: 'put', row, chip: Uint8Array.of(1, 2, 3) }, put(plain)]);
      const other = await again();
      expect(await rows(other, id)).toEqual([row, plain]);
      expect(await other.chip(id, row.id)).toEqual(Uint8Array.of(1, 2, 3));
      expect(await other.chip(id, plain.id)).toBeUndefined();
      expect(await other.chip(id, uuidV7())).toBeUndefined();
    });

    it('numbers writes consecutively and pages through the feed in order', async () => {
      const { store } = await fresh();
      const { id } = await made(store);
      const all = Array.from({ length: 25 }, () => sample());
      expect(await store.write(id, all.slice(0, 10).map(asPut))).toBe(10);
      expect(await store.write(id, all.slice(10).map(asPut))).toBe(25);
      const seen: string[] = [];
      let since = 0;
      for (let pages = 1; ; pages++) {
        const page = await store.changes(id, since, 7);
        for (const change of page.changes) if (change.kind === 'put') seen.push(change.row.id);
        expect(page.seq).toBeGreaterThan(since);
        since = page.seq;
        if (!page.done) continue;
        expect(pages).toBe(4);
        break;
      }
      expect(seen).toEqual(all.map((row) => row.id));
      expect(await store.changes(id, since, 7)).toMatchObject({ changes: [], seq: 25, done: true });
    });

    it('feeds replacements, descriptions and removals, each once and at its last number', async () => {
      const { store } = await fresh();
      const { id } = await made(store);
      const [a, b, c] = [sample(), sample(), sample()];
      await store.write(id, [a, b, c].map(asPut));
      await store.write(id, [
        { kind: 'describe', id: a.id, identity: 'renamed', metadata: '{}' },
        { kind: 'remove', id: b.id },
        put({ ...c, quality: 0.5 }),
        { kind: 'remove', id: uuidV7() },
      ]);
      const { changes, seq } = await store.changes(id, 3, 100);
      expect(seq).toBe(7);
      expect(changes).toEqual([
        { kind: 'put', seq: 4, row: { ...a, identity: 'renamed', metadata: '{}' } },
        { kind: 'remove', seq: 5, id: b.id },
        { kind: 'put', seq: 6, row: { ...c, quality: 0.5 } },
      ]);
      await store.write(id, [put(b)]);
      expect((await rows(store, id)).map((row) => row.id)).toEqual([a.id, c.id, b.id]);
    });

    it('forgets the chip of a removed row and keeps that of a replaced one', async () => {
      const { store } = await fresh();
      const { id } = await made(store);
      const row = sample();
      await store.write(id, [{ kind: 'put', row, chip: Uint8Array.of(7) }]);
      await store.write(id, [put({ ...row, identity: 'other' })]);
      expect(await store.chip(id, row.id)).toEqual(Uint8Array.of(7));
      await store.write(id, [{ kind: 'remove', id: row.id }]);
      await store.write(id, [put(row)]);
      expect(await store.chip(id, row.id)).toBeUndefined();
    });

    it('writes all or nothing', async () => {
      const { store } = await fresh();
      const { id } = await made(store);
      const kept = sample();
      await store.write(id, [put(kept)]);
      const bad: Write[] = [
        put(),
        { kind: 'remove', id: kept.id },
        { kind: 'describe', id: uuidV7(), identity: 'x', metadata: undefined },
      ];
      await expect(store.write(id, bad)).rejects.toMatchObject({ code: 'FACEPRINT_NOT_FOUND' });
      expect(await rows(store, id)).toEqual([kept]);
      expect(await store.write(id, [put()])).toBe(2);
    });

    it('counts', async () => {
      const { store } = await fresh();
      const { id } = await made(store);
      expect(await store.stats(id)).toEqual({ identities: 0, faceprints: 0, bytes: 0 });
      await store.write(id, [
        put({ identity: 'A' }),
        put({ identity: 'A' }),
        put({ identity: 'B' }),
        put({ identity: 'B', role: 'aggregate' }),
      ]);
      expect(await store.stats(id)).toEqual({
        identities: 2,
        faceprints: 3,
        bytes: 4 * (16 + (expected.vectorOverhead ?? 0)),
      });
    });

    it('keeps collections apart', async () => {
      const { store } = await fresh();
      const [one, two] = [await made(store, 'one'), await made(store, 'two')];
      const shared = sample();
      await store.write(one.id, [put(shared), put()]);
      await store.write(two.id, [put(shared)]);
      await store.write(one.id, [{ kind: 'remove', id: shared.id }]);
      expect(await rows(store, two.id)).toEqual([shared]);
      expect((await store.changes(two.id, 0, 10)).seq).toBe(1);
    });

    it('takes writes of two stores at once, without gaps and without loss', async () => {
      const { store, again } = await fresh();
      const other = await again();
      const { id } = await made(store);
      const numbers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? store : other).write(id, [put(), put()])),
      );
      expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => 2 * (i + 1)));
      expect(await rows(other, id)).toHaveLength(80);
    });

    it('wakes a watcher when another store writes, until it stops watching', async () => {
      const { store, again } = await fresh();
      const other = await again();
      const { id } = await made(store);
      let woken = 0;
      const seen = new Promise<void>((resolve) => {
        const stop = other.watch(id, () => {
          woken += 1;
          other.changes(id, 0, 10).then((page) => {
            if (page.seq === 0) return;
            stop();
            resolve();
          });
        });
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      await store.write(id, [put()]);
      await seen;
      expect(woken).toBeGreaterThan(0);
    });

    it('says how far back removals are known', async () => {
      const { store } = await fresh();
      const { id } = await made(store);
      for (let round = 0; round < 6; round++) {
        const batch = Array.from({ length: 2000 }, () => sample());
        await store.write(id, batch.map(asPut));
        await store.write(
          id,
          batch.map((row) => ({ kind: 'remove', id: row.id })),
        );
      }
      const { floor, changes, done, seq } = await store.changes(id, 0, 100_000);
      expect(done).toBe(true);
      expect(seq).toBe(24_000);
      expect(floor).toBeGreaterThan(0);
      expect(changes.length).toBeLessThan(12_000);
      expect(changes.every((change) => change.kind === 'remove' && change.seq > floor)).toBe(true);
    });

    it('refuses work after close, and closes twice', async () => {
      const { store } = await fresh();
      const { id } = await made(store);
      await store.close();
      await store.close();
      await expect(store.list()).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(store.write(id, [put()])).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}

const contract = { id: 'test', version: '1', sha256: 'ab'.repeat(32), dimension: 4 };

function header(name: string): CollectionHeader {
  return { id: uuidV7(), name, contract, precision: 'float32', createdAt: '2026-01-01T00:00:00.000Z' };
}

async function made(store: GalleryStore, name = 'faces'): Promise<CollectionHeader> {
  const created = header(name);
  await store.create(created);
  return created;
}

/** A row of four float32 components, with what `change` says. */
function sample(change: Partial<StoredRow> = {}): StoredRow {
  const vector = new Uint8Array(Float32Array.of(0.5, -0.5, 0.5, 0.5).buffer);
  const base: StoredRow = {
    id: uuidV7(),
    identity: 'Ann',
    metadata: undefined,
    vector,
    role: 'faceprint',
    quality: 1,
    createdAt: 1_760_000_000_000,
  };
  return { ...base, ...change };
}

function put(change: Partial<StoredRow> = {}): Write {
  return asPut(sample(change));
}

function asPut(row: StoredRow): Write {
  return { kind: 'put', row };
}

async function rows(store: GalleryStore, id: string): Promise<StoredRow[]> {
  const page = await store.changes(id, 0, 100_000);
  return page.changes.flatMap((change) => (change.kind === 'put' ? [change.row] : []));
}
