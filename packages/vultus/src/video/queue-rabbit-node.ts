/** The queue in RabbitMQ: cameras and workers on any machines, messages safe on the broker's disk. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Channel, Connection } from 'rabbitmq-client';
import { throwIfAborted, VultusError } from '../errors.ts';
import {
  type ConsumeOptions,
  checkStream,
  type Delivery,
  type FrameQueue,
  lateStream,
  type ParkedMessage,
  queueClosed,
} from './queue.ts';
import { codeOf, connectRabbit, RabbitLayout, type RabbitOptions, refusal } from './rabbit-node.ts';
import { bytesOf, ShareConsumer, streamOf } from './rabbit-shares-node.ts';

/** Pause before a message is sent again that a lost connection may have swallowed. */
const retryMs = 100;

/**
 * Opens a queue at a broker.
 * @throws VultusError `DEPENDENCY_MISSING` without the package rabbitmq-client, `INVALID_ARGUMENT`, `QUEUE_UNAVAILABLE`
 */
export async function openRabbitQueue(options: RabbitOptions): Promise<FrameQueue> {
  const layout = new RabbitLayout(options);
  return new RabbitQueue(await connectRabbit(options), layout);
}

interface Addressed {
  /** The queue at the broker. */
  readonly queue: string;
  readonly headers: Record<string, unknown>;
  /** Makes the queue where it is absent. */
  readonly declare: (channel: Channel) => Promise<void>;
}

class RabbitQueue implements FrameQueue {
  readonly #connection: Connection;
  readonly #layout: RabbitLayout;
  readonly #consumers = new Set<ShareConsumer>();
  /** The last call of each stream: one message of a stream is under way at a time, or a refused one would be overtaken. */
  readonly #last = new Map<string, Promise<unknown>>();
  #sender: Promise<Sender> | undefined;
  #closed = false;

  constructor(connection: Connection, layout: RabbitLayout) {
    this.#connection = connection;
    this.#layout = layout;
  }

  async publish(stream: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    checkStream(stream);
    return this.#publish(stream, body, signal);
  }

