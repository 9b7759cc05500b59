/**
 * A worker's side of a queue: frames in, events into a store.
 *
 * Messages are looked at one after another and acknowledged only once their events and the state after them are stored
 * together. When a worker dies, the next one continues from that state: what was not stored is delivered again and leads
 * to the same events, what was stored is known to be done. A message that was in a hand before is attempted alone, and
 * put aside once it has failed often enough, so that it holds up nobody and takes nothing else with it.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { VultusError } from '../errors.ts';
import type { EventStore, NewEvent } from './events.ts';
import { decodeMessage, type FrameMessage } from './message.ts';
import type { Delivery, FrameQueue } from './queue.ts';
import { StreamWork, type View, viewOf } from './stream-work.ts';
import type { WatchEngine, WatchOptions } from './watcher.ts';

/** Options of {@link runWorker}. */
export interface WorkerOptions extends Omit<WatchOptions, 'signal'> {
  readonly queue: FrameQueue;
  readonly store: EventStore;
  readonly engine: WatchEngine;
  /** Messages in hand of each share of the queue. Default 32. */
  readonly prefetch?: number;
  /** Deliveries after which a message that always fails is put aside. Default 3. */
  readonly maxDeliveries?: number;
  /** Told of each event that this worker stored. */
  readonly onEvent?: (event: NewEvent & { readonly stream: string }) => void;
  /** Told of what is out of the ordinary, in a sentence. */
  readonly onNote?: (note: string) => void;
  /** Ends the work: what is looked at is stored first. */
  readonly signal?: AbortSignal;
}

/** What is looked at is stored after this time at the latest. */
const flushMs = 300;
/** A stream without messages is forgotten after this time; its state lies in the store. */
const forgetMs = 60_000;
/** Pauses while a store or gallery is away: first and longest. */
const backoffMs = [250, 10_000] as const;

/** Errors of the surroundings: no message is to blame, and no other would do better. */
const fatal = new Set([
  'ABORTED',
  'CLOSED',
  'COLLECTION_NOT_FOUND',
  'DECRYPT_FAILED',
  'DEPENDENCY_MISSING',
  'DEVICE_UNAVAILABLE',
  'EMBEDDING_MISMATCH',
  'LICENCE_REFUSED',
  'MODEL_CHECKSUM',
  'MODEL_INVALID',
  'MODEL_NOT_FOUND',
  'QUEUE_UNAVAILABLE',
  'STORE_CORRUPT',
]);

