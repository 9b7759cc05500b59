/** Hears what a PostgreSQL server announces, over a connection of its own that comes back by itself. */

import type { Client, ClientConfig } from 'pg';
import { type Driver, openClient } from './postgres-connections-node.ts';

const shortestMs = 50;
const longestMs = 1000;

/** How to listen. */
export interface ListenerOptions {
  readonly driver: Driver;
  readonly settings: ClientConfig;
  /** An SQL identifier. */
  readonly channel: string;
  readonly onMessage: (payload: string) => void;
  /** Called each time it begins to listen: what was announced before went unheard. */
  readonly onListening: () => void;
}

/** Listens until it is closed; while the server is away it tries again, every second at most. */
export class Listener {
  readonly #options: ListenerOptions;
  #client: Client | undefined;
  #wakeUp: (() => void) | undefined;
  #closed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    void this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wakeUp?.();
    this.#client?.connection.stream.destroy();
  }

  async #run(): Promise<void> {
    for (let pause = shortestMs; !this.#closed; pause = Math.min(longestMs, 2 * pause)) {
      const client = openClient(this.#options.driver, this.#options.settings);
      this.#client = client;
      const ended = new Promise<void>((resolve) => client.once('end', resolve));
      try {
        await this.#listen(client);
        pause = shortestMs;
        await ended;
      } catch {
        // Refused or lost on the way; the store's calls say so to those who ask.
        client.connection.stream.destroy();
      }
      if (!this.#closed) await this.#rest(pause);
    }
  }

  async #listen(client: Client): Promise<void> {
    const { channel, onMessage, onListening } = this.#options;
    client.on('notification', ({ payload }) => onMessage(payload ?? ''));
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    onListening();
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
