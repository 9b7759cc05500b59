/** A gallery in a SQLite database: tables, statements and transactions, synchronous and without a thread of its own. */

import type { CollectionHeader, CollectionStats, Write } from '../store.ts';
import { parseUuid } from '../uuid.ts';
import { collectionExists, collectionGone, faceprintNotFound } from './memory.ts';
import { asTuples, type SqlDatabase, type SqlStatement, type SqlTuples, type SqlValue } from './sqlite-driver-node.ts';
import { assertFormat, type FileFormat, formatSql, isEmptyFile, transact } from './sqlite-file-node.ts';
import {
  type PackedPage,
  type PackedRows,
  packPage,
  type RemovalTuple,
  type RowTuple,
  vectorAt,
} from './sqlite-packing-node.ts';

/** "VLTS". */
const format: FileFormat = {
  applicationId: 0x564c5453,
  version: 1,
  otherwise: 'not a gallery',
  name: 'The gallery has',
};

/** How many removals are remembered for mirrors that lag behind, at least. */
const removalsKept = 4096;

/** Rows of one statement in bulk: the binding's price for a call is paid once for all of them. */
const rowsPerInsert = 16;

type Sql = Record<string, SqlValue>;

interface Table {
  readonly number: number;
  readonly insert: SqlStatement;
  readonly insertMany: SqlStatement;
  readonly describe: SqlStatement;
  readonly remove: SqlStatement;
  readonly addRemoval: SqlStatement;
  readonly addChip: SqlStatement;
  readonly removeChip: SqlStatement;
  readonly rowsSince: SqlTuples;
  readonly removalsSince: SqlTuples;
  removalsWritten: number;
}

/** The rows of one database file. All methods are synchronous; errors of the binding are not translated here. */
export class SqliteRows {
  readonly #db: SqlDatabase;
  readonly #tables = new Map<string, Table>();
  readonly #dataVersion: SqlStatement;
  readonly #head: SqlStatement;
  readonly #advance: SqlStatement;

  constructor(db: SqlDatabase, synchronous: 'normal' | 'full') {
    this.#db = db;
    // A 2 kB vector fits once on a page of 4 kB and seven times on one of 16 kB; it must be set before WAL.
    db.exec('PRAGMA busy_timeout = 10000; PRAGMA page_size = 16384;');
    const isNew = isEmptyFile(db);
    if (!isNew) assertFormat(db, format);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'};`);
    // Faces are personal data: what is deleted is overwritten.
    db.exec('PRAGMA secure_delete = ON; PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;');
    // Opening what is there writes nothing, so that it works on a full disk too.
    if (isNew) this.#createSchema();
    this.#dataVersion = db.prepare('PRAGMA data_version');
    this.#head = db.prepare('SELECT seq, floor FROM collection WHERE number = ?');
    this.#advance = db.prepare('UPDATE collection SET seq = ? WHERE number = ?');
  }