/**
 * Works until the signal fires or the queue is closed. Any number of workers may share a queue, a gallery and a store;
 * each stream is with one of them at a time.
 * @throws VultusError when the surroundings fail for good: a model, the queue, the store
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  await new FrameWorker(options).run();
}

class FrameWorker {
  readonly #options: WorkerOptions;
  readonly #watchOptions: WatchOptions;
  readonly #streams = new Map<string, StreamWork>();
  readonly #prefetch: number;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: unknown;
  readonly #stop = new AbortController();

  constructor(options: WorkerOptions) {
    const { queue: _, store: __, engine: ___, onEvent: ____, onNote: _____, ...rest } = options;
    const { prefetch = 32, maxDeliveries: ______, signal: _______, ...watch } = rest;
    this.#options = options;
    this.#watchOptions = watch;
    this.#prefetch = prefetch;
  }

  async run(): Promise<void> {
    const { queue, signal } = this.#options;
    const leave = () => void this.#inTurn(() => this.#flush()).finally(() => this.#stop.abort());
    const timer = setInterval(() => void this.#inTurn(() => this.#flush()), flushMs);
    signal?.addEventListener('abort', leave);
    try {
      if (signal?.aborted) return;
      for await (const delivery of queue.consume({ prefetch: this.#prefetch, signal: this.#stop.signal })) {
        await this.#inTurn(() => this.#takeAndStore(delivery));
      }
    } finally {
      signal?.removeEventListener('abort', leave);
      clearInterval(timer);
      await this.#turn;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** One thing at a time: messages and the clock. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work).catch((error: unknown) => {
      this.#failure ??= error;
      this.#stop.abort();
    });
    this.#turn = turn;
    return turn;
  }

  async #takeAndStore(delivery: Delivery): Promise<void> {
    if (this.#options.signal?.aborted) return;
    await this.#take(delivery);
    const held = [...this.#streams.values()].reduce((sum, work) => sum + work.held.length, 0);
    // Half of what the queue hands out: there is always more to come while this is stored.
    if (held >= this.#prefetch / 2) await this.#flush();
  }

  async #take(delivery: Delivery): Promise<void> {
    const { stream } = delivery;
    let message: FrameMessage;
    let view: View;
    try {
      message = decodeMessage(delivery.body);
      view = await viewOf(message);
    } catch (error) {
      await this.#park(delivery, error);
      return;
    }
    const work = await this.#open(stream);
    work.lastUsed = Date.now();
    if (work.isStored(message)) {
      await delivery.ack();
      return;
    }
    if (work.isPast(message)) {
      work.held.push(delivery);
      return;
    }
    this.#noteGap(stream, work, message);
    if (delivery.redelivered && !(await this.#mayTry(work, delivery, message))) return;
    await this.#look(work, delivery, message, view);
  }

  /** Whether a message that was in a hand before is to be tried again; what came before it is stored first. */
  async #mayTry(work: StreamWork, delivery: Delivery, message: FrameMessage): Promise<boolean> {
    const { maxDeliveries = 3, store } = this.#options;
    const { stream } = delivery;
    if (!(await this.#store(stream, work))) {
      await this.#take(delivery);
      return false;
    }
    const attempts = await this.#patiently(() => store.attempt(stream, message));
    if (attempts < maxDeliveries) return true;
    await this.#park(delivery, new Error(`failed ${attempts} times`));
    work.skip(message);
    return false;
  }

  async #look(work: StreamWork, delivery: Delivery, message: FrameMessage, view: View): Promise<void> {
    const { stream } = delivery;
    try {
      await work.look(message, view);
    } catch (error) {
      await this.#again(work, delivery, error);
      return;
    }
    work.held.push(delivery);
    const isFull = work.events.length > 0 || delivery.redelivered || view.kind === 'end';
    if (isFull && !(await this.#store(stream, work))) return;
    if (view.kind === 'end') this.#streams.delete(stream);
  }

  /** A look that failed may have left half a state: from the stored one everything in hand is looked at again. */
  async #again(work: StreamWork, delivery: Delivery, error: unknown): Promise<void> {
    const code = error instanceof VultusError ? error.code : undefined;
    if (code !== undefined && fatal.has(code)) throw error;
    this.#options.onNote?.(`${delivery.stream}: ${textOf(error)}; trying again`);
    // A store that is away is not the message's fault: that attempt does not count.
    const counts = code !== 'STORE_UNAVAILABLE';
    if (!counts) await pause(backoffMs[0] * 4);
    this.#streams.delete(delivery.stream);
    if (this.#options.signal?.aborted) return;
    for (const each of [...work.held, delivery]) await this.#take({ ...each, redelivered: counts });
  }

  /** Stores what is looked at. @returns false when another worker has the stream; then it is looked at again from there */
  async #store(stream: string, work: StreamWork): Promise<boolean> {
    const { store, onEvent } = this.#options;
    const state = work.state();
    if (state === undefined || work.held.length === 0) return true;
    const { held, events } = work;
    if (!(await this.#patiently(() => store.commit(stream, work.committed, state, events)))) {
      this.#streams.delete(stream);
      for (const delivery of held) await this.#take({ ...delivery, redelivered: false });
      return false;
    }
    work.committed = state;
    work.held = [];
    work.events = [];
    for (const delivery of held) await delivery.ack();
    for (const event of events) onEvent?.({ stream, ...event });
    return true;
  }

  async #flush(): Promise<void> {
    for (const [stream, work] of [...this.#streams]) {
      if (work.held.length > 0) await this.#store(stream, work);
      else if (Date.now() - work.lastUsed > forgetMs) this.#streams.delete(stream);
    }
  }

  async #open(stream: string): Promise<StreamWork> {
    const open = this.#streams.get(stream);
    if (open !== undefined) return open;
    const { store, engine } = this.#options;
    const saved = await this.#patiently(() => store.load(stream));
    const work = new StreamWork(engine, this.#watchOptions, saved);
    this.#streams.set(stream, work);
    return work;
  }

  async #park(delivery: Delivery, error: unknown): Promise<void> {
    const reason = textOf(error);
    this.#options.onNote?.(`${delivery.stream}: a message was put aside: ${reason}`);
    await delivery.park(reason);
  }

  #noteGap(stream: string, { at }: StreamWork, { session, sequence }: FrameMessage): void {
    const expected = at?.session === session ? at.sequence + 1 : 0;
    if (sequence > expected) this.#options.onNote?.(`${stream}: ${sequence - expected} messages did not come`);
  }

  /** Repeats a call while the store is away. */
  async #patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let delay: number = backoffMs[0]; ; delay = Math.min(backoffMs[1], delay * 2)) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof VultusError && error.code === 'STORE_UNAVAILABLE')) throw error;
        if (this.#options.signal?.aborted) throw error;
        this.#options.onNote?.(`${error.message}; trying again in ${delay} ms`);
        await pause(delay);
      }
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
