/** The store in PostgreSQL, for several machines: plain tables, any server from 12 on, no extension. */

import { VultusError } from '../../errors.ts';
import type {
  Change,
  ChangePage,
  CollectionHeader,
  CollectionStats,
  GalleryStore,
  StoredRow,
  Write,
} from '../store.ts';
import { collectionExists, collectionGone, storeClosed } from './memory.ts';
import { Connections, type Driver, type Row, type Sql, settingsOf } from './postgres-connections-node.ts';
import { isPassing, postgresError } from './postgres-errors-node.ts';
import { Listener, type ListenerOptions } from './postgres-listener-node.ts';
import { createTables } from './postgres-schema-node.ts';
import { applyWrites } from './postgres-writes-node.ts';

/** NOTIFY only wakes; what was missed, for instance while the server restarted, the poll finds. */
const channel = 'vultus_gallery';
const pollMs = 1000;

const connectionsMost = 4;

/** A server that comes back is found again this soon. */
const retryMostMs = 250;

/** How to open a PostgreSQL store. */
export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`; `?search_path=name` puts the tables into a schema. */
  readonly url: string;
  /** How long calls keep trying while the server cannot be reached. Default 15,000. */
  readonly patienceMs?: number;
}

/** @throws VultusError `STORE_UNAVAILABLE`, `DEPENDENCY_MISSING` */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<GalleryStore> {
  const driver: Driver = await import('pg').catch((cause: unknown) => {
    throw new VultusError('DEPENDENCY_MISSING', 'A gallery in PostgreSQL needs the package pg. Run: npm install pg', {
      cause,
    });
  });
  const settings = settingsOf(driver, options.url);
  const store = new PostgresStore(
    new Connections(driver, settings, connectionsMost),
    (events) => new Listener({ driver, settings, channel, ...events }),
    options.patienceMs ?? 15_000,
  );
  try {
    await store.prepare();
  } catch (cause) {
    await store.close();
    throw cause;
  }
  return store;
}

type Listen = (events: Pick<ListenerOptions, 'onMessage' | 'onListening'>) => Listener;

class PostgresStore implements GalleryStore {
  readonly kind = 'postgres';
  readonly #connections: Connections;
  readonly #listen: Listen;
  readonly #patienceMs: number;
  readonly #watchers = new Map<symbol, { readonly id: string; readonly wake: () => void }>();
  #listener: Listener | undefined;
  #poll: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connections: Connections, listen: Listen, patienceMs: number) {
    this.#connections = connections;
    this.#listen = listen;
    this.#patienceMs = patienceMs;
  }

  async prepare(): Promise<void> {
    await this.#transact((sql) => createTables(sql));
  }

  async create(header: CollectionHeader): Promise<void> {
    const { id, name, ...rest } = header;
    const text = JSON.stringify(rest);
    await this.#do(async (sql) => {
      const made = await sql`INSERT INTO vultus_collection (id, name, header) VALUES (${id}, ${name}, ${text})
        ON CONFLICT (name) DO NOTHING RETURNING id`;
      // A lost answer makes the second try find its own work.
      if (made.count === 0 && (await this.#findBy(sql, name))?.id !== id) throw collectionExists(name);
    });
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#do((sql) => this.#findBy(sql, name));
  }

  list(): Promise<CollectionHeader[]> {
    return this.#do(async (sql) => {
      const { rows } = await sql`SELECT id, name, header FROM vultus_collection ORDER BY name COLLATE "C"`;
      return rows.map(headerOf);
    });
  }

  stats(id: string): Promise<CollectionStats> {
    return this.#do(async (sql) => {
      const {
        rows: [row],
      } = await sql`
        SELECT count(DISTINCT f.identity) AS identities, count(*) FILTER (WHERE f.role = 0) AS faceprints,
          coalesce(sum(octet_length(f.vector)), 0) AS bytes
        FROM vultus_faceprint f JOIN vultus_collection c ON c.number = f.collection WHERE c.id = ${id}`;
      return { identities: Number(row?.identities), faceprints: Number(row?.faceprints), bytes: Number(row?.bytes) };
    });
  }

  async rename(id: string, name: string, replace = false): Promise<void> {
    await this.#transact(async (sql) => {
      const { rows } = await sql`SELECT id FROM vultus_collection WHERE id = ${id} OR name = ${name} FOR UPDATE`;
      if (!rows.some((row) => row.id === id)) throw collectionGone();
      if (rows.some((row) => row.id !== id)) {
        if (!replace) throw collectionExists(name);
        await sql`DELETE FROM vultus_collection WHERE name = ${name} AND id <> ${id}`;
      }
      await sql`UPDATE vultus_collection SET name = ${name} WHERE id = ${id}`;
    });
  }

  drop(id: string): Promise<boolean> {
    return this.#do(async (sql) => (await sql`DELETE FROM vultus_collection WHERE id = ${id}`).count > 0);
  }

  write(id: string, writes: readonly Write[]): Promise<number> {
    return this.#transact(async (sql) => {
      // The row lock makes writers of one collection take turns, so that numbers appear in order and without gaps.
      const {
        rows: [head],
      } = await sql`
        UPDATE vultus_collection SET seq = seq + ${writes.length} WHERE id = ${id} RETURNING number, seq`;
      if (head === undefined) throw collectionGone();
      const last = Number(head.seq);
      await applyWrites(sql, Number(head.number), last - writes.length, writes);
      await sql`SELECT pg_notify(${channel}, ${id})`;
      return last;
    });
  }

  changes(id: string, since: number, limit: number): Promise<ChangePage> {
    return this.#do(async (sql) => {
      const {
        rows: [head],
      } = await sql`SELECT number, seq, floor FROM vultus_collection WHERE id = ${id}`;
      if (head === undefined) throw collectionGone();
      const [number, seq, floor] = [Number(head.number), Number(head.seq), Number(head.floor)];
      if (since >= seq) return { changes: [], seq, done: true, floor };
      // What moves past the head meanwhile belongs to the next page.
      const puts = await sql`SELECT seq, id, identity, role, quality, created, metadata, vector FROM vultus_faceprint
        WHERE collection = ${number} AND seq > ${since} AND seq <= ${seq} ORDER BY seq LIMIT ${limit + 1}`;
      const removals = await sql`SELECT seq, id FROM vultus_removed
        WHERE collection = ${number} AND seq > ${since} AND seq <= ${seq} ORDER BY seq LIMIT ${limit + 1}`;
      const changes = [...puts.rows.map(putOf), ...removals.rows.map(removalOf)].sort((a, b) => a.seq - b.seq);
      const done = changes.length <= limit;
      const page = done ? changes : changes.slice(0, limit);
      return { changes: page, seq: done ? seq : (page.at(-1)?.seq ?? since), done, floor };
    });
  }

  chip(id: string, faceprintId: string): Promise<Uint8Array | undefined> {
    return this.#do(async (sql) => {
      const {
        rows: [row],
      } = await sql`SELECT p.bytes FROM vultus_chip p
        JOIN vultus_collection c ON c.number = p.collection WHERE c.id = ${id} AND p.id = ${faceprintId}`;
      return row === undefined ? undefined : new Uint8Array(row.bytes as Buffer);
    });
  }

  watch(id: string, wake: () => void): () => void {
    const key = Symbol(id);
    this.#watchers.set(key, { id, wake });
    this.#listener ??= this.#listen({
      onMessage: (written) => this.#wake((watcher) => watcher.id === written),
      onListening: () => this.#wake(),
    });
    this.#poll ??= setInterval(() => this.#wake(), pollMs).unref();
    return () => {
      this.#watchers.delete(key);
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#poll);
    this.#watchers.clear();
    await Promise.all([this.#listener?.close(), this.#connections.close()]);
  }

  async #findBy(sql: Sql, name: string): Promise<CollectionHeader | undefined> {
    const {
      rows: [row],
    } = await sql`SELECT id, name, header FROM vultus_collection WHERE name = ${name}`;
    return row === undefined ? undefined : headerOf(row);
  }

  #wake(whom: (watcher: { readonly id: string }) => boolean = () => true): void {
    for (const watcher of this.#watchers.values()) if (whom(watcher)) watcher.wake();
  }

  #do<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#insist(() => this.#connections.use(work));
  }

  #transact<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#insist(() => this.#connections.transact(work));
  }

  /** Runs the work, again and again while the server is away. Every work here may be repeated without harm. */
  async #insist<T>(attempt: () => Promise<T>): Promise<T> {
    const until = Date.now() + this.#patienceMs;
    for (let pause = 20; ; pause = Math.min(retryMostMs, 2 * pause)) {
      if (this.#closed) throw storeClosed();
      try {
        return await attempt();
      } catch (cause) {
        if (this.#closed && !(cause instanceof VultusError)) throw storeClosed();
        if (!isPassing(cause) || Date.now() + pause > until) throw postgresError(cause);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function headerOf(row: Row): CollectionHeader {
  const rest = JSON.parse(row.header as string) as Omit<CollectionHeader, 'id' | 'name'>;
  return { id: row.id as string, name: row.name as string, ...rest };
}

function putOf(row: Row): Change {
  const stored: StoredRow = {
    id: row.id as string,
    identity: row.identity as string,
    metadata: (row.metadata as string | null) ?? undefined,
    vector: new Uint8Array(row.vector as Buffer),
    role: row.role === 1 ? 'aggregate' : 'faceprint',
    quality: row.quality as number,
    createdAt: Number(row.created),
  };
  return { kind: 'put', seq: Number(row.seq), row: stored };
}

function removalOf(row: Row): Change {
  return { kind: 'remove', seq: Number(row.seq), id: row.id as string };
}
