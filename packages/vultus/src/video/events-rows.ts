/** Events in a SQLite database: tables, statements and transactions, synchronous and without a thread of its own. */

import type { SqlDatabase, SqlStatement, SqlValue } from '../gallery/store/sqlite-driver-node.ts';
import { assertFormat, type FileFormat, formatSql, isEmptyFile, transact } from '../gallery/store/sqlite-file-node.ts';
import {
  type EventQuery,
  type NewEvent,
  type StoredEvent,
  type StoredTrackEvent,
  type StreamPlace,
  type StreamState,
  samePlace,
} from './events.ts';

/** "VLTE". */
const format: FileFormat = {
  applicationId: 0x564c5445,
  version: 1,
  otherwise: 'holds no events',
  name: 'The events have',
};

const schema = `${formatSql(format)}
  CREATE TABLE stream (
    name TEXT PRIMARY KEY, session REAL NOT NULL, sequence INTEGER NOT NULL, frame INTEGER NOT NULL,
    time REAL NOT NULL, watcher BLOB) STRICT;
  CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, session REAL NOT NULL, frame INTEGER NOT NULL,
    track INTEGER NOT NULL, type TEXT NOT NULL, at REAL NOT NULL, event TEXT NOT NULL, shot BLOB,
    UNIQUE (stream, session, frame, track, type)) STRICT;
  CREATE TABLE attempt (
    stream TEXT NOT NULL, session REAL NOT NULL, sequence INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (stream, session, sequence)) STRICT;`;

/** The rows of one database file. Errors of the binding are not translated here. */
export class EventRows {
  readonly #db: SqlDatabase;
  readonly #find: SqlStatement;
  readonly #move: SqlStatement;
  readonly #add: SqlStatement;
  readonly #try: SqlStatement;
  readonly #forget: SqlStatement;

  constructor(db: SqlDatabase) {
    this.#db = db;
    db.exec('PRAGMA busy_timeout = 10000');
    transact(db, () => {
      if (isEmptyFile(db)) db.exec(schema);
      assertFormat(db, format);
    });
    // What is acknowledged is on the disk, not only with the system: FULL.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
    this.#find = db.prepare('SELECT session, sequence, frame, time, watcher FROM stream WHERE name = ?');
    this.#move = db.prepare('INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?, ?, ?)');
    this.#add = db.prepare(
      'INSERT INTO event (stream, session, frame, track, type, at, event, shot) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#try = db.prepare(
      'INSERT INTO attempt VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count',
    );
    this.#forget = db.prepare(
      'DELETE FROM attempt WHERE stream = ? AND (session < ? OR session = ? AND sequence <= ?)',
    );
  }

  load(stream: string): StreamState | undefined {
    const row = this.#find.get(stream);
    if (row === undefined) return undefined;
    return {
      session: Number(row.session),
      sequence: Number(row.sequence),
      index: Number(row.frame),
      timestampMs: Number(row.time),
      watcher: (row.watcher as Uint8Array | null) ?? undefined,
    };
  }

  commit(stream: string, after: StreamPlace | undefined, next: StreamState, events: readonly NewEvent[]): boolean {
    return transact(this.#db, () => {
      const now = this.load(stream);
      if (samePlace(now, next)) return true;
      if (!samePlace(now, after)) return false;
      const { session, sequence, index, timestampMs, watcher } = next;
      for (const { session: began, frame, event, shot } of events) {
        const at = began + event.timestampMs;
        this.#add.run(stream, began, frame, event.id, event.type, at, JSON.stringify(event), shot ?? null);
      }
      this.#move.run(stream, session, sequence, index, timestampMs, watcher ?? null);
      this.#forget.run(stream, session, session, sequence);
      return true;
    });
  }

  attempt(stream: string, { session, sequence }: StreamPlace): number {
    return Number(this.#try.get(stream, session, sequence)?.count);
  }

  list({ stream, after = 0, limit = 1000 }: EventQuery = {}): StoredEvent[] {
    const columns = 'number, stream, session, frame, at, event, shot IS NOT NULL AS has_shot';
    const of = stream === undefined ? '' : 'AND stream = ?';
    const statement = this.#db.prepare(`SELECT ${columns} FROM event WHERE number > ? ${of} ORDER BY number LIMIT ?`);
    const rows = stream === undefined ? statement.all(after, limit) : statement.all(after, stream, limit);
    return rows.map(eventOf);
  }

  shot(number: number): Uint8Array | undefined {
    const row = this.#db.prepare('SELECT shot FROM event WHERE number = ?').get(number);
    return (row?.shot as Uint8Array | null | undefined) ?? undefined;
  }

  close(): void {
    this.#db.close();
  }
}

function eventOf(row: Record<string, SqlValue>): StoredEvent {
  return {
    number: Number(row.number),
    stream: String(row.stream),
    session: Number(row.session),
    frame: Number(row.frame),
    at: Number(row.at),
    event: JSON.parse(String(row.event)) as StoredTrackEvent,
    hasShot: Boolean(row.has_shot),
  };
}
