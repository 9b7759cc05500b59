/** The queue within one process: the default where cameras and workers live together. */

import { throwIfAborted } from '../errors.ts';
import { Inbox } from './inbox.ts';
import {
  type ConsumeOptions,
  checkStream,
  type Delivery,
  type FrameQueue,
  lateStream,
  type ParkedMessage,
  queueClosed,
} from './queue.ts';

/** Options of {@link openMemoryQueue}. */
export interface MemoryQueueOptions {
  /** Messages that a stream may have waiting or in hand. Default 1,000. */
  readonly maxMessages?: number;
}

interface Entry {
  readonly body: Uint8Array;
  delivered: boolean;
}

interface Stream {
  readonly name: string;
  /** Waiting and in hand, oldest first. */
  entries: Entry[];
  owner: Consumer | undefined;
  inHand: number;
}

interface Consumer {
  readonly inbox: Inbox<Delivery>;
  readonly prefetch: number;
  inHand: number;
}

/** Opens an empty queue. */
export function openMemoryQueue(options: MemoryQueueOptions = {}): FrameQueue {
  return new MemoryQueue(options.maxMessages ?? 1000);
}

class MemoryQueue implements FrameQueue {
  readonly #maxMessages: number;
  readonly #streams = new Map<string, Stream>();
  readonly #consumers = new Set<Consumer>();
  #parked: ParkedMessage[] = [];
  #closed = false;

  constructor(maxMessages: number) {
    this.#maxMessages = maxMessages;
  }

  async publish(stream: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    checkStream(stream);
    throwIfAborted(signal);
    if (this.#closed) throw queueClosed();
    if ((this.#streams.get(stream)?.entries.length ?? 0) >= this.#maxMessages) return false;
    this.#add(stream, body);
    return true;
  }

  consume({ prefetch = 32, signal }: ConsumeOptions = {}): AsyncIterable<Delivery> {
    if (this.#closed) throw queueClosed();
    const end = () => consumer.inbox.end();
    const leave = async () => {
      signal?.removeEventListener('abort', end);
      this.#remove(consumer);
    };
    const consumer: Consumer = { inbox: new Inbox(leave), prefetch, inHand: 0 };
    this.#consumers.add(consumer);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
    this.#deliver();
    return consumer.inbox;
  }

  async parked(limit = 100): Promise<readonly ParkedMessage[]> {
    return this.#parked.slice(0, limit);
  }

  async release(limit = Number.POSITIVE_INFINITY): Promise<number> {
    if (this.#closed) throw queueClosed();
    const released = this.#parked.slice(0, limit);
    this.#parked = this.#parked.slice(released.length);
    for (const { stream, body } of released) this.#add(lateStream(stream), body);
    return released.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { inbox } of this.#consumers) inbox.end();
    this.#streams.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(name: string, body: Uint8Array): void {
    const stream = this.#streams.get(name) ?? { name, entries: [], owner: undefined, inHand: 0 };
    this.#streams.set(name, stream);
    stream.entries.push({ body: body.slice(), delivered: false });
    this.#deliver();
  }

  /** Hands out what may be: a stream that nobody has goes to the consumer with the fewest. */
  #deliver(): void {
    for (const stream of this.#streams.values()) {
      if (stream.inHand === stream.entries.length) continue;
      stream.owner ??= this.#idlest();
      while (stream.owner !== undefined && stream.inHand < stream.entries.length) {
        if (stream.owner.inHand >= stream.owner.prefetch) break;
        this.#hand(stream, stream.owner);
      }
    }
  }

  #idlest(): Consumer | undefined {
    const owned = (consumer: Consumer) => [...this.#streams.values()].filter(({ owner }) => owner === consumer).length;
    return [...this.#consumers].sort((a, b) => owned(a) - owned(b))[0];
  }

  #hand(stream: Stream, consumer: Consumer): void {
    const entry = stream.entries[stream.inHand] as Entry;
    stream.inHand++;
    consumer.inHand++;
    const done = async (): Promise<boolean> => {
      const at = stream.owner === consumer ? stream.entries.indexOf(entry) : -1;
      if (at < 0 || at >= stream.inHand) return false;
      stream.entries.splice(at, 1);
      stream.inHand--;
      consumer.inHand--;
      if (stream.entries.length === 0) this.#streams.delete(stream.name);
      this.#deliver();
      return true;
    };
    const { name } = stream;
    const { body, delivered } = entry;
    entry.delivered = true;
    consumer.inbox.push({
      ...{ stream: name, body, redelivered: delivered },
      ack: async () => void (await done()),
      park: async (reason) => {
        if (await done()) this.#parked.push({ stream: name, body, reason, parkedAt: Date.now() });
      },
    });
  }

  /** A consumer that leaves gives back what it has; the order stays. */
  #remove(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    for (const stream of this.#streams.values()) {
      if (stream.owner !== consumer) continue;
      stream.owner = undefined;
      stream.inHand = 0;
    }
    this.#deliver();
  }
}
