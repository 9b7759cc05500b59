/** The PostgreSQL store keeps the store contract, and tells others of changes soon. */

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freshSchema, postgresUrl, runSql } from '../../testing/postgres.ts';
import { Gallery } from '../gallery.ts';
import { randomUnits } from '../index/vector-index.contract.ts';
import { storeContract } from '../store.contract.ts';
import { openPostgresStore } from './postgres-node.ts';

const url = await postgresUrl();

describe.skipIf(url === undefined)('with a PostgreSQL server (VULTUS_POSTGRES_URL, on port 5432, or its own)', () => {
  storeContract('postgres', async () => {
    const schema = await freshSchema(url as string);
    return { open: () => openPostgresStore({ url: schema.url }), remove: schema.remove };
  });

  it('shows an enrolment to another gallery within a second', async () => {
    const schema = await freshSchema(url as string);
    const contract = { id: 'test', version: '1', sha256: '01'.repeat(32), dimension: 128 };
    const print = (seed: number) => ({ contract, precision: 'float32' as const, vector: randomUnits(1, 128, seed) });
    const [a, b] = [await Gallery.open(schema.url), await Gallery.open(schema.url)];
    const [writer, reader] = [await a.ensure('people', { contract }), await b.ensure('people', { contract })];
    for (let i = 1; i <= 10; i++) {
      await writer.enroll(print(i), `P${i}`);
      const start = performance.now();
      while ((await reader.identify(print(i))).length === 0) {
        expect(performance.now() - start).toBeLessThan(1000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await a.close();
    await b.close();
    await schema.remove();
  });

  it('comes back after all its connections were cut, with nothing lost', async () => {
    const schema = await freshSchema(url as string);
    const contract = { id: 'test', version: '1', sha256: '01'.repeat(32), dimension: 8 };
    const print = (seed: number) => ({ contract, precision: 'float32' as const, vector: randomUnits(1, 8, seed) });
    const [a, b] = [await Gallery.open(schema.url), await Gallery.open(schema.url)];
    const [writer, reader] = [await a.ensure('people', { contract }), await b.ensure('people', { contract })];
    const acknowledged: string[] = [];
    for (let i = 1; i <= 200; i++) {
      if (i % 40 === 0) {
        // What a server restart does to its clients.
        await runSql(
          url as string,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${schema.name}'`,
        );
      }
      acknowledged.push(await writer.enroll(print(i), `P${i}`));
    }
    await reader.refresh();
    expect([...reader.iterate()].map((row) => row.id).sort()).toEqual([...acknowledged].sort());
    expect(reader.identities).toHaveLength(200);
    await a.close();
    await b.close();
    await schema.remove();
  });
});

it('says what to do when no server answers, without the password', async () => {
  const opening = openPostgresStore({ url: 'postgres://ann:s3cret@127.0.0.1:1/none', patienceMs: 100 });
  await expect(opening).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(opening).rejects.toThrow(/^(?!.*s3cret)/);
});

it('says what it expects of a URL it cannot read, without repeating it', async () => {
  const opening = openPostgresStore({ url: 'postgres://ann:s3cret@:port/none' });
  await expect(opening).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  // An error's cause is printed with it.
  await expect(opening.catch((cause: unknown) => inspect(cause))).resolves.not.toContain('s3cret');
});

it('gives up on a server that takes a connection and never answers', async () => {
  const sockets = new Set<Socket>();
  const mute = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => mute.once('listening', resolve));
  const { port } = mute.address() as AddressInfo;
  const opening = openPostgresStore({ url: `postgres://ann@127.0.0.1:${port}/none`, patienceMs: 100 });
  await expect(opening).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  for (const socket of sockets) socket.destroy();
  mute.close();
}, 15_000);
