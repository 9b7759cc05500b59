/** Search in SQL keeps the gallery contract, on PGlite with its pgvector, with and without a graph. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PgliteServer, startPglite } from '../../testing/pglite.ts';
import { galleryContract } from '../gallery.contract.ts';
import { Gallery } from '../gallery.ts';
import { dot } from '../index/exact.ts';
import { clustered, randomUnits } from '../index/vector-index.contract.ts';
import { openGallery } from '../open-gallery.ts';
import { RemoteGallery } from '../remote/gallery.ts';
import { pgvectorStoreOver } from './pgvector-node.ts';
import { pgvectorUrl } from './pgvector-url-node.ts';
import { PostgresStore, preparedStore } from './postgres-node.ts';

const graph = { connections: 16, build: 64, search: 40 };

let server: PgliteServer;
beforeAll(async () => {
  server = await startPglite();
});
afterAll(() => server.close());

const place = (index?: typeof graph) => async () => ({
  open: async () => RemoteGallery.open({ store: await pgvectorStoreOver(server.database(), index) }),
  remove: async () => void (await server.sql`TRUNCATE vultus_collection CASCADE`),
});

galleryContract('pgvector, exact', place());
galleryContract('pgvector, graph', place(graph));

describe('pgvector', () => {
  const contract = { id: 'test', version: '1', sha256: '45'.repeat(32), dimension: 64 };
  const print = (vector: Float32Array) => ({ contract, precision: 'float32' as const, vector });
  const single = (seed: number) => print(randomUnits(1, 64, seed));

  it('searches what a gallery without it wrote, and the other way round', async () => {
    const plain = await Gallery.open({ store: await preparedStore(new PostgresStore(server.database())) });
    const searching = await RemoteGallery.open({ store: await pgvectorStoreOver(server.database()) });
    const mirrored = await plain.ensure('people', { contract });
    const remote = await searching.ensure('people', { contract });
    const id = await mirrored.enroll(single(1), 'Ann');
    expect(await remote.identify(single(1))).toMatchObject([{ id, identity: 'Ann' }]);
    // Another vector in its place: the halfvec of the first must not answer any more.
    await mirrored.update(id, { faceprint: single(2) });
    expect(await remote.identify(single(1))).toEqual([]);
    expect(await remote.identify(single(2))).toMatchObject([{ id }]);
    const late = await remote.enroll(single(3), 'Bob');
    await mirrored.refresh();
    expect(await mirrored.identify(single(3))).toMatchObject([{ id: late, identity: 'Bob' }]);
    await searching.close();
    await plain.close();
    await server.sql`TRUNCATE vultus_collection CASCADE`;
  });

  it.each(['float32', 'float16', 'int8'] as const)(
    'orders %s rows by what is stored, finer than a halfvec can tell',
    async (precision) => {
      const gallery = await RemoteGallery.open({ store: await pgvectorStoreOver(server.database()) });
      const people = await gallery.ensure('people', { contract, precision });
      // Hundreds of rows within one rounding of each other.
      const vectors = clustered(300, 64, 5, 1e-4);
      const items = Array.from({ length: 300 }, (_, i) => ({
        faceprint: print(vectors.slice(64 * i, 64 * (i + 1))),
        identity: `P${i}`,
      }));
      await people.enrollMany(items);
      const stored = [];
      for await (const row of people.iterate()) stored.push(row);
      const probe = print(vectors.slice(0, 64));
      const wanted = stored
        .map((row) => ({ identity: row.identity, similarity: dot(probe.vector, row.faceprint.vector) }))
        .sort((a, b) => b.similarity - a.similarity);
      const found = await people.identify(probe, { topK: 5, threshold: -1 });
      expect(found.map((each) => each.similarity)).toEqual(
        wanted.slice(0, 5).map((each) => expect.closeTo(Math.min(1, each.similarity), 12) as number),
      );
      await gallery.close();
      await server.sql`TRUNCATE vultus_collection CASCADE`;
    },
  );

  it('keeps encrypted collections out, naming the way to open them', async () => {
    const sealed = await Gallery.open({
      store: await preparedStore(new PostgresStore(server.database())),
      key: '7c'.repeat(32),
    });
    await sealed.ensure('secret', { contract });
    const gallery = await RemoteGallery.open({ store: await pgvectorStoreOver(server.database()) });
    await expect(gallery.open('secret')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(gallery.open('secret')).rejects.toThrow('postgres://');
    await expect(openGallery({ url: 'pgvector://h/d', key: '7c'.repeat(32) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await gallery.close();
    await sealed.close();
    await server.sql`TRUNCATE vultus_collection CASCADE`;
  });

  it('says so when the server has no pgvector', async () => {
    const bare = await startPglite({ extension: false });
    const opening = pgvectorStoreOver(bare.database());
    await expect(opening).rejects.toMatchObject({ code: 'DEPENDENCY_MISSING' });
    await expect(opening).rejects.toThrow('Install pgvector');
    await bare.close();
  });

  it('reads its URL, and repeats no password', () => {
    expect(pgvectorUrl('pgvector://a:b@h/d?sslmode=require')).toEqual({ server: 'postgres://a:b@h/d?sslmode=require' });
    expect(pgvectorUrl('pgvector://h/d?index=hnsw&ef=100')).toEqual({
      server: 'postgres://h/d',
      index: { connections: 32, build: 256, search: 100 },
    });
    for (const bad of ['index=ivf', 'index=hnsw&ef=0', 'index=hnsw&m=64&ef_construction=100', 'ef=x']) {
      expect(() => pgvectorUrl(`pgvector://ann:s3cret@h/d?${bad}`)).toThrow(/^(?!.*s3cret)Expected/);
    }
  });
});
