/** Galleries in memory, in SQLite and in PostgreSQL keep the gallery contract. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { freshSchema, postgresUrl } from '../testing/postgres.ts';
import { galleryContract } from './gallery.contract.ts';
import { Gallery } from './gallery.ts';
import { openMemoryStore } from './store/memory.ts';
import { uuidV7 } from './uuid.ts';

const server = await postgresUrl();

galleryContract('memory', async () => {
  const name = uuidV7();
  // A named memory lives as long as someone has it open.
  const keeper = openMemoryStore(name);
  return { open: () => Gallery.open(`memory:${name}`), remove: () => keeper.close() };
});

galleryContract('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vultus-gallery-'));
  return { open: () => Gallery.open(join(folder, 'faces.db')), remove: () => rm(folder, { recursive: true }) };
});

galleryContract(
  'encrypted sqlite',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vultus-gallery-'));
    return {
      open: () => Gallery.open({ url: join(folder, 'faces.db'), key: '5a'.repeat(32) }),
      remove: () => rm(folder, { recursive: true }),
    };
  },
  { bytes: 'a sealed vector is longer' },
);

describe.skipIf(server === undefined)(
  'with a PostgreSQL server (VULTUS_POSTGRES_URL, on port 5432, or its own)',
  () => {
    galleryContract('postgres', async () => {
      const schema = await freshSchema(server as string);
      return { open: () => Gallery.open(schema.url), remove: schema.remove };
    });
  },
);
