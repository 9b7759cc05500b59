/** Search in SQL: the PostgreSQL store's tables with a halfvec beside each vector, for who wants no vectors in memory. */

import { throwIfAborted, VultusError } from '../../errors.ts';
import type { NearestRequest, NearRow, RowPage, SearchStore } from '../remote/search-store.ts';
import type { CollectionHeader, CollectionStats, StoredRow, Write } from '../store.ts';
import {
  createHalves,
  dropHalfIndex,
  fillHalves,
  findKept,
  type HalfIndex,
  type Kept,
  keptOf,
  makeHalfIndex,
  setHalves,
} from './pgvector-schema-node.ts';
import { bestRows, certifiedRows, scanHalves, walkGraph } from './pgvector-search-node.ts';
import { pgvectorUrl } from './pgvector-url-node.ts';
import type { Sql } from './postgres-connections-node.ts';
import { type Database, openDatabase } from './postgres-database-node.ts';
import { PostgresStore, preparedStore, storedRowOf } from './postgres-node.ts';

/** How long making an index, or filling in what others wrote, may take. */
const buildMs = 24 * 3_600_000;

const namesPerPage = 1000;

/** How to open a pgvector store. */
export interface PgvectorStoreOptions {
  /**
   * `pgvector://user@host/database`, with what `postgres://` takes, and `index` (`exact` or `hnsw`), `m`,
   * `ef_construction`, `ef` for the graph.
   */
  readonly url: string;
}

/**
 * Opens the gallery of a PostgreSQL database with the extension vector ≥ 0.8. It is the same gallery that `postgres://`
 * opens: rows written there are searched here and the other way round.
 * @throws VultusError `STORE_UNAVAILABLE`, `DEPENDENCY_MISSING` when a package or the extension is absent
 */
export async function openPgvectorStore({ url }: PgvectorStoreOptions): Promise<SearchStore> {
  const { server, index } = pgvectorUrl(url);
  const { database } = await openDatabase({ url: server });
  return pgvectorStoreOver(database, index);
}

/** The store over a database that is open already, closed together with it. */
export async function pgvectorStoreOver(database: Database, index?: HalfIndex): Promise<SearchStore> {
  const base = new PostgresStore(database, {
    afterWrite: async (sql, id, writes) => setHalves(sql, await keptOf(sql, id), writes),
  });
  await preparedStore(base, createHalves);
  return new PgvectorStore(database, base, index);
}

class PgvectorStore implements SearchStore {
  readonly kind = 'pgvector';
  readonly atomic = 'write';
  readonly #database: Database;
  readonly #base: PostgresStore;
  readonly #index: HalfIndex | undefined;

  constructor(database: Database, base: PostgresStore, index: HalfIndex | undefined) {
    this.#database = database;
    this.#base = base;
    this.#index = index;
  }

  get exact(): boolean {
    return this.#index === undefined;
  }

  create(header: CollectionHeader): Promise<void> {
    return this.#base.create(header);
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#base.find(name);
  }

  list(): Promise<CollectionHeader[]> {
    return this.#base.list();
  }

  stats(id: string): Promise<CollectionStats> {
    return this.#base.stats(id);
  }

  rename(id: string, name: string, replace?: boolean): Promise<void> {
    return this.#base.rename(id, name, replace);
  }

