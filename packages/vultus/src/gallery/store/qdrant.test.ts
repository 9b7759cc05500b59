/** A gallery in Qdrant keeps the gallery contract, against a stand-in for the server (`testing/qdrant-server.ts`). */

import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type QdrantServer, startQdrant } from '../../testing/qdrant-server.ts';
import { galleryContract } from '../gallery.contract.ts';
import { randomUnits } from '../index/vector-index.contract.ts';
import { RemoteGallery } from '../remote/gallery.ts';
import { openQdrantStore } from './qdrant.ts';
import { qdrantUrl } from './qdrant-url.ts';

let server: QdrantServer;
beforeAll(async () => {
  server = await startQdrant({ apiKey: 's3cret' });
});
afterAll(() => server.stop());

galleryContract(
  'qdrant',
  async () => ({ open: () => RemoteGallery.open(server.url), remove: async () => server.clear() }),
  { chips: 'pictures do not belong into a search server' },
);

describe('qdrant', () => {
  const contract = { id: 'test', version: '1', sha256: '45'.repeat(32), dimension: 32 };
  const print = (seed: number) => ({ contract, precision: 'float32' as const, vector: randomUnits(1, 32, seed) });
  const galleries: RemoteGallery[] = [];
  const open = async (settings = ''): Promise<RemoteGallery> => {
    const gallery = await RemoteGallery.open(`${server.url}${settings}`);
    galleries.push(gallery);
    return gallery;
  };
  afterEach(async () => {
    for (const gallery of galleries.splice(0)) await gallery.close();
    server.clear();
  });

  it('lays collections out as the URL says', async () => {
    const gallery = await open('?shards=6&replicas=2&m=16&quantization=int8&vectors=disk');
    await gallery.create('people', { contract, precision: 'float16' });
    const [config] = [...server.configs()].flatMap(([name, each]) => (name === 'vultus' ? [] : [each]));
    expect(config).toEqual({
      vectors: { size: 32, distance: 'Dot', datatype: 'float16', on_disk: true },
      hnsw_config: { m: 16, ef_construct: 256 },
      quantization_config: { scalar: { type: 'int8', always_ram: true } },
      shard_number: 6,
      replication_factor: 2,
    });
  });

  it('lets one of many win a name that all want at once', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => open()));
    const ends = await Promise.all(
      all.map((gallery) =>
        gallery.create('people', { contract }).then(
          () => 'made',
          (cause: { code?: string }) => cause.code,
        ),
      ),
    );
    expect(ends.filter((end) => end === 'made').length).toBeLessThanOrEqual(1);
    expect(ends.filter((end) => end !== 'made' && end !== 'COLLECTION_EXISTS')).toEqual([]);
    expect(await all[0]?.list()).toHaveLength(ends.includes('made') ? 1 : 0);
  });

  it('refuses what it cannot keep', async () => {
    const gallery = await open();
    await expect(gallery.create('people', { contract, precision: 'int8' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const people = await gallery.create('people', { contract });
    await expect(people.enroll(print(1), 'Ann', { chip: Uint8Array.of(1) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await people.count()).toBe(0);
  });

  it('waits for a server that restarts, and loses nothing', async () => {
    const people = await (await open()).ensure('people', { contract });
    await people.enroll(print(1), 'Ann');
    await server.stop();
    const waiting = people.enroll(print(2), 'Bob');
    const searching = people.identify(print(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.start();
    await waiting;
    expect(await searching).toMatchObject([{ identity: 'Ann' }]);
    expect(await people.count()).toBe(2);
  });

  it('says what is wrong without the key', async () => {
    const strange = openQdrantStore({ url: server.url.replace('s3cret', 'wr0ng') });
    await expect(strange).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(strange).rejects.toThrow('API key');
    const away = openQdrantStore({ url: 'qdrant://:s3cret@127.0.0.1:1', patienceMs: 50 });
    await expect(away).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(away.catch((cause: unknown) => inspect(cause))).resolves.not.toContain('s3cret');
    const old = await startQdrant({ version: '1.9.2' });
    await expect(openQdrantStore({ url: old.url })).rejects.toThrow('1.9.2');
    await old.stop();
  });

  it('stops when asked and when closed', async () => {
    const gallery = await open();
    const people = await gallery.ensure('people', { contract });
    await expect(people.identify(print(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const searches = Array.from({ length: 20 }, () =>
      people.identify(print(1)).then(
        () => 'answered',
        (cause: { code?: string }) => cause.code,
      ),
    );
    await gallery.close();
    for (const end of await Promise.all(searches)) expect(['answered', 'CLOSED']).toContain(end);
  });

  it('reads its URL', () => {
    expect(qdrantUrl('qdrants://:k%2Fey@host')).toMatchObject({ base: 'https://host:443', apiKey: 'k/ey' });
    expect(qdrantUrl('qdrant://host').base).toBe('http://host:6333');
    for (const bad of [
      'qdrant://host/path',
      'qdrant://:s3cret@host?shard=2',
      'qdrant://:s3cret@host?shards=0',
      'qdrant://h?index=x',
    ]) {
      expect(() => qdrantUrl(bad)).toThrow(/^(?!.*s3cret)/);
      expect(() => qdrantUrl(bad)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error);
    }
  });
});
