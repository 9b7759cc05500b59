/** The SQLite store keeps the store contract, and refuses what is not its own. */

import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeContract } from '../store.contract.ts';
import { uuidV7 } from '../uuid.ts';
import { findSqlite } from './sqlite-driver-node.ts';
import { openSqliteStore } from './sqlite-node.ts';

storeContract('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vultus-sqlite-'));
  return {
    open: () => openSqliteStore({ path: join(folder, 'faces.db') }),
    remove: () => rm(folder, { recursive: true }),
  };
});

describe('SQLite files that are not galleries', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vultus-sqlite-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('refuses text', async () => {
    const path = join(folder, 'text.db');
    await writeFile(path, 'not a database, but long enough to have a header '.repeat(100));
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  it('refuses the database of something else, and leaves it alone', async () => {
    const path = join(folder, 'other.db');
    const db = (await findSqlite()).open(path);
    db.exec('CREATE TABLE mine (x); INSERT INTO mine VALUES (42)');
    db.close();
    await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    const again = (await findSqlite()).open(path);
    expect(again.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1);
    again.close();
  });

  it('refuses a folder that does not exist', async () => {
    await expect(openSqliteStore({ path: join(folder, 'no', 'such.db') })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
  });

  it('says so when the file was cut short', async () => {
    const path = join(folder, 'cut.db');
    const store = await openSqliteStore({ path });
    const contract = { id: 'test', version: '1', sha256: 'ab'.repeat(32), dimension: 1024 };
    const header = {
      id: uuidV7(),
      name: 'cut',
      contract,
      precision: 'float32' as const,
      createdAt: new Date().toISOString(),
    };
    await store.create(header);
    const row = { identity: 'Ann', metadata: undefined, role: 'faceprint' as const, quality: 1, createdAt: 0 };
    const vector = new Uint8Array(4096).fill(1);
    await store.write(
      header.id,
      Array.from({ length: 200 }, () => ({ kind: 'put', row: { ...row, id: uuidV7(), vector } })),
    );
    await store.close();
    await truncate(path, 16384 * 8);
    const read = async (): Promise<void> => {
      const damaged = await openSqliteStore({ path });
      try {
        await damaged.changes(header.id, 0, 1000);
      } finally {
        await damaged.close();
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });
});
