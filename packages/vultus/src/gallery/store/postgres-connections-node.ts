/** Connections to PostgreSQL that may be lost at any moment without anyone but the caller hearing of it. */

import type { Client, ClientConfig, Pool, PoolClient } from 'pg';
import { VultusError } from '../../errors.ts';
import { connectionLost, isConnectionSound } from './postgres-errors-node.ts';

/** The driver's module, loaded when the first gallery in PostgreSQL is opened. */
export type Driver = typeof import('pg');

/** One row as the driver reads it: `bigint` as text, `bytea` as Buffer. */
export type Row = Record<string, unknown>;

/** What a statement answers. */
export interface Answer {
  readonly rows: readonly Row[];
  /** Rows found or changed. */
  readonly count: number;
}

/** Runs one statement; what stands in `${…}` becomes a parameter. Without any, several statements may stand in the text. */
export type Sql = (text: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Answer>;

/** A whole number that stands in the text itself, where a parameter is not allowed. */
export class Literal {
  readonly value: number;

  constructor(value: number) {
    this.value = Math.trunc(value);
  }
}

/** The text with `$1`, `$2`, … for its parameters. */
export function statementOf(
  text: TemplateStringsArray,
  values: readonly unknown[],
): { readonly text: string; readonly values: unknown[] } {
  const parameters: unknown[] = [];
  const written = text.reduce((all, part, i) => {
    const value = values[i - 1];
    if (value instanceof Literal) return `${all}${value.value}${part}`;
    parameters.push(value);
    return `${all}$${parameters.length}${part}`;
  });
  return { text: written, values: parameters };
}

const connectMs = 4000;

/** An attempt that takes longer has lost its connection without being told. */
const attemptMs = 30_000;

/** How long closing waits for calls that run. */
const closeMs = 5000;

/**
 * What the driver is told, from a URL; `search_path`, which the driver does not know, is passed on to the server.
 * @throws VultusError `INVALID_ARGUMENT`; the URL is not in it, since it may hold a password
 */
export function settingsOf(driver: Driver, url: string): ClientConfig {
  try {
    const parsed = new URL(url);
    const path = parsed.searchParams.get('search_path');
    if (path !== null) {
      const given = parsed.searchParams.get('options');
      const option = `-c search_path=${path.replace(/[\\\s]/g, '\\$&')}`;
      parsed.searchParams.delete('search_path');
      parsed.searchParams.set('options', given === null ? option : `${given} ${option}`);
    }
    const settings = { connectionString: parsed.href, connectionTimeoutMillis: connectMs, keepAlive: true };
    new driver.Client(settings);
    return settings;
  } catch {
    throw new VultusError('INVALID_ARGUMENT', 'Expected a URL such as postgres://user@host/database');
  }
}

/** A client, not connected yet, whose loss is told to those who use it, never to the process. */
export function openClient(driver: Driver, settings: ClientConfig): Client {
  return new driver.Client(settings).on('error', ignore);
}

/** A few connections shared by all calls. */
export class Connections {
  readonly #pool: Pool;
  readonly #busy = new Set<PoolClient>();
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, settings: ClientConfig, most: number) {
    // An error event that nobody hears ends the process: every client has a listener before it connects.
    class HeardClient extends driver.Client {
      constructor() {
        super(settings);
        this.on('error', ignore);
      }
    }
    this.#pool = new driver.Pool({ Client: HeardClient, max: most, idleTimeoutMillis: 30_000 });
    this.#pool.on('error', ignore);
  }

  /**
   * Runs the work on a connection of its own. One that is lost, or does not answer, is thrown away.
   * @throws the driver's errors, which `postgresError` explains
   */
  async use<T>(work: (sql: Sql) => Promise<T>, limitMs = attemptMs): Promise<T> {
    const client = await this.#checkOut();
    this.#busy.add(client);
    let isSound = true;
    try {
      return await within(limitMs, work(sqlOf(client)));
    } catch (cause) {
      isSound = isConnectionSound(cause);
      throw cause;
    } finally {
      this.#busy.delete(client);
      // Saying goodbye to a server that does not answer could take for ever.
      if (!isSound) client.connection.stream.destroy();
      client.release(!isSound);
    }
  }

  /** The same in a transaction. */
  transact<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.use(async (sql) => {
      await sql`BEGIN`;
      try {
        const result = await work(sql);
        await sql`COMMIT`;
        return result;
      } catch (cause) {
        // A lost connection needs none: the server undoes what was not committed.
        if (isConnectionSound(cause)) await sql`ROLLBACK`;
        throw cause;
      }
    });
  }

  /** Lets running calls end, for a while. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const ended = this.#pool.end().catch(ignore);
    await within(closeMs, ended).catch(() => {
      for (const client of this.#busy) client.connection.stream.destroy();
    });
  }

  async #checkOut(): Promise<PoolClient> {
    const coming = this.#pool.connect();
    try {
      return await within(attemptMs, coming);
    } catch (cause) {
      // One that comes after all is for the next who asks.
      coming.then((client) => client.release(), ignore);
      throw cause;
    }
  }
}

function sqlOf(client: Client): Sql {
  return async (text, ...values) => {
    const statement = statementOf(text, values);
    const result = await client.query<Row>(
      statement.text,
      statement.values.length === 0 ? undefined : statement.values,
    );
    return { rows: result.rows ?? [], count: result.rowCount ?? 0 };
  };
}

/** The promise, or `CONNECTION_LOST` when it takes too long. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error('no answer'), { code: connectionLost });
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
