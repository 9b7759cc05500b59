/** The store in one SQLite file, for one machine: any number of processes may have it open. */

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { VultusError } from '../../errors.ts';
import type { ChangePage, CollectionHeader, CollectionStats, GalleryStore, Write } from '../store.ts';
import { storeClosed } from './memory.ts';
import type { SqliteCall, SqliteReply, SqliteSetup } from './sqlite-messages-node.ts';
import { type PackedPage, packPuts, unpackPage } from './sqlite-packing-node.ts';

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
  const store = new SqliteStore({ path, synchronous });
  try {
    await store.ready();
    return store;
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

type Method = SqliteCall['method'];
type Arguments<M extends Method> = Extract<SqliteCall, { method: M }>['args'];

interface Pending {
  resolve(value: unknown): void;
  reject(cause: unknown): void;
}

class SqliteStore implements GalleryStore {
  readonly kind = 'sqlite';
  readonly #worker: Worker;
  readonly #path: string;
  readonly #pending = new Map<number, Pending>();
  readonly #wakes = new Set<() => void>();
  #nextId = 0;
  #timer: NodeJS.Timeout | undefined;
  #version: number | undefined;
  #ended: VultusError | undefined;

  constructor(setup: SqliteSetup) {
    this.#path = setup.path;
    this.#worker = new Worker(createRequire(import.meta.url).resolve('#sqlite-worker'), {
      workerData: setup,
      execArgv: quietArguments(),
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: SqliteReply) => this.#answer(reply));
    this.#worker.on('error', (cause) => this.#end(unavailable(this.#path, cause)));
    this.#worker.on('exit', () => this.#end(unavailable(this.#path, undefined)));
  }

  ready(): Promise<unknown> {
    return this.#call('ready', []);
  }

  async create(header: CollectionHeader): Promise<void> {
    await this.#call('create', [header]);
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#call('find', [name]);
  }

  list(): Promise<CollectionHeader[]> {
    return this.#call('list', []);
  }

  stats(id: string): Promise<CollectionStats> {
    return this.#call('stats', [id]);
  }

  async rename(id: string, name: string, replace = false): Promise<void> {
    await this.#call('rename', [id, name, replace]);
  }

  drop(id: string): Promise<boolean> {
    return this.#call('drop', [id]);
  }

  write(id: string, writes: readonly Write[]): Promise<number> {
    const packed = packPuts(writes);
    return packed === undefined ? this.#call('write', [id, writes]) : this.#call('putMany', [id, packed]);
  }

  async changes(id: string, since: number, limit: number): Promise<ChangePage> {
    return unpackPage(await this.#call<PackedPage>('changes', [id, since, limit]));
  }

  chip(id: string, faceprintId: string): Promise<Uint8Array | undefined> {
    return this.#call('chip', [id, faceprintId]);
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

  async close(): Promise<void> {
    this.#stopPolling();
    if (this.#ended !== undefined) return;
    const closing = this.#call('close', []).catch(() => {});
    this.#ended = storeClosed();
    await closing;
    await this.#worker.terminate();
  }

  #call<T, M extends Method = Method>(method: M, args: Arguments<M>): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, method, args });
    });
  }

  #answer(reply: SqliteReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in reply)
      pending?.reject(new VultusError(reply.error.code, reply.error.message, { details: reply.error.details }));
    else pending?.resolve(reply.value);
  }

  #end(cause: VultusError): void {
    this.#ended ??= cause;
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
  }

  async #poll(): Promise<void> {
    try {
      const version = await this.#call<number>('dataVersion', []);
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

function unavailable(path: string, cause: unknown): VultusError {
  return new VultusError(
    'STORE_UNAVAILABLE',
    `The thread that serves ${path} ended unexpectedly. Open the gallery again`,
    { cause },
  );
}

/** Node 22 and 23 announce node:sqlite as experimental on every start. */
function quietArguments(): string[] {
  const major = Number(process.versions.node.split('.')[0]);
  return major === 22 || major === 23 ? ['--disable-warning=ExperimentalWarning'] : [];
}
