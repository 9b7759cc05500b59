/** One inference worker as the main thread sees it: requests out, replies matched by number, alive only while it works. */

import { Worker } from 'node:worker_threads';
import { type ErrorCode, VultusError } from '../errors.ts';
import type { ModelSignature, WorkerReply, WorkerRequest, WorkerSetup } from './onnx-node.messages.ts';
import type { Tensors } from './tensor.ts';

/** A request before it has its number. */
export type Ask = WorkerRequest extends infer R ? (R extends { readonly id: number } ? Omit<R, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (value: ModelSignature | Tensors | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** What {@link InferenceThread.ask} rejects with when the worker answered with an error. */
export class WorkerFailure extends Error {
  readonly code: ErrorCode | undefined;
  constructor(message: string, code: ErrorCode | undefined) {
    super(message);
    this.code = code;
  }
}

/** What a thread tells its owner. */
export interface ThreadEvents {
  /** The thread is gone, for whatever reason; called once. */
  readonly onExit: () => void;
}

/** A worker thread. It keeps the process alive only while it owes an answer. */
export class InferenceThread {
  /** Numbers of the models open in this thread. */
  readonly models = new Set<number>();
  /** Where the feeds of its runs are put, one run at a time. */
  slab = new SharedArrayBuffer(0);
  /** Settles once the runtime is loaded; rejects with `DEPENDENCY_MISSING` when it cannot be. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events: ThreadEvents;
  #nextId = 0;
  #ended: Error | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param file the worker's compiled JavaScript
   */
  constructor(file: string | URL, setup: WorkerSetup, events: ThreadEvents) {
    this.#events = events;
    // Loaders and inspector flags of the parent are of no use to the worker and cost its start.
    this.#worker = new Worker(file, { workerData: setup, name: 'vultus-onnx', execArgv: [] });
    this.ready = new Promise((resolve, reject) => this.#waiting.set(-1, { resolve: () => resolve(), reject }));
    this.ready.catch(() => undefined);
    this.#worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', (code) => this.#end(new Error(`the inference worker stopped (exit code ${code})`)));
  }

  /** Sends a request; `transfer` lists buffers that move instead of being copied. */
  ask(request: Ask, transfer: readonly ArrayBuffer[] = []): Promise<ModelSignature | Tensors | undefined> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ ...request, id }, [...transfer]);
    });
  }

  /** Lets the thread finish what it was asked, free its sessions and end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A thread that dies before it answers is gone as well, which is all that was wanted.
    await this.ask({ kind: 'exit' }).catch(() => undefined);
    // Left to end by itself, a thread would first compile the rest of the WebAssembly runtime: seconds after a quick use.
    await this.#worker.terminate();
  }

  #settle(reply: WorkerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (reply.ok) {
      waiting?.resolve(reply.value);
    } else {
      const code = reply.id < 0 ? 'DEPENDENCY_MISSING' : reply.code;
      waiting?.reject(new WorkerFailure(reply.message, code));
    }
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = error instanceof Error ? error : new Error(String(error));
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
    this.#events.onExit();
  }
}

/** Wraps what a thread rejected with: its own code when it gave one, else `fallback`; our own errors pass unchanged. */
export function threadError(
  error: unknown,
  fallback: ErrorCode,
  intro: string,
  details: Record<string, unknown>,
): VultusError {
  if (error instanceof VultusError) return error;
  const code = error instanceof WorkerFailure ? (error.code ?? fallback) : fallback;
  const reason = error instanceof Error ? error.message : String(error);
  return new VultusError(code, `${intro}: ${reason}`, { cause: error, details });
}
