/** Events in one SQLite file, for one machine: any number of workers may have it open. */

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, VultusError } from '../errors.ts';
import type { EventQuery, EventStore, NewEvent, StoredEvent, StreamPlace, StreamState } from './events.ts';
import type { EventRows } from './events-rows.ts';

type Method = 'load' | 'commit' | 'attempt' | 'list' | 'shot' | 'close';

/** A call to the thread; `ready` answers when the file is open. */
export type EventCall = { readonly id: number } & (
  | { readonly method: 'ready'; readonly args: readonly [] }
  | { readonly [M in Method]: { readonly method: M; readonly args: Parameters<EventRows[M]> } }[Method]
);

/** The answer to the call of that id. */
export type EventReply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly message: string } };

/**
 * Opens a file of events, made when absent.
 * @throws VultusError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `DEPENDENCY_MISSING`
 */
export async function openSqliteEvents(path: string): Promise<EventStore> {
  const store = new SqliteEvents(path);
  try {
    await store.ready();
    return store;
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: unknown) => void;
}

class SqliteEvents implements EventStore {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #ended: VultusError | undefined;

  constructor(path: string) {
    this.#worker = new Worker(createRequire(import.meta.url).resolve('#events-worker'), {
      workerData: path,
      execArgv: /^v2[23]\./.test(process.version) ? ['--disable-warning=ExperimentalWarning'] : [],
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: EventReply) => this.#answer(reply));
    const broken = (cause?: unknown) =>
      new VultusError('STORE_UNAVAILABLE', `The thread that serves ${path} ended unexpectedly. Open it again`, {
        cause,
      });
    this.#worker.on('error', (cause) => this.#end(broken(cause)));
    this.#worker.on('exit', () => this.#end(broken()));
  }

  ready(): Promise<void> {
    return this.#call('ready', []);
  }

  load(stream: string): Promise<StreamState | undefined> {
    return this.#call('load', [stream]);
  }

  commit(
    stream: string,
    after: StreamPlace | undefined,
    next: StreamState,
    events: readonly NewEvent[],
  ): Promise<boolean> {
    return this.#call('commit', [stream, after, next, events]);
  }

  attempt(stream: string, place: StreamPlace): Promise<number> {
    return this.#call('attempt', [stream, place]);
  }

  list(query: EventQuery = {}): Promise<readonly StoredEvent[]> {
    return this.#call('list', [query]);
  }

  shot(number: number): Promise<Uint8Array | undefined> {
    return this.#call('shot', [number]);
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const closing = this.#call('close', []).catch(() => undefined);
    this.#ended = new VultusError('CLOSED', 'The events were used after close()');
    await closing;
    await this.#worker.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T>(method: EventCall['method'], args: readonly unknown[]): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, method, args });
    });
  }

  #answer(reply: EventReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in reply) pending?.reject(new VultusError(reply.error.code, reply.error.message));
    else pending?.resolve(reply.value);
  }

  #end(cause: VultusError): void {
    this.#ended ??= cause;
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
  }
}
