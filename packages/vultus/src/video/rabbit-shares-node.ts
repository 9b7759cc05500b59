/**
 * One worker's part of the shares of a broker's queue.
 *
 * A share is taken by who is the only listener of its lock, and the broker gives its messages to one consumer at a time
 * (`x-single-active-consumer`): so each stream is in one hand and in order. Who listens to the queue `workers` is
 * counted; with W workers each takes shares up to ceil(shares / W) and gives back what it has beyond. When one dies the
 * broker closes its channels, and the others find its shares free.
 */

import type { AsyncMessage, Channel, Connection } from 'rabbitmq-client';
import { Inbox } from './inbox.ts';
import type { ConsumeOptions, Delivery } from './queue.ts';
import { codeOf, type RabbitLayout, refusal } from './rabbit-node.ts';

/** How often shares are looked at. */
const tickMs = 500;

/** Puts a message aside for good; resolves when the broker has it safe. */
export type Park = (stream: string, body: Uint8Array, reason: string) => Promise<void>;

interface Held {
  readonly channel: Channel;
  /** Messages that came lately. */
  busy: number;
}

/** An iterable of deliveries that keeps its shares until it is left. */
export class ShareConsumer implements AsyncIterable<Delivery> {
  readonly #connection: Connection;
  readonly #layout: RabbitLayout;
  readonly #park: Park;
  readonly #prefetch: number;
  readonly #held = new Map<number, Held>();
  readonly #inbox: Inbox<Delivery & { readonly channel: Channel }>;
  readonly #onLeave: () => void;
  #control: Channel | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #ticking: Promise<void> = Promise.resolve();

  constructor(
    connection: Connection,
    layout: RabbitLayout,
    park: Park,
    { prefetch = 32, signal }: ConsumeOptions,
    onLeave: (consumer: ShareConsumer) => void,
  ) {
    this.#connection = connection;
    this.#layout = layout;
    this.#park = park;
    this.#prefetch = prefetch;
    this.#inbox = new Inbox(() => this.#leave());
    const end = () => this.#inbox.end();
    signal?.addEventListener('abort', end);
    this.#onLeave = () => {
      signal?.removeEventListener('abort', end);
      onLeave(this);
    };
    if (signal?.aborted) end();
  }

  /** Starts to take shares. Ends with {@link ShareConsumer.end} or with the loop. */
  [Symbol.asyncIterator](): AsyncIterator<Delivery> {
    this.#tick();
    return this.#inbox[Symbol.asyncIterator]();
  }

  /** Ends the loop. */
  async end(): Promise<void> {
    this.#inbox.end();
    await this.#leave();
  }

  #tick(): void {
    if (this.#ended) return;
    this.#ticking = this.#balance()
      .catch((error: unknown) => {
        // While the broker is away there is nothing to do; the next look will tell.
        const final = refusal(error);
        if (final !== undefined) this.#inbox.end(final);
      })
      .finally(() => {
        if (!this.#ended) this.#timer = setTimeout(() => this.#tick(), tickMs);
      });
  }

  async #balance(): Promise<void> {
    const { control, workers } = await this.#count();
    const wanted = Math.ceil(this.#layout.shares / Math.max(1, workers));
    await this.#giveBack(this.#held.size - wanted);
    if (this.#held.size >= wanted) return;
    const free: { readonly share: number; readonly messages: number }[] = [];
    // Workers that start together begin at different places.
    const first = Math.floor(Math.random() * this.#layout.shares);
    for (let i = 0; i < this.#layout.shares && !this.#ended; i++) {
      const share = (first + i) % this.#layout.shares;
      if (this.#held.has(share)) continue;
      const lock = await control.queueDeclare({ queue: this.#layout.lockOf(share), passive: true });
      if (lock.consumerCount > 0) continue;
      const { messageCount } = await control.queueDeclare({ queue: this.#layout.nameOf(share), passive: true });
      free.push({ share, messages: messageCount });
    }
    free.sort((a, b) => b.messages - a.messages);
    for (const { share } of free) if (this.#held.size < wanted) await this.#claim(share);
  }

  /** The channel of this worker's own affairs, and how many workers there are. */
  async #count(): Promise<{ readonly control: Channel; readonly workers: number }> {
    if (this.#control?.active !== true) {
      const control = await this.#connection.acquire({ emitErrorsFromChannel: true });
      control.on('error', () => undefined);
      this.#control = control;
      await this.#layout.declareAll(control);
      await control.basicConsume({ queue: this.#layout.workers }, () => undefined);
    }
    const { consumerCount } = await this.#control.queueDeclare({ queue: this.#layout.workers, passive: true });
    return { control: this.#control, workers: consumerCount };
  }

  async #claim(share: number): Promise<void> {
    const channel = await this.#connection.acquire({ emitErrorsFromChannel: true });
    channel.on('error', () => undefined);
    const held: Held = { channel, busy: 0 };
    const drop = () => {
      if (this.#held.get(share) === held) this.#held.delete(share);
      this.#inbox.keep((delivery) => delivery.channel !== channel);
    };
    channel.on('close', drop);
    channel.on('basic.cancel', () => void channel.close());
    try {
      await channel.basicConsume({ queue: this.#layout.lockOf(share), exclusive: true }, () => undefined);
    } catch (error) {
      // Another worker was faster.
      if (codeOf(error) === 'ACCESS_REFUSED') return;
      throw error;
    }
    this.#held.set(share, held);
    await channel.basicQos({ prefetchCount: this.#prefetch });
    await channel.basicConsume({ queue: this.#layout.nameOf(share) }, (message) => this.#receive(held, message));
    if (this.#ended) await channel.close();
  }

  /** Gives back shares; of the busy ones, busiest first, every other one, so that work is halved and not moved. */
  async #giveBack(surplus: number): Promise<void> {
    if (surplus <= 0) return;
    const order = [...this.#held.values()].sort((a, b) => b.busy - a.busy);
    const every = order.filter((_, index) => index % 2 === 1).concat(order.filter((_, index) => index % 2 === 0));
    for (const { channel } of every.slice(0, surplus)) await channel.close();
    for (const held of this.#held.values()) held.busy = 0;
  }

  #receive(held: Held, message: AsyncMessage): void {
    const { channel } = held;
    if (!channel.active || this.#ended) return;
    held.busy++;
    const { deliveryTag, redelivered } = message;
    const stream = streamOf(message);
    const body = bytesOf(message);
    const ack = async () => {
      if (channel.active) channel.basicAck({ deliveryTag });
    };
    const park = async (reason: string) => {
      if (!channel.active) return;
      await this.#park(stream, body, reason);
      await ack();
    };
    this.#inbox.push({ stream, body, redelivered, ack, park, channel });
  }

  async #leave(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#onLeave();
    await this.#ticking;
    // The broker gives what was not acknowledged to others, in order.
    await Promise.all([...this.#held.values()].map(({ channel }) => channel.close()));
    await this.#control?.close();
  }
}

/** The stream of a message; what others put into the queue has none. */
export function streamOf({ headers }: { readonly headers?: Record<string, unknown> }): string {
  const stream = headers?.stream;
  return typeof stream === 'string' ? stream : 'unknown';
}

/** The bytes of a message. */
export function bytesOf({ body }: { readonly body?: unknown }): Uint8Array {
  if (body instanceof Uint8Array) return new Uint8Array(body.buffer, body.byteOffset, body.length);
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}