  consume(options: ConsumeOptions = {}): AsyncIterable<Delivery> {
    if (this.#closed) throw queueClosed();
    const park = (stream: string, body: Uint8Array, reason: string) => this.#park(stream, body, reason);
    const leave = (consumer: ShareConsumer) => this.#consumers.delete(consumer);
    const consumer = new ShareConsumer(this.#connection, this.#layout, park, options, leave);
    this.#consumers.add(consumer);
    return consumer;
  }

  parked(limit = 100): Promise<readonly ParkedMessage[]> {
    return this.#withChannel(async (channel) => {
      const list: ParkedMessage[] = [];
      while (list.length < limit) {
        // Not acknowledged: they go back when the channel closes.
        const message = await channel.basicGet({ queue: this.#layout.parked });
        if (message === undefined) break;
        list.push({ stream: streamOf(message), body: bytesOf(message), ...whyOf(message.headers) });
      }
      return list;
    });
  }

  release(limit = Number.POSITIVE_INFINITY): Promise<number> {
    return this.#withChannel(async (channel) => {
      for (let count = 0; ; count++) {
        const message = count < limit ? await channel.basicGet({ queue: this.#layout.parked }) : undefined;
        if (message === undefined) return count;
        const stream = lateStream(streamOf(message));
        if (!(await this.#publish(stream, bytesOf(message)))) {
          throw new VultusError('QUEUE_UNAVAILABLE', `The queue is full; ${count} messages were released before that`);
        }
        channel.basicAck({ deliveryTag: message.deliveryTag });
      }
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // A broker that is away says no goodbye.
    const patience = new AbortController();
    await Promise.race([this.#leave(), pause(2000, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    this.#connection.unsafeDestroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #leave(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.end()));
    const sender = await this.#sender?.catch(() => undefined);
    await sender?.channel.close();
    await this.#connection.close();
  }

  #publish(stream: string, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    const share = this.#layout.shareOf(stream);
    const address = {
      queue: this.#layout.nameOf(share),
      headers: { stream },
      declare: (channel: Channel) => this.#layout.declareShare(channel, share),
    };
    const before = this.#last.get(stream) ?? Promise.resolve();
    const own = before.catch(() => undefined).then(() => this.#send(address, body, signal));
    this.#last.set(stream, own);
    const forget = () => void (this.#last.get(stream) === own && this.#last.delete(stream));
    own.then(forget, forget);
    return own;
  }

  async #park(stream: string, body: Uint8Array, reason: string): Promise<void> {
    const headers = { stream, reason: reason.slice(0, 500), parkedAt: Date.now() };
    const declare = (channel: Channel) => this.#layout.declareParked(channel);
    if (!(await this.#send({ queue: this.#layout.parked, headers, declare }, body))) {
      throw new VultusError('QUEUE_UNAVAILABLE', 'The broker takes no more parked messages');
    }
  }

  /** Sends until the broker says yes or no. */
  async #send(address: Addressed, body: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    for (;;) {
      throwIfAborted(signal);
      if (this.#closed) throw queueClosed();
      try {
        const sender = await this.#openSender();
        if (await sender.send(address, body)) return true;
      } catch (error) {
        if (codeOf(error) === 'NACK') return false;
        const final = refusal(error);
        if (final !== undefined) throw final;
      }
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #openSender(): Promise<Sender> {
    const open = await this.#sender?.catch(() => undefined);
    if (open?.channel.active === true) return open;
    // Whoever comes first opens it, the others wait for the same one.
    const next = this.#sender?.then((sender) => (sender.channel.active ? sender : Sender.open(this.#connection)));
    this.#sender = (next ?? Sender.open(this.#connection)).catch((error) => {
      this.#sender = undefined;
      throw error;
    });
    return this.#sender;
  }

  async #withChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    if (this.#closed) throw queueClosed();
    let channel: Channel | undefined;
    try {
      channel = await this.#connection.acquire({ emitErrorsFromChannel: true });
      channel.on('error', () => undefined);
      await this.#layout.declareParked(channel);
      return await work(channel);
    } catch (error) {
      throw refusal(error) ?? new VultusError('QUEUE_UNAVAILABLE', `The broker went away: ${String(error)}`);
    } finally {
      await channel?.close();
    }
  }
}

/** A channel on which the broker confirms each message. */
class Sender {
  readonly channel: Channel;
  readonly #declared = new Map<string, Promise<void>>();
  readonly #returned = new Set<string>();
  #count = 0;

  static async open(connection: Connection): Promise<Sender> {
    const channel = await connection.acquire({ emitErrorsFromChannel: true });
    channel.on('error', () => undefined);
    await channel.confirmSelect();
    return new Sender(channel);
  }

  private constructor(channel: Channel) {
    this.channel = channel;
    channel.on('basic.return', ({ messageId }) => this.#returned.add(String(messageId)));
  }

  /** @returns false when the queue was gone, and the message with it */
  async send({ queue, headers, declare }: Addressed, body: Uint8Array): Promise<boolean> {
    const declared = this.#declared.get(queue) ?? declare(this.channel);
    this.#declared.set(queue, declared);
    await declared;
    const messageId = String(this.#count++);
    const content = Buffer.from(body.buffer, body.byteOffset, body.length);
    const envelope = { routingKey: queue, durable: true, mandatory: true, messageId, headers };
    await this.channel.basicPublish({ ...envelope, contentType: 'application/octet-stream' }, content);
    // The client tells of a returned message one turn later than of the confirmation that follows it.
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.#returned.delete(messageId)) return true;
    this.#declared.delete(queue);
    return false;
  }
}

/** Why and when a message was put aside; the broker itself writes other headers than we do. */
function whyOf(headers: Record<string, unknown> = {}): { readonly reason: string; readonly parkedAt: number } {
  const { reason, parkedAt } = headers;
  if (typeof reason === 'string') return { reason, parkedAt: Number(parkedAt) };
  const deaths = headers['x-death'];
  const [death] = Array.isArray(deaths) ? (deaths as { reason?: unknown; time?: unknown }[]) : [];
  const time = Number(death?.time);
  return {
    reason: `put aside by the broker: ${String(death?.reason ?? 'unknown')}`,
    parkedAt: Number.isFinite(time) ? time * 1000 : 0,
  };
}
