/** The store in PostgreSQL, for several machines: plain tables, any server from 12 on, no extension. */

import type {
  Change,
  ChangePage,
  CollectionHeader,
  CollectionStats,
  GalleryStore,
  StoredRow,
  Write,
} from '../store.ts';
import { collectionExists, collectionGone } from './memory.ts';
import type { Row, Sql } from './postgres-connections-node.ts';
import { type Database, openDatabase, type PostgresStoreOptions } from './postgres-database-node.ts';
import { Listener, type ListenerOptions } from './postgres-listener-node.ts';
import { createTables } from './postgres-schema-node.ts';
import { applyWrites } from './postgres-writes-node.ts';

/** NOTIFY only wakes; what was missed, for instance while the server restarted, the poll finds. */
const channel = 'vultus_gallery';
const pollMs = 1000;

/** @throws VultusError `STORE_UNAVAILABLE`, `DEPENDENCY_MISSING` */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<GalleryStore> {
  const { driver, settings, database } = await openDatabase(options);
  const listen: Listen = (events) => new Listener({ driver, settings, channel, ...events });
  return preparedStore(new PostgresStore(database, { listen }));
}

/**
 * The store over a database that is open already, closed together with it.
 * @param extend runs in the transaction that makes the tables, after them
 */
export async function preparedStore(
  store: PostgresStore,
  extend?: (sql: Sql) => Promise<void>,
): Promise<PostgresStore> {
  try {
    await store.prepare(extend);
    return store;
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

type Listen = (events: Pick<ListenerOptions, 'onMessage' | 'onListening'>) => Listener;

/** Works within a write's transaction, after the rows are written; `id` is the header's. */
export type WriteHook = (sql: Sql, id: string, writes: readonly Write[]) => Promise<void>;

/** Use {@link openPostgresStore}. */
export class PostgresStore implements GalleryStore {
  readonly kind = 'postgres';
  readonly #database: Database;
  readonly #listen: Listen | undefined;
  readonly #afterWrite: WriteHook | undefined;
  readonly #watchers = new Map<symbol, { readonly id: string; readonly wake: () => void }>();
  #listener: Listener | undefined;
  #poll: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(database: Database, options: { readonly listen?: Listen; readonly afterWrite?: WriteHook } = {}) {
    this.#database = database;
    this.#listen = options.listen;
    this.#afterWrite = options.afterWrite;
  }

  async prepare(extend?: (sql: Sql) => Promise<void>): Promise<void> {
    await this.#database.transact(async (sql) => {
      await createTables(sql);
      await extend?.(sql);
    });
  }

  async create(header: CollectionHeader): Promise<void> {
    const { id, name, ...rest } = header;
    const text = JSON.stringify(rest);
    await this.#database.use(async (sql) => {
      const made = await sql`INSERT INTO vultus_collection (id, name, header) VALUES (${id}, ${name}, ${text})
        ON CONFLICT (name) DO NOTHING RETURNING id`;
      // A lost answer makes the second try find its own work.
      if (made.count === 0 && (await this.#findBy(sql, name))?.id !== id) throw collectionExists(name);
    });
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#database.use((sql) => this.#findBy(sql, name));
  }

  list(): Promise<CollectionHeader[]> {
    return this.#database.use(async (sql) => {
      const { rows } = await sql`SELECT id, name, header FROM vultus_collection ORDER BY name COLLATE "C"`;
      return rows.map(headerOf);
    });
  }

  stats(id: string): Promise<CollectionStats> {
    return this.#database.use(async (sql) => {
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
    await this.#database.transact(async (sql) => {
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
    return this.#database.use(async (sql) => (await sql`DELETE FROM vultus_collection WHERE id = ${id}`).count > 0);
  }

  write(id: string, writes: readonly Write[]): Promise<number> {
    return this.#database.transact(async (sql) => {
      // The row lock makes writers of one collection take turns, so that numbers appear in order and without gaps.
      const {
        rows: [head],
      } = await sql`
        UPDATE vultus_collection SET seq = seq + ${writes.length} WHERE id = ${id} RETURNING number, seq`;
      if (head === undefined) throw collectionGone();
      const last = Number(head.seq);
      await applyWrites(sql, Number(head.number), last - writes.length, writes);
      await this.#afterWrite?.(sql, id, writes);
      await sql`SELECT pg_notify(${channel}, ${id})`;
      return last;
    });
  }

  changes(id: string, since: number, limit: number): Promise<ChangePage> {
    return this.#database.use(async (sql) => {
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
    return this.#database.use(async (sql) => {
      const {
        rows: [row],
      } = await sql`SELECT p.bytes FROM vultus_chip p
        JOIN vultus_collection c ON c.number = p.collection WHERE c.id = ${id} AND p.id = ${faceprintId}`;
      return row === undefined ? undefined : new Uint8Array(row.bytes as Uint8Array);
    });
  }

  watch(id: string, wake: () => void): () => void {
    const key = Symbol(id);
    this.#watchers.set(key, { id, wake });
    this.#listener ??= this.#listen?.({
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
    await Promise.all([this.#listener?.close(), this.#database.close()]);
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
}

/** A row of `vultus_collection`. */
export function headerOf(row: Row): CollectionHeader {
  const rest = JSON.parse(row.header as string) as Omit<CollectionHeader, 'id' | 'name'>;
  return { id: row.id as string, name: row.name as string, ...rest };
}

/** A row of `vultus_faceprint`. */
export function storedRowOf(row: Row): StoredRow {
  return { ...describedRowOf(row), vector: new Uint8Array(row.vector as Uint8Array) };
}

/** The same without its vector. */
function describedRowOf(row: Row): Omit<StoredRow, 'vector'> {
  return {
    id: row.id as string,
    identity: row.identity as string,
    metadata: (row.metadata as string | null) ?? undefined,
    role: row.role === 1 ? 'aggregate' : 'faceprint',
    quality: row.quality as number,
    createdAt: Number(row.created),
  };
}

function putOf(row: Row): Change {
  return { kind: 'put', seq: Number(row.seq), row: storedRowOf(row) };
}

function removalOf(row: Row): Change {
  return { kind: 'remove', seq: Number(row.seq), id: row.id as string };
}
