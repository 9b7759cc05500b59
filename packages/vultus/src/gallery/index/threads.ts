/** The search threads of this process, shared by all its collections and stopped with the last of them. */

import { VultusError } from '../../errors.ts';
import type { Arena } from './arena.ts';
import type { ScanReply, ScanThread, StartThread } from './scan-messages.ts';
import type { Found, ScanTask } from './scanner.ts';

interface Pending {
  missing: number;
  readonly found: Found[];
  readonly next: Int32Array;
  readonly resolve: (found: Found[]) => void;
  readonly reject: (cause: unknown) => void;
}

/** Past the last piece of any task there is nothing left to take: the threads answer at once. */
const pastAll = 1 << 30;

/** A set of threads that scan together. */
export class Threads {
  readonly #start: StartThread;
  readonly #count: number;
  readonly #arenas = new Map<number, Arena>();
  readonly #pending = new Map<number, Pending>();
  #threads: ScanThread[] = [];
  #nextId = 0;

  constructor(start: StartThread, count: number) {
    this.#start = start;
    this.#count = count;
  }

  /** How many threads scan. */
  get count(): number {
    return this.#count;
  }

  /** Starts the threads if they do not run yet, and makes the memory known to them. */
  add(arena: Arena): void {
    if (this.#arenas.has(arena.id)) return;
    this.#arenas.set(arena.id, arena);
    if (this.#threads.length === 0) this.#startAll();
    else for (const thread of this.#threads) thread.post({ kind: 'arena', id: arena.id, memory: arena.memory });
  }

  /** Lets go of memories; the threads stop with the last one. */
  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.#arenas.delete(id);
    if (this.#arenas.size > 0) {
      for (const thread of this.#threads) thread.post({ kind: 'drop', ids });
      return;
    }
    const threads = this.#threads;
    this.#threads = [];
    this.#failAll(new VultusError('CLOSED', 'The collection was closed while a search ran'));
    await Promise.all(threads.map((thread) => thread.stop()));
  }

  /** Scans with all threads. */
  run(task: ScanTask, signal?: AbortSignal): Promise<Found[]> {
    if (this.#threads.length === 0) this.#startAll();
    const id = this.#nextId++;
    const shared = new SharedArrayBuffer(4);
    const next = new Int32Array(shared);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { missing: this.#threads.length, found: [], next, resolve, reject });
      const stop = (): number => Atomics.store(next, 0, pastAll);
      signal?.addEventListener('abort', stop, { once: true });
      for (const thread of this.#threads) {
        thread.hold(true);
        thread.post({ kind: 'scan', id, task, next: shared });
      }
    });
  }

  #startAll(): void {
    for (let lane = 0; lane < this.#count; lane++) {
      const thread = this.#start(
        lane,
        (reply) => this.#answer(reply),
        (cause) => this.#die(cause),
      );
      for (const { id, memory } of this.#arenas.values()) thread.post({ kind: 'arena', id, memory });
      this.#threads.push(thread);
    }
  }

  #answer(reply: ScanReply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ('error' in reply) {
      this.#pending.delete(reply.id);
      pending.reject(new VultusError('INFERENCE_FAILED', `The search failed (${reply.error}). Try again`));
    } else {
      pending.found.push(...reply.found);
      pending.missing -= 1;
      if (pending.missing === 0) {
        this.#pending.delete(reply.id);
        pending.resolve(pending.found);
      }
    }
    if (this.#pending.size === 0) for (const thread of this.#threads) thread.hold(false);
  }

  /** One thread gone: the scans under way cannot be completed; the next one starts new threads. */
  #die(cause: unknown): void {
    const threads = this.#threads;
    this.#threads = [];
    this.#failAll(new VultusError('INFERENCE_FAILED', 'A search thread ended unexpectedly. Try again', { cause }));
    for (const thread of threads) void thread.stop();
  }

  #failAll(error: VultusError): void {
    for (const pending of this.#pending.values()) {
      Atomics.store(pending.next, 0, pastAll);
      pending.reject(error);
    }
    this.#pending.clear();
  }
}

let shared: Promise<Threads | undefined> | undefined;

/** The process's threads; undefined where there can be none. */
export function sharedThreads(): Promise<Threads | undefined> {
  shared ??= open();
  return shared;
}

async function open(): Promise<Threads | undefined> {
  const onNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
  const { startThread, threadCount } = onNode ? await import('./threads-node.ts') : await import('./threads-web.ts');
  return threadCount < 1 ? undefined : new Threads(startThread, threadCount);
}
