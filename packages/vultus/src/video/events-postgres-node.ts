/** Events in PostgreSQL, for the workers of several machines: plain tables, any server from 12 on. */

import { VultusError } from '../errors.ts';
import type { Row, Sql } from '../gallery/store/postgres-connections-node.ts';
import { type Database, openDatabase } from '../gallery/store/postgres-database-node.ts';
import {
  type EventQuery,
  type EventStore,
  type NewEvent,
  type StoredEvent,
  type StoredTrackEvent,
  type StreamPlace,
  type StreamState,
  samePlace,
} from './events.ts';

/** Any number, the same for all who make these tables, so that they take turns. */
const lockKey = 0x564c5445;

/**
 * Opens the events of a database; the tables are made when absent.
 * @throws VultusError `STORE_UNAVAILABLE`, `DEPENDENCY_MISSING`, `INVALID_ARGUMENT`
 */
export async function openPostgresEvents(url: string): Promise<EventStore> {
  const { database } = await openDatabase({ url });
  try {
    await database.transact(createTables);
    return new PostgresEvents(database);
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

async function createTables(sql: Sql): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${lockKey})`;
  await sql`
    CREATE TABLE IF NOT EXISTS vultus_stream (
      name text PRIMARY KEY, session float8 NOT NULL, sequence bigint NOT NULL, frame bigint NOT NULL,
      time float8 NOT NULL, watcher bytea);
    CREATE TABLE IF NOT EXISTS vultus_event (
      number bigserial PRIMARY KEY, stream text NOT NULL, session float8 NOT NULL, frame bigint NOT NULL,
      track bigint NOT NULL, type text NOT NULL, at float8 NOT NULL, event text NOT NULL, shot bytea,
      UNIQUE (stream, session, frame, track, type));
    CREATE TABLE IF NOT EXISTS vultus_attempt (
      stream text NOT NULL, session float8 NOT NULL, sequence bigint NOT NULL, count integer NOT NULL,
      PRIMARY KEY (stream, session, sequence));`;
}

class PostgresEvents implements EventStore {
  readonly #database: Database;
  #closed = false;

  constructor(database: Database) {
    this.#database = database;
  }

  load(stream: string): Promise<StreamState | undefined> {
    return this.#use((sql) => find(sql, stream));
  }

  async commit(
    stream: string,
    after: StreamPlace | undefined,
    next: StreamState,
    events: readonly NewEvent[],
  ): Promise<boolean> {
    this.#check();
    return this.#database.transact(async (sql) => {
      // Numbers of events grow in the order in which they can be seen: one commit at a time.
      await sql`SELECT pg_advisory_xact_lock(${lockKey})`;
      const now = await find(sql, stream);
      if (samePlace(now, next)) return true;
      if (!samePlace(now, after)) return false;
      for (const event of events) await insert(sql, stream, event);
      const { session, sequence, index, timestampMs, watcher } = next;
      const state = watcher === undefined ? null : Buffer.from(watcher);
      await sql`INSERT INTO vultus_stream VALUES (${stream}, ${session}, ${sequence}, ${index}, ${timestampMs}, ${state})
        ON CONFLICT (name) DO UPDATE SET session = EXCLUDED.session, sequence = EXCLUDED.sequence,
        frame = EXCLUDED.frame, time = EXCLUDED.time, watcher = EXCLUDED.watcher`;
      await sql`DELETE FROM vultus_attempt
        WHERE stream = ${stream} AND (session < ${session} OR session = ${session} AND sequence <= ${sequence})`;
      return true;
    });
  }

  attempt(stream: string, { session, sequence }: StreamPlace): Promise<number> {
    return this.#use(async (sql) => {
      const { rows } = await sql`INSERT INTO vultus_attempt AS old VALUES (${stream}, ${session}, ${sequence}, 1)
        ON CONFLICT (stream, session, sequence) DO UPDATE SET count = old.count + 1 RETURNING count`;
      return Number(rows[0]?.count);
    });
  }

  list({ stream, after = 0, limit = 1000 }: EventQuery = {}): Promise<readonly StoredEvent[]> {
    return this.#use(async (sql) => {
      const { rows } = await sql`SELECT number, stream, session, frame, at, event, shot IS NOT NULL AS has_shot
        FROM vultus_event WHERE number > ${after} AND (${stream ?? null}::text IS NULL OR stream = ${stream ?? null}::text)
        ORDER BY number LIMIT ${limit}`;
      return rows.map(eventOf);
    });
  }

  shot(number: number): Promise<Uint8Array | undefined> {
    return this.#use(async (sql) => {
      const { rows } = await sql`SELECT shot FROM vultus_event WHERE number = ${number}`;
      return bytesOf(rows[0]?.shot);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #use<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    this.#check();
    return this.#database.use(work);
  }

  #check(): void {
    if (this.#closed) throw new VultusError('CLOSED', 'The events were used after close()');
  }
}

async function find(sql: Sql, stream: string): Promise<StreamState | undefined> {
  const { rows } = await sql`SELECT session, sequence, frame, time, watcher FROM vultus_stream WHERE name = ${stream}`;
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    session: Number(row.session),
    sequence: Number(row.sequence),
    index: Number(row.frame),
    timestampMs: Number(row.time),
    watcher: bytesOf(row.watcher),
  };
}

async function insert(sql: Sql, stream: string, { session, frame, event, shot }: NewEvent): Promise<void> {
  const picture = shot === undefined ? null : Buffer.from(shot);
  await sql`INSERT INTO vultus_event (stream, session, frame, track, type, at, event, shot)
    VALUES (${stream}, ${session}, ${frame}, ${event.id}, ${event.type}, ${session + event.timestampMs},
    ${JSON.stringify(event)}, ${picture})`;
}

function eventOf(row: Row): StoredEvent {
  return {
    number: Number(row.number),
    stream: String(row.stream),
    session: Number(row.session),
    frame: Number(row.frame),
    at: Number(row.at),
    event: JSON.parse(String(row.event)) as StoredTrackEvent,
    hasShot: row.has_shot === true,
  };
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? Uint8Array.from(value) : undefined;
}
