/** The store in one SQLite file, for one machine: any number of processes may have it open. */

import { createRequire } from 'node:module';
import { Thread } from '../../runtime/thread-node.ts';
import type { ChangePage, CollectionHeader, CollectionStats, GalleryStore, Write } from '../store.ts';
import { storeClosed } from './memory.ts';
import { quietArguments, threadLost } from './sqlite-file-node.ts';
import { packPuts, unpackPage } from './sqlite-packing-node.ts';
import type { SqliteRows } from './sqlite-rows.ts';

/** How often to ask whether another process has written. */
const pollMs = 100;

/** How to open a SQLite store. */
export interface SqliteStoreOptions {
  /** A file, made when absent, or `:memory:`. */
  readonly path: string;
  /** `normal` survives a crash of the process, `full` a loss of power as well. Default `normal`. */
  readonly synchronous?: 'normal' | 'full';
}

/** How the thread opens its file. */
export type SqliteSetup = Required<SqliteStoreOptions>;

/** @throws VultusError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `DEPENDENCY_MISSING` */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<GalleryStore> {
  const { path, synchronous = 'normal' } = options;
  const store = new SqliteStore({ path, synchronous });
  try {
    await store.ready();
    return store;
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

class SqliteStore implements GalleryStore {
  readonly kind = 'sqlite';
  readonly #thread: Thread<SqliteRows>;
  readonly #wakes = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #version: number | undefined;

  constructor(setup: SqliteSetup) {
    this.#thread = new Thread<SqliteRows>({
      file: createRequire(import.meta.url).resolve('#sqlite-worker'),
      data: setup,
      name: 'vultus-sqlite',
      execArgv: quietArguments(),
      lost: (cause) => threadLost(setup.path, cause),
    });
  }

  ready(): Promise<void> {
    return this.#thread.ready();
  }

  async create(header: CollectionHeader): Promise<void> {
    await this.#thread.call('create', header);
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#thread.call('find', name);
  }

  list(): Promise<CollectionHeader[]> {
    return this.#thread.call('list');
  }

  stats(id: string): Promise<CollectionStats> {
    return this.#thread.call('stats', id);
  }

  async rename(id: string, name: string, replace = false): Promise<void> {
    await this.#thread.call('rename', id, name, replace);
  }

  drop(id: string): Promise<boolean> {
    return this.#thread.call('drop', id);
  }

  write(id: string, writes: readonly Write[]): Promise<number> {
    const packed = packPuts(writes);
    return packed === undefined ? this.#thread.call('write', id, writes) : this.#thread.call('putMany', id, packed);
  }

  async changes(id: string, since: number, limit: number): Promise<ChangePage> {
    return unpackPage(await this.#thread.call('changes', id, since, limit));
  }

  chip(id: string, faceprintId: string): Promise<Uint8Array | undefined> {
    return this.#thread.call('chip', id, faceprintId);
  }

  watch(_id: string, wake: () => void): () => void {
    const own = (): void => wake();
    this.#wakes.add(own);
    this.#timer ??= setInterval(() => void this.#poll(), pollMs).unref();
    // What was written between the caller's last look and the first poll.
    queueMicrotask(own);
    return () => {
      this.#wakes.delete(own);
      if (this.#wakes.size === 0) this.#stopPolling();
    };
  }

  close(): Promise<void> {
    this.#stopPolling();
    return this.#thread.close(storeClosed());
  }

  async #poll(): Promise<void> {
    try {
      const version = await this.#thread.call('dataVersion');
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
