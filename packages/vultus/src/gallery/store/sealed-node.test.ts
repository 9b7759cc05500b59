/** A sealed store keeps the store contract, and leaves nothing readable behind. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Gallery } from '../gallery.ts';
import { randomUnits } from '../index/vector-index.contract.ts';
import { storeContract } from '../store.contract.ts';
import { uuidV7 } from '../uuid.ts';
import { openMemoryStore } from './memory.ts';
import { readKey, sealStore } from './sealed-node.ts';
import { openSqliteStore } from './sqlite-node.ts';

const key = 'a1'.repeat(32);
const otherKey = 'b2'.repeat(32);
const contract = { id: 'test', version: '1', sha256: '23'.repeat(32), dimension: 64 };
const print = (seed: number) => ({ contract, precision: 'float32' as const, vector: randomUnits(1, 64, seed) });

storeContract(
  'sealed memory',
  async () => {
    const name = uuidV7();
    const keeper = openMemoryStore(name);
    return { open: async () => sealStore(openMemoryStore(name), [readKey(key)]), remove: () => keeper.close() };
  },
  // Nonce and tag.
  { vectorOverhead: 28 },
);

describe('a gallery with a key', () => {
  const folders: string[] = [];
  const place = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'vultus-sealed-'));
    folders.push(folder);
    return join(folder, 'faces.db');
  };
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });

  it('keeps identities, metadata, chips and vectors out of the file', async () => {
    const url = await place();
    const gallery = await Gallery.open({ url, key });
    const collection = await gallery.ensure('people', { contract });
    const chip = Buffer.from('chip-marker-4711'.repeat(20));
    await collection.enroll(print(1), 'Marker Identity', { metadata: { note: 'marker metadata' }, chip });
    const second = await collection.enroll(print(2), 'Second Marker', { chip });
    await collection.rename('Second Marker', 'Third Marker');
    expect(await collection.chip(second)).toEqual(new Uint8Array(chip));
    await gallery.close();
    const vector = Buffer.from(print(1).vector.slice().buffer).subarray(0, 16);
    for (const file of await readdir(join(url, '..'))) {
      const bytes = await readFile(join(url, '..', file));
      for (const secret of ['Marker', 'marker', vector]) expect(bytes.includes(secret)).toBe(false);
    }
    const again = await Gallery.open({ url, key });
    expect(await again.info('people')).toMatchObject({
      encrypted: true,
      keyId: readKey(key).id,
      identities: 2,
      faceprints: 2,
    });
    const reopened = await again.open('people');
    expect(await reopened.identify(print(1))).toMatchObject([
      { identity: 'Marker Identity', metadata: { note: 'marker metadata' } },
    ]);
    expect(await reopened.identify(print(2))).toMatchObject([{ identity: 'Third Marker' }]);
    await again.close();
  });

  it('says which key is missing or wrong', async () => {
    const url = await place();
    const gallery = await Gallery.open({ url, key });
    await gallery.ensure('people', { contract });
    await gallery.close();
    for (const keys of [{}, { key: otherKey }]) {
      const other = await Gallery.open({ url, ...keys });
      await expect(other.open('people')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
      await expect(other.open('people')).rejects.toThrow(readKey(key).id);
      expect(await other.list()).toMatchObject([{ name: 'people', encrypted: true }]);
      await other.close();
    }
    await expect(Gallery.open({ url, key: 'too short' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('notices an altered row, and one that was moved to another id', async () => {
    const url = await place();
    const gallery = await Gallery.open({ url, key });
    const collection = await gallery.ensure('people', { contract });
    await collection.enroll(print(1), 'Ann');
    const id = await collection.enroll(print(2), 'Bob');
    await gallery.close();
    const raw = await openSqliteStore({ path: url });
    const header = await raw.find('people');
    const { changes } = await raw.changes(header?.id ?? '', 0, 10);
    const [first] = changes;
    if (first?.kind === 'put') await raw.write(header?.id ?? '', [{ kind: 'put', row: { ...first.row, id } }]);
    await raw.close();
    const again = await Gallery.open({ url, key });
    await expect(again.open('people')).rejects.toMatchObject({ code: 'DECRYPT_FAILED' });
    await again.close();
  });
});
