/** A broker as the queue's other files see it: the connection, the names and bounds of its queues, its errors. */

import type { Channel, Connection } from 'rabbitmq-client';
import { VultusError } from '../errors.ts';

/** Options of a queue in RabbitMQ; the first four must be the same for every camera and worker. */
export interface RabbitOptions {
  /** `amqp://user:password@host:port/vhost`, `amqps:` over TLS. */
  readonly url: string;
  /** Begins the names of all queues. Default `vultus`. */
  readonly prefix?: string;
  /** Shares into which streams are sorted by their names, and so the most workers that can be busy. Default 16. */
  readonly shares?: number;
  /** Messages that a share may hold; beyond it cameras are refused. Default 500. */
  readonly maxMessages?: number;
  /** How long to wait for the first connection. Default 10,000 ms. */
  readonly connectMs?: number;
  /** Told when the broker goes away and when it is back. */
  readonly onEvent?: (event: QueueEvent) => void;
}

/** What a queue tells of its broker. */
export type QueueEvent = { readonly type: 'disconnected'; readonly reason: string } | { readonly type: 'connected' };

/** The most that the messages of one share may take up at the broker. */
const shareBytes = 512 * 2 ** 20;
/** Deliveries after which the broker itself puts a message aside, whoever failed at it: a worker does so much earlier. */
const brokerDeliveries = 100;

/** The names and bounds of the queues. */
export class RabbitLayout {
  readonly shares: number;
  readonly prefix: string;
  readonly #maxMessages: number;

  constructor({ prefix = 'vultus', shares = 16, maxMessages = 500 }: RabbitOptions) {
    for (const [name, value, most] of [
      ['shares', shares, 256],
      ['maxMessages', maxMessages, 1e6],
    ] as const) {
      if (!(Number.isInteger(value) && value >= 1 && value <= most)) {
        throw new VultusError('INVALID_ARGUMENT', `Queue: expected ${name} of 1 to ${most}, got ${value}`);
      }
    }
    this.prefix = prefix;
    this.shares = shares;
    this.#maxMessages = maxMessages;
  }

  /** The queue of one share. */
  nameOf(share: number): string {
    return `${this.prefix}.frames.${share}`;
  }

  /** The share of a stream: always the same, so that its frames stay in order. */
  shareOf(stream: string): number {
    // FNV-1a.
    let hash = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(stream)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    return hash % this.shares;
  }

  /** The empty queue whose one listener may take the share. Of the classic kind, which alone keeps to one listener. */
  lockOf(share: number): string {
    return `${this.prefix}.lock.${share}`;
  }

  /** The queue of messages that were put aside. Not of the replicated kind: that one would count each look as a delivery. */
  get parked(): string {
    return `${this.prefix}.parked`;
  }

  /** The queue that holds nothing; who listens to it is a worker. */
  get workers(): string {
    return `${this.prefix}.workers`;
  }

  /** Makes a share's queue where it is not there yet. */
  async declareShare(channel: Channel, share: number): Promise<void> {
    await this.declareParked(channel);
    await channel.queueDeclare({
      queue: this.nameOf(share),
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-single-active-consumer': true,
        'x-max-length': this.#maxMessages,
        'x-max-length-bytes': shareBytes,
        'x-overflow': 'reject-publish',
        'x-delivery-limit': brokerDeliveries,
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': this.parked,
        'x-dead-letter-strategy': 'at-least-once',
      },
    });
  }

  /** Makes the queue of what was put aside. */
  async declareParked(channel: Channel): Promise<void> {
    await channel.queueDeclare({ queue: this.parked, durable: true });
  }

  /** Makes all that workers need. */
  async declareAll(channel: Channel): Promise<void> {
    for (let share = 0; share < this.shares; share++) {
      await this.declareShare(channel, share);
      await channel.queueDeclare({ queue: this.lockOf(share), durable: true });
    }
    await channel.queueDeclare({ queue: this.workers, durable: true });
  }
}

/**
 * Connects; from then on the connection comes back by itself, after 0.25 to 10 seconds.
 * @throws VultusError `DEPENDENCY_MISSING`, `INVALID_ARGUMENT`, `QUEUE_UNAVAILABLE`
 */
export async function connectRabbit({ url, connectMs = 10_000, onEvent }: RabbitOptions): Promise<Connection> {
  const { Connection: Client } = await loadClient();
  const connection = openConnection(Client, url);
  let [isUp, reason] = [false, 'no answer'];
  connection.on('connection', () => {
    if (isUp) onEvent?.({ type: 'connected' });
    isUp = true;
  });
  const refused = new Promise<never>((_, reject) => {
    connection.on('error', (error: unknown) => {
      reason = messageOf(error);
      if (isUp) onEvent?.({ type: 'disconnected', reason });
      else if (codeOf(error) === 'ACCESS_REFUSED') reject(error);
    });
  });
  try {
    await Promise.race([connection.onConnect(connectMs, true), refused]);
    return connection;
  } catch (cause) {
    connection.unsafeDestroy();
    throw new VultusError('QUEUE_UNAVAILABLE', `No connection to the broker at ${placeOf(url)}: ${reason}`, { cause });
  }
}

function openConnection(Client: typeof Connection, url: string): Connection {
  try {
    return new Client({
      url,
      retryLow: 250,
      retryHigh: 10_000,
      acquireTimeout: 5000,
      frameMax: 131_072,
      noDelay: true,
      heartbeat: 20,
    });
  } catch {
    throw new VultusError('INVALID_ARGUMENT', `Expected a broker such as amqp://host:5672, got ${placeOf(url)}`);
  }
}

async function loadClient(): Promise<Pick<typeof import('rabbitmq-client'), 'Connection'>> {
  try {
    return await import('rabbitmq-client');
  } catch (cause) {
    throw new VultusError(
      'DEPENDENCY_MISSING',
      'A queue in RabbitMQ needs the package rabbitmq-client. Run: npm install rabbitmq-client',
      { cause },
    );
  }
}

/** Whether the broker will refuse the same again, and why. */
export function refusal(error: unknown): VultusError | undefined {
  if (error instanceof VultusError) return error;
  const code = codeOf(error);
  if (code === 'PRECONDITION_FAILED') {
    return new VultusError(
      'QUEUE_UNAVAILABLE',
      `The broker has the queue with other bounds (${messageOf(error)}). Use the same prefix, shares and bounds everywhere`,
      { cause: error },
    );
  }
  if (code !== 'ACCESS_REFUSED') return undefined;
  return new VultusError('QUEUE_UNAVAILABLE', `The broker refuses: ${messageOf(error)}`, { cause: error });
}

/** The broker's word for an error, such as `NACK` or `ACCESS_REFUSED`. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text || (codeOf(error) ?? 'connection lost');
}

/** The URL without a name or password. */
function placeOf(url: string): string {
  return JSON.stringify(url.replace(/\/\/[^@/]*@/, '//'));
}
