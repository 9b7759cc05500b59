/** Events in a SQLite file keep the contract, and a file of something else is left alone. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSqliteStore } from '../gallery/store/sqlite-node.ts';
import { testEventContract } from './events.contract.ts';
import { openSqliteEvents } from './events-sqlite-node.ts';

const folder = await mkdtemp(join(tmpdir(), 'vultus-events-'));
afterAll(() => rm(folder, { recursive: true }));

testEventContract('sqlite', { open: (name) => openSqliteEvents(join(folder, `${name}.db`)) });

it('refuses galleries, text, and folders that are not there', async () => {
  const gallery = join(folder, 'gallery.db');
  await (await openSqliteStore({ path: gallery })).close();
  await expect(openSqliteEvents(gallery)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  const text = join(folder, 'text.db');
  await writeFile(text, 'not a database, but long enough to have a header '.repeat(100));
  await expect(openSqliteEvents(text)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  await expect(openSqliteEvents(join(folder, 'no', 'such.db'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
