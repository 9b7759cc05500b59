/** A PostgreSQL database that is asked again and again while its server is away. */

import { VultusError } from '../../errors.ts';
import { storeClosed } from './memory.ts';
import { Connections, type Driver, type Sql, settingsOf } from './postgres-connections-node.ts';
import { isPassing, postgresError } from './postgres-errors-node.ts';

const connectionsMost = 4;

/** A server that comes back is found again this soon. */
const retryMostMs = 250;

/** How to open a PostgreSQL store. */
export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`; `?search_path=name` puts the tables into a schema. */
  readonly url: string;
  /** How long calls keep trying while the server cannot be reached. Default 15,000. */
  readonly patienceMs?: number;
}

/** Where statements run: connections of a pool, or whatever else speaks PostgreSQL. */
export interface SqlRunner {
  /** Runs the work on a connection of its own; `limitMs` is how long it may take, by default half a minute. */
  use<T>(work: (sql: Sql) => Promise<T>, limitMs?: number): Promise<T>;
  /** The same in a transaction. */
  transact<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A database with the driver and settings by which it was reached. */
export interface OpenedDatabase {
  readonly driver: Driver;
  readonly settings: ReturnType<typeof settingsOf>;
  readonly database: Database;
}

/** @throws VultusError `DEPENDENCY_MISSING`, `INVALID_ARGUMENT` */
export async function openDatabase({ url, patienceMs = 15_000 }: PostgresStoreOptions): Promise<OpenedDatabase> {
  const driver: Driver = await import('pg').catch((cause: unknown) => {
    throw new VultusError('DEPENDENCY_MISSING', 'A gallery in PostgreSQL needs the package pg. Run: npm install pg', {
      cause,
    });
  });
  const settings = settingsOf(driver, url);
  const database = new Database(new Connections(driver, settings, connectionsMost), patienceMs);
  return { driver, settings, database };
}

/** Runs work, and repeats it while the server cannot be reached: every work must bear being repeated. */
export class Database {
  readonly #runner: SqlRunner;
  readonly #patienceMs: number;
  #closed = false;

  constructor(runner: SqlRunner, patienceMs: number) {
    this.#runner = runner;
    this.#patienceMs = patienceMs;
  }

  /** @throws VultusError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `CLOSED` */
  use<T>(work: (sql: Sql) => Promise<T>, limitMs?: number): Promise<T> {
    return this.#insist(() => this.#runner.use(work, limitMs));
  }

  /** The same in a transaction. */
  transact<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#insist(() => this.#runner.transact(work));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#runner.close();
  }

  async #insist<T>(attempt: () => Promise<T>): Promise<T> {
    const until = Date.now() + this.#patienceMs;
    for (let pause = 20; ; pause = Math.min(retryMostMs, 2 * pause)) {
      if (this.#closed) throw storeClosed();
      try {
        return await attempt();
      } catch (cause) {
        if (this.#closed && !(cause instanceof VultusError)) throw storeClosed();
        if (!isPassing(cause) || Date.now() + pause > until) throw postgresError(cause);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
