/** The graph as the index sees it: messages to its thread, in order. */

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { VultusError } from '../../errors.ts';
import type { GraphCall, GraphReply, GraphSetup } from './hnsw-messages.ts';

interface Pending {
  resolve(slots: readonly Int32Array[]): void;
  reject(cause: unknown): void;
}

/** A graph in a thread of its own. */
export class Graph {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ready: Promise<void>;
  #waiting = 0;
  #nextId = 0;
  #ended: VultusError | undefined;

  constructor(setup: GraphSetup) {
    this.#worker = new Worker(createRequire(import.meta.url).resolve('#hnsw-worker'), { workerData: setup });
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: GraphReply) => {
        if (reply.kind === 'ready') resolve();
        else if (reply.kind === 'missing') reject(missing(setup.module, reply.reason));
        else this.#take(reply);
      });
      this.#worker.on('error', (cause) => {
        this.#end(
          new VultusError(
            'STORE_UNAVAILABLE',
            'The thread of the HNSW graph ended unexpectedly. Open the gallery again',
            { cause },
          ),
        );
        reject(cause);
      });
    });
  }

  /** Rows handed over that the graph does not have yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @throws VultusError `DEPENDENCY_MISSING` */
  async ready(): Promise<void> {
    await this.#ready;
    this.#rest();
  }

  /** Takes rows over; slots in use must be removed before. */
  add(slots: Int32Array, vectors: Float32Array): void {
    this.#waiting += slots.length;
    this.#post({ kind: 'add', slots, vectors });
  }

  remove(slot: number): void {
    this.#post({ kind: 'remove', slots: Int32Array.of(slot) });
  }

  /** The slots nearest to each query as far as the graph finds them, of the rows added before. */
  search(queries: Float32Array, take: number): Promise<readonly Int32Array[]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#post({ kind: 'search', id, queries, take });
    });
  }

  async close(): Promise<void> {
    this.#end(new VultusError('CLOSED', 'The collection was closed while a search ran'));
    await this.#worker.terminate();
  }

  #post(call: GraphCall): void {
    if (this.#ended !== undefined) return;
    this.#worker.ref();
    this.#worker.postMessage(call);
  }

  #take(reply: GraphReply): void {
    if (reply.kind === 'added') this.#waiting -= reply.rows;
    if (reply.kind === 'found') {
      this.#pending.get(reply.id)?.resolve(reply.slots);
      this.#pending.delete(reply.id);
    }
    this.#rest();
  }

  /** An idle graph does not keep the process alive. */
  #rest(): void {
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #end(cause: VultusError): void {
    this.#ended ??= cause;
    for (const pending of this.#pending.values()) pending.reject(this.#ended);
    this.#pending.clear();
  }
}

function missing(module: string, reason: string): VultusError {
  return new VultusError(
    'DEPENDENCY_MISSING',
    `Searching by a graph needs the package ${module} (${reason}). Run: npm install ${module}`,
  );
}