  create(header: CollectionHeader): void {
    transact(this.#db, () => {
      if (this.find(header.name) !== undefined) throw collectionExists(header.name);
      const { name, ...rest } = header;
      const { id } = header;
      this.#db
        .prepare('INSERT INTO collection (id, name, header) VALUES (?, ?, ?)')
        .run(id, name, JSON.stringify(rest));
      this.#db.exec(tableSql(this.#numberOf(id)));
    });
  }

  find(name: string): CollectionHeader | undefined {
    const row = this.#db.prepare('SELECT name, header FROM collection WHERE name = ?').get(name);
    return row === undefined ? undefined : headerOf(row);
  }

  list(): CollectionHeader[] {
    return this.#db.prepare('SELECT name, header FROM collection ORDER BY name').all().map(headerOf);
  }

  stats(id: string): CollectionStats {
    const n = this.#numberOf(id);
    const one = (sql: string): number => Number(this.#db.prepare(sql).get()?.value ?? 0);
    const rows = one(`SELECT count(*) AS value FROM faceprint_${n}`);
    return {
      identities: one(`SELECT count(DISTINCT identity) AS value FROM faceprint_${n}`),
      faceprints: rows - one(`SELECT count(*) AS value FROM faceprint_${n} WHERE role = 1`),
      bytes: rows * one(`SELECT length(vector) AS value FROM faceprint_${n} LIMIT 1`),
    };
  }

  rename(id: string, name: string, replace: boolean): void {
    transact(this.#db, () => {
      this.#numberOf(id);
      const holder = this.find(name);
      if (holder !== undefined && holder.id !== id) {
        if (!replace) throw collectionExists(name);
        this.#dropTables(holder.id);
      }
      this.#db.prepare('UPDATE collection SET name = ? WHERE id = ?').run(name, id);
    });
  }

  drop(id: string): boolean {
    return transact(this.#db, () => {
      if (this.#db.prepare('SELECT 1 FROM collection WHERE id = ?').get(id) === undefined) return false;
      this.#dropTables(id);
      return true;
    });
  }

  write(id: string, writes: readonly Write[]): number {
    return transact(this.#db, () => {
      const table = this.#table(id);
      let { seq } = this.#headOf(table);
      for (const write of writes) {
        seq += 1;
        this.#apply(table, write, seq);
      }
      this.#advance.run(seq, table.number);
      if (table.removalsWritten > removalsKept) this.#forgetRemovals(table);
      return seq;
    });
  }

  /** {@link SqliteRows.write} of rows without chips, many at a time. */
  putMany(id: string, rows: PackedRows): number {
    return transact(this.#db, () => {
      const table = this.#table(id);
      const { seq } = this.#headOf(table);
      const count = rows.identities.length;
      let at = 0;
      for (; at + rowsPerInsert <= count; at += rowsPerInsert) {
        const values: SqlValue[] = [];
        for (let i = at; i < at + rowsPerInsert; i++) values.push(...valuesOf(rows, i, seq + i + 1));
        table.insertMany.run(...values);
      }
      for (; at < count; at++) table.insert.run(...valuesOf(rows, at, seq + at + 1));
      this.#advance.run(seq + count, table.number);
      return seq + count;
    });
  }

  changes(id: string, since: number, limit: number): PackedPage {
    const table = this.#table(id);
    // One read transaction, so that head and rows belong together.
    this.#db.exec('BEGIN');
    try {
      const { seq, floor } = this.#headOf(table);
      const puts = table.rowsSince.all(since, limit + 1) as unknown as RowTuple[];
      const removals = table.removalsSince.all(since, limit + 1) as unknown as RemovalTuple[];
      return packPage(puts, removals, { limit, head: seq, floor });
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  chip(id: string, faceprintId: string): Uint8Array | undefined {
    const row = this.#db
      .prepare(`SELECT bytes FROM chip_${this.#numberOf(id)} WHERE id = ?`)
      .get(parseUuid(faceprintId));
    const bytes = row?.bytes;
    return bytes instanceof Uint8Array ? new Uint8Array(bytes) : undefined;
  }

  /** A number that changes when another connection has written. */
  dataVersion(): number {
    return Number(this.#dataVersion.get()?.data_version ?? 0);
  }

  /** Folds the log into the file where nobody is in the way, and closes. */
  close(): void {
    try {
      this.#db.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE);');
    } catch {
      // Somebody reads it: the log stays beside the file, as safe as before.
    }
    this.#db.close();
  }

  #apply(table: Table, write: Write, seq: number): void {
    if (write.kind === 'put') {
      const { row, chip } = write;
      const role = row.role === 'aggregate' ? 1 : 0;
      const id = parseUuid(row.id);
      table.insert.run(seq, id, row.identity, role, row.quality, row.createdAt, row.metadata ?? null, row.vector);
      if (chip !== undefined) table.addChip.run(id, chip);
    } else if (write.kind === 'describe') {
      const { changes } = table.describe.run(seq, write.identity, write.metadata ?? null, parseUuid(write.id));
      if (Number(changes) === 0) throw faceprintNotFound(write.id);
    } else {
      const id = parseUuid(write.id);
      if (Number(table.remove.run(id).changes) === 0) return;
      table.removeChip.run(id);
      table.addRemoval.run(seq, id);
      table.removalsWritten += 1;
    }
  }

  #forgetRemovals(table: Table): void {
    table.removalsWritten = 0;
    const sql = `SELECT seq FROM removed_${table.number} ORDER BY seq DESC LIMIT 1 OFFSET ${removalsKept}`;
    const floor = this.#db.prepare(sql).get()?.seq;
    if (floor === undefined || floor === null) return;
    this.#db.prepare(`DELETE FROM removed_${table.number} WHERE seq <= ?`).run(floor);
    this.#db.prepare('UPDATE collection SET floor = ? WHERE number = ?').run(floor, table.number);
  }

  #numberOf(id: string): number {
    const row = this.#db.prepare('SELECT number FROM collection WHERE id = ?').get(id);
    if (row === undefined) throw collectionGone();
    return Number(row.number);
  }

  #headOf(table: Table): { seq: number; floor: number } {
    const row = this.#head.get(table.number);
    if (row === undefined) throw collectionGone();
    return { seq: Number(row.seq), floor: Number(row.floor) };
  }

  #table(id: string): Table {
    const known = this.#tables.get(id);
    if (known !== undefined) return known;
    const table = prepareTable(this.#db, this.#numberOf(id));
    this.#tables.set(id, table);
    return table;
  }

  #dropTables(id: string): void {
    const n = this.#numberOf(id);
    this.#tables.delete(id);
    this.#db.exec(`DROP TABLE faceprint_${n}; DROP TABLE removed_${n}; DROP TABLE chip_${n};`);
    this.#db.prepare('DELETE FROM collection WHERE number = ?').run(n);
  }

  #createSchema(): void {
    transact(this.#db, () => {
      this.#db.exec(`${formatSql(format)}
        CREATE TABLE IF NOT EXISTS collection (
          number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,
          header TEXT NOT NULL, seq INTEGER NOT NULL DEFAULT 0, floor INTEGER NOT NULL DEFAULT 0) STRICT;`);
    });
  }
}

/** The key of a row is its place in the change feed, so that reading the feed reads the table in order. */
function tableSql(n: number): string {
  return `
    CREATE TABLE faceprint_${n} (
      seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, identity TEXT NOT NULL, role INTEGER NOT NULL,
      quality REAL NOT NULL, created INTEGER NOT NULL, metadata TEXT, vector BLOB NOT NULL) STRICT;
    CREATE INDEX identity_${n} ON faceprint_${n} (identity);
    CREATE INDEX aggregate_${n} ON faceprint_${n} (role) WHERE role = 1;
    CREATE TABLE removed_${n} (seq INTEGER PRIMARY KEY, id BLOB NOT NULL) STRICT;
    CREATE TABLE chip_${n} (id BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;`;
}

function prepareTable(db: SqlDatabase, n: number): Table {
  const columns = 'seq, id, identity, role, quality, created, metadata, vector';
  const insert = (rows: number): string =>
    `INSERT OR REPLACE INTO faceprint_${n} (${columns}) VALUES ${Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`;
  return {
    number: n,
    insert: db.prepare(insert(1)),
    insertMany: db.prepare(insert(rowsPerInsert)),
    describe: db.prepare(`UPDATE faceprint_${n} SET seq = ?, identity = ?, metadata = ? WHERE id = ?`),
    remove: db.prepare(`DELETE FROM faceprint_${n} WHERE id = ?`),
    addRemoval: db.prepare(`INSERT INTO removed_${n} (seq, id) VALUES (?, ?)`),
    addChip: db.prepare(`INSERT OR REPLACE INTO chip_${n} (id, bytes) VALUES (?, ?)`),
    removeChip: db.prepare(`DELETE FROM chip_${n} WHERE id = ?`),
    rowsSince: asTuples(db.prepare(`SELECT ${columns} FROM faceprint_${n} WHERE seq > ? ORDER BY seq LIMIT ?`)),
    removalsSince: asTuples(db.prepare(`SELECT seq, id FROM removed_${n} WHERE seq > ? ORDER BY seq LIMIT ?`)),
    removalsWritten: 0,
  };
}

/** One row in the order of the columns. */
function valuesOf(rows: PackedRows, i: number, seq: number): SqlValue[] {
  const { ids, identities, roles, qualities, createdAt, metadata } = rows;
  return [
    seq,
    ids.subarray(16 * i, 16 * i + 16),
    identities[i] as string,
    roles[i] as number,
    qualities[i] as number,
    createdAt[i] as number,
    metadata[i] ?? null,
    vectorAt(rows, i),
  ];
}

function headerOf(row: Sql): CollectionHeader {
  return { name: String(row.name), ...(JSON.parse(String(row.header)) as Omit<CollectionHeader, 'name'>) };
}
