/** Collections made anew, and carried elsewhere. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Faceprint } from '../face/faceprint.ts';
import { Gallery } from './gallery.ts';
import { randomUnits } from './index/vector-index.contract.ts';
import { rebuildCollection } from './rebuild.ts';
import { exportCollection, importCollection } from './transfer.ts';
import { uuidV7 } from './uuid.ts';

const old = { id: 'old', version: '1', sha256: '67'.repeat(32), dimension: 32 };
const fresh = { id: 'new', version: '1', sha256: '89'.repeat(32), dimension: 48 };
const print = (contract: typeof old, seed: number): Faceprint => ({
  contract,
  precision: 'float32',
  vector: randomUnits(1, contract.dimension, seed),
});

async function filled(gallery: Gallery): Promise<string[]> {
  const collection = await gallery.ensure('people', { contract: old });
  const ids = await collection.enrollMany(
    [1, 2, 3, 4].map((i) => ({
      faceprint: print(old, i),
      identity: `P${i % 2}`,
      metadata: { i },
      quality: i,
      ...(i === 4 ? {} : { chip: Uint8Array.of(i) }),
    })),
  );
  await collection.aggregate('P1');
  return ids;
}

describe('rebuilding', () => {
  it('embeds again from chips, keeps everything else, and replaces only when complete', async () => {
    const gallery = await Gallery.open();
    const ids = await filled(gallery);
    const embed = async (_row: unknown, chip: Uint8Array | undefined): Promise<Faceprint | undefined> =>
      chip === undefined ? undefined : print(fresh, 100 + (chip[0] as number));
    const first = await rebuildCollection(gallery, 'people', { contract: fresh, embed });
    expect(first).toMatchObject({ moved: 3, failed: [{ id: ids[3] }], replaced: false });
    expect((await gallery.open('people')).contract).toEqual(old);
    const second = await rebuildCollection(gallery, 'people', { contract: fresh, embed, partial: true });
    expect(second).toMatchObject({ moved: 3, replaced: true });
    const people = await gallery.open('people');
    expect(people.contract).toEqual(fresh);
    expect(await people.identify(print(fresh, 103))).toMatchObject([
      { id: ids[2], identity: 'P1', metadata: { i: 3 } },
    ]);
    expect(await people.identify(print(fresh, 103), { against: 'aggregates' })).toHaveLength(1);
    expect(await people.chip(ids[2] as string)).toEqual(Uint8Array.of(3));
    expect((await gallery.list()).map((each) => each.name)).toEqual(['people']);
    await gallery.close();
  });

  it('takes up where it stopped', async () => {
    const gallery = await Gallery.open();
    const people = await gallery.ensure('people', { contract: old });
    await people.enrollMany(
      Array.from({ length: 200 }, (_, i) => ({ faceprint: print(old, i + 1), identity: `P${i}` })),
    );
    let embedded = 0;
    const stop = new AbortController();
    const embed = async (): Promise<Faceprint> => {
      embedded += 1;
      if (embedded === 100) stop.abort();
      return print(fresh, embedded);
    };
    await expect(
      rebuildCollection(gallery, 'people', { contract: fresh, embed, signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await gallery.open('people')).size).toBe(200);
    expect(await rebuildCollection(gallery, 'people', { contract: fresh, embed })).toMatchObject({
      moved: 200,
      replaced: true,
    });
    expect(embedded).toBe(200);
    await expect(rebuildCollection(gallery, 'people', { contract: old })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await gallery.close();
  });

  describe('with a file', () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'vultus-rebuild-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('seals a plain collection, and leaves nothing readable behind', async () => {
      const url = join(folder, 'sealed later.db');
      const name = 'Wilhelmina of the seven hills';
      const chip = Buffer.from('the marker of a picture '.repeat(50));
      const plain = await Gallery.open(url);
      const people = await plain.ensure('people', { contract: old });
      await people.enrollMany(
        Array.from({ length: 200 }, (_, i) => ({ faceprint: print(old, i + 1), identity: `${name} ${i}`, chip })),
      );
      await plain.close();
      const vector = Buffer.from(print(old, 1).vector.slice().buffer).subarray(0, 24);
      const secrets = [name, 'marker of a picture', vector];
      const before = await readFile(url);
      expect(secrets.every((secret) => before.includes(secret))).toBe(true);
      const sealing = await Gallery.open({ url, key: 'cc'.repeat(32) });
      expect(await rebuildCollection(sealing, 'people')).toMatchObject({ moved: 200, replaced: true });
      expect(await sealing.info('people')).toMatchObject({ encrypted: true });
      await sealing.close();
      for (const file of (await readdir(folder)).filter((each) => each.startsWith('sealed later'))) {
        const bytes = await readFile(join(folder, file));
        for (const secret of secrets) expect(bytes.includes(secret)).toBe(false);
      }
    });

    it('changes the key, so that the former one opens nothing', async () => {
      const url = join(folder, 'rotated.db');
      const [before, after] = ['aa'.repeat(32), 'bb'.repeat(32)];
      const first = await Gallery.open({ url, key: before });
      await filled(first);
      // Long enough that ciphertext does not show it by chance.
      const name = 'Wilhelmina of the seven hills';
      await (await first.open('people')).enroll(print(old, 9), name);
      await first.close();
      const rotating = await Gallery.open({ url, key: after, oldKeys: [before] });
      expect(await rebuildCollection(rotating, 'people')).toMatchObject({ moved: 5, replaced: true });
      await rotating.close();
      const late = await Gallery.open({ url, key: before });
      await expect(late.open('people')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
      await late.close();
      const now = await Gallery.open({ url, key: after });
      expect((await now.open('people')).size).toBe(5);
      await now.close();
      expect((await readFile(url)).includes(name)).toBe(false);
    });
  });
});

describe('export and import', () => {
  it.each(['float32', 'float16', 'int8'] as const)('carries a collection of %s over whole', async (precision) => {
    const [from, to] = [await Gallery.open(), await Gallery.open()];
    const source = await from.create('people', { contract: old, precision });
    await source.enrollMany(
      [1, 2, 3].map((i) => ({
        faceprint: print(old, i),
        identity: `Ünï ${i}`,
        metadata: { i },
        quality: i / 2,
        chip: Uint8Array.of(i, 255),
      })),
    );
    const lines = await collect(exportCollection(source));
    expect(await importCollection(to, lines, { name: 'copy' })).toEqual({
      collection: 'copy',
      imported: 3,
      skipped: 0,
    });
    expect(await importCollection(to, lines, { name: 'copy' })).toMatchObject({ imported: 0, skipped: 3 });
    const copy = await to.open('copy');
    const sorted = (rows: Iterable<{ id: string }>) => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
    const [wanted, got] = [sorted(source.iterate()), sorted(copy.iterate())];
    expect(got).toEqual(precision === 'int8' ? expect.anything() : wanted);
    expect(await copy.chip(got[0]?.id ?? '')).toEqual(Uint8Array.of(1, 255));
    await from.close();
    await to.close();
  });

  it.each([
    [[], 1],
    [['{"format":"other"}'], 1],
    [['not json'], 1],
    [[JSON.stringify({ format: 'vultus-gallery', formatVersion: 1, name: 'x', contract: null, precision: 'int8' })], 1],
  ])('refuses %j', async (lines, line) => {
    const gallery = await Gallery.open();
    await expect(importCollection(gallery, lines as string[])).rejects.toThrow(`Line ${line} `);
    await gallery.close();
  });

  it('names the line that is wrong, and keeps what came before', async () => {
    const [from, to] = [await Gallery.open(), await Gallery.open()];
    const source = await from.create('people', { contract: old });
    await source.enroll(print(old, 1), 'Ann');
    const lines = await collect(exportCollection(source));
    const row = JSON.parse(lines[1] as string) as Record<string, unknown>;
    for (const wrong of [
      { vector: 'AAAA' },
      { id: 'no UUID' },
      { id: uuidV7(), quality: -1 },
      { id: uuidV7(), metadata: [1] },
    ]) {
      const broken = [...lines, JSON.stringify({ ...row, ...wrong })];
      await expect(importCollection(to, broken)).rejects.toThrow(/^Lines? (2 to )?3 /);
    }
    expect((await importCollection(to, lines)).imported).toBe(1);
    await from.close();
    await to.close();
  });
});

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
