/** The store in one SQLite file, for one machine: any number of processes may have it open. */

import type { ChangePage, CollectionHeader, CollectionStats, GalleryStore, Write } from '../store.ts';
import { storeClosed } from './memory.ts';
import { findSqlite, sqliteError } from './sqlite-driver-node.ts';
import { SqliteRows } from './sqlite-rows.ts';

/** How often to ask whether another process has written. */
const pollMs = 100;

/** How to open a SQLite store. */
export interface SqliteStoreOptions {
  /** A file, made when absent, or `:memory:`. */
  readonly path: string;
  /** `normal` survives a crash of the process, `full` a loss of power as well. Default `normal`. */
  readonly synchronous?: 'normal' | 'full';
}

/** @throws VultusError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `DEPENDENCY_MISSING` */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<GalleryStore> {
  const { path, synchronous = 'normal' } = options;
  const sqlite = await findSqlite();
  try {
    return new SqliteStore(path, new SqliteRows(sqlite.open(path), synchronous));
  } catch (cause) {
    throw sqliteError(cause, path);
  }
}

class SqliteStore implements GalleryStore {
  readonly kind = 'sqlite';
  readonly #path: string;
  readonly #wakes = new Set<() => void>();
  #rows: SqliteRows | undefined;
  #timer: NodeJS.Timeout | undefined;
  #version = 0;

  constructor(path: string, rows: SqliteRows) {
    this.#path = path;
    this.#rows = rows;
  }

  create(header: CollectionHeader): Promise<void> {
    return this.#do((rows) => rows.create(header));
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#do((rows) => rows.find(name));
  }

  list(): Promise<CollectionHeader[]> {
    return this.#do((rows) => rows.list());
  }

  stats(id: string): Promise<CollectionStats> {
    return this.#do((rows) => rows.stats(id));
  }

  rename(id: string, name: string, replace = false): Promise<void> {
    return this.#do((rows) => rows.rename(id, name, replace));
  }

  drop(id: string): Promise<boolean> {
    return this.#do((rows) => rows.drop(id));
  }

  write(id: string, writes: readonly Write[]): Promise<number> {
    return this.#do((rows) => rows.write(id, writes));
  }

  changes(id: string, since: number, limit: number): Promise<ChangePage> {
    return this.#do((rows) => rows.changes(id, since, limit));
  }

  chip(id: string, faceprintId: string): Promise<Uint8Array | undefined> {
    return this.#do((rows) => rows.chip(id, faceprintId));
  }

  watch(_id: string, wake: () => void): () => void {
    const own = (): void => wake();
    this.#wakes.add(own);
    if (this.#timer === undefined) {
      this.#version = this.#rows?.dataVersion() ?? 0;
      this.#timer = setInterval(() => this.#poll(), pollMs).unref();
      // What was written between the caller's last look and now.
      queueMicrotask(own);
    }
    return () => {
      this.#wakes.delete(own);
      if (this.#wakes.size === 0) this.#stopPolling();
    };
  }

  async close(): Promise<void> {
    this.#stopPolling();
    const rows = this.#rows;
    this.#rows = undefined;
    rows?.close();
  }

  async #do<T>(work: (rows: SqliteRows) => T): Promise<T> {
    if (this.#rows === undefined) throw storeClosed();
    try {
      return work(this.#rows);
    } catch (cause) {
      throw sqliteError(cause, this.#path);
    }
  }

  #poll(): void {
    try {
      const version = this.#rows?.dataVersion() ?? this.#version;
      if (version === this.#version) return;
      this.#version = version;
      for (const wake of this.#wakes) wake();
    } catch {
      // Busy or out of reach: the next look may tell more.
    }
  }

  #stopPolling(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