  async drop(id: string): Promise<boolean> {
    await this.#database.use(async (sql) => {
      const kept = await findKept(sql, id);
      if (kept !== undefined) await dropHalfIndex(sql, kept);
    });
    return this.#base.drop(id);
  }

  async write(id: string, writes: readonly Write[]): Promise<void> {
    await this.#base.write(id, writes);
  }

  chip(id: string, faceprintId: string): Promise<Uint8Array | undefined> {
    return this.#base.chip(id, faceprintId);
  }

  async prepare(header: CollectionHeader): Promise<void> {
    if (header.keyId !== undefined) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `Collection ${JSON.stringify(header.name)} is sealed, and PostgreSQL cannot search what it cannot read. Open it through postgres:// with its key`,
      );
    }
    const index = this.#index;
    if (index !== undefined) {
      await this.#with(header.id, (sql, kept) => makeHalfIndex(sql, kept, index), buildMs);
    }
  }

  row(id: string, faceprintId: string): Promise<StoredRow | undefined> {
    return this.#with(id, async (sql, { number }) => {
      const { rows } = await sql`SELECT id, identity, role, quality, created, metadata, vector FROM vultus_faceprint
        WHERE collection = ${number} AND id = ${faceprintId}`;
      return rows.map(storedRowOf)[0];
    });
  }

  rows(id: string, page: RowPage): Promise<StoredRow[]> {
    const [after, identity] = [page.after ?? null, page.identity ?? null];
    return this.#with(id, async (sql, { number }) => {
      const { rows } = await sql`SELECT id, identity, role, quality, created, metadata, vector FROM vultus_faceprint
        WHERE collection = ${number} AND (${after}::uuid IS NULL OR id > ${after}::uuid)
          AND (${identity}::text IS NULL OR identity = ${identity}::text) ORDER BY id LIMIT ${page.limit}`;
      return rows.map(storedRowOf);
    });
  }

  count(id: string, identity?: string): Promise<number> {
    const wanted = identity ?? null;
    return this.#with(id, async (sql, { number }) => {
      const { rows } = await sql`SELECT count(*) AS value FROM vultus_faceprint
        WHERE collection = ${number} AND role = 0 AND (${wanted}::text IS NULL OR identity = ${wanted}::text)`;
      return Number(rows[0]?.value);
    });
  }

  async *identities(id: string): AsyncGenerator<string> {
    let after: string | null = null;
    for (;;) {
      const from: string | null = after;
      const { rows } = await this.#with(
        id,
        (sql, { number }) => sql`SELECT DISTINCT identity COLLATE "C" AS identity FROM vultus_faceprint
          WHERE collection = ${number} AND (${from}::text IS NULL OR identity COLLATE "C" > ${from}::text)
          ORDER BY 1 LIMIT ${namesPerPage}`,
      );
      for (const row of rows) yield row.identity as string;
      if (rows.length < namesPerPage) return;
      after = rows.at(-1)?.identity as string;
    }
  }

  aggregatesOf(id: string, identities: readonly string[]): Promise<StoredRow[]> {
    return this.#with(id, async (sql, { number }) => {
      const { rows } = await sql`SELECT id, identity, role, quality, created, metadata, vector FROM vultus_faceprint
        WHERE collection = ${number} AND role = 1 AND identity = ANY (${identities}::text[])`;
      return rows.map(storedRowOf);
    });
  }

  async nearest(id: string, request: NearestRequest): Promise<NearRow[][]> {
    // What processes without pgvector have written since the last look.
    await this.#with(id, fillHalves, buildMs);
    const index = request.exact ? undefined : this.#index;
    const answers = request.queries.map((query) =>
      index === undefined ? this.#byScan(id, query, request) : this.#byGraph(id, query, request, index),
    );
    return Promise.all(answers);
  }

  close(): Promise<void> {
    return this.#base.close();
  }

  /** Compares every halfvec, and scores more and more rows in full until no other can belong to the answer. */
  async #byScan(id: string, query: Float32Array, request: NearestRequest): Promise<NearRow[]> {
    for (let take = request.limit + 8; ; take *= 4) {
      throwIfAborted(request.signal);
      const found = await this.#with(id, (sql, kept) => scanHalves(sql, kept, query, request, take));
      const answer = certifiedRows(found, request, take);
      if (answer !== undefined) return answer;
    }
  }

  /** What the graph finds; what it does not find is missed. */
  #byGraph(id: string, query: Float32Array, request: NearestRequest, index: HalfIndex): Promise<NearRow[]> {
    throwIfAborted(request.signal);
    return this.#database.transact(async (sql) => {
      const found = await walkGraph(sql, await keptOf(sql, id), query, request, index);
      return bestRows(found, request);
    });
  }

  #with<T>(id: string, work: (sql: Sql, kept: Kept) => Promise<T>, limitMs?: number): Promise<T> {
    return this.#database.use(async (sql) => work(sql, await keptOf(sql, id)), limitMs);
  }
}
