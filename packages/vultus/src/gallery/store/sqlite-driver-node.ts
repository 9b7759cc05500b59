/** One small face for three SQLite bindings, tried in order: node:sqlite, @photostructure/sqlite, better-sqlite3. */

import { VultusError } from '../../errors.ts';

/** What a column holds. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** A prepared statement; positional parameters. */
export interface SqlStatement {
  run(...parameters: SqlValue[]): { readonly changes: number | bigint };
  get(...parameters: SqlValue[]): Record<string, SqlValue> | undefined;
  all(...parameters: SqlValue[]): Record<string, SqlValue>[];
}

/** A prepared statement that gives each row as its values, in the order of the columns. */
export interface SqlTuples {
  all(...parameters: SqlValue[]): SqlValue[][];
}

/** An open database file. */
export interface SqlDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

interface Binding {
  readonly name: string;
  readonly open: (path: string) => SqlDatabase;
}

let found: Promise<Binding> | undefined;

/**
 * The first binding that this Node can load.
 * @throws VultusError `DEPENDENCY_MISSING` when there is none
 */
export function findSqlite(): Promise<Binding> {
  found ??= load();
  return found;
}

async function load(): Promise<Binding> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) {
    const binding = await tryImport('node:sqlite', 'DatabaseSync');
    if (binding !== undefined) return binding;
  }
  const binding =
    (await tryImport('@photostructure/sqlite', 'DatabaseSync')) ?? (await tryImport('better-sqlite3', 'default'));
  if (binding !== undefined) return binding;
  throw new VultusError(
    'DEPENDENCY_MISSING',
    'A gallery in a SQLite file needs Node ≥ 22.13 or a SQLite package. Run: npm install @photostructure/sqlite',
  );
}

async function tryImport(name: string, exported: string): Promise<Binding | undefined> {
  try {
    const module = (await import(name)) as Record<string, new (path: string) => SqlDatabase>;
    const Database = module[exported];
    return Database === undefined ? undefined : { name, open: (path) => new Database(path) };
  } catch {
    return undefined;
  }
}

/** The statement, for reading in bulk: a row as an array costs half of what it costs as an object. */
export function asTuples(statement: SqlStatement): SqlTuples {
  // node:sqlite from 22.16 on and @photostructure/sqlite; better-sqlite3; older ones make objects in the columns' order.
  const { setReturnArrays, raw } = statement as Partial<Record<'setReturnArrays' | 'raw', (on: boolean) => unknown>>;
  const change = setReturnArrays ?? raw;
  if (change === undefined) return { all: (...parameters) => statement.all(...parameters).map(Object.values) };
  change.call(statement, true);
  return statement as unknown as SqlTuples;
}

/** A binding's error as one of ours; errors of ours pass through. */
export function sqliteError(cause: unknown, path: string): VultusError {
  if (cause instanceof VultusError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = resultCode(cause);
  // A length that nobody wrote, or a header that is no JSON any more, is damage too.
  if (code === 11 || code === 18 || code === 26 || cause instanceof SyntaxError) {
    return new VultusError('STORE_CORRUPT', `${path} is damaged or not a gallery (${text}). Restore it from a backup`, {
      cause,
    });
  }
  const advice =
    code === 5 || code === 6
      ? 'Another process holds it for long: try again'
      : code === 13
        ? 'The disk is full: free some space, nothing was half-written'
        : 'Check the path, its permissions and the disk';
  return new VultusError('STORE_UNAVAILABLE', `${path} cannot be used (${text}). ${advice}`, { cause });
}

/** SQLite's primary result code (sqlite.org/rescode.html), from whichever field a binding puts it in. */
function resultCode(cause: unknown): number {
  if (typeof cause !== 'object' || cause === null) return 0;
  const { errcode, sqliteCode, code, message } = cause as Record<string, unknown>;
  for (const value of [errcode, sqliteCode]) if (typeof value === 'number') return value & 0xff;
  const names: Record<string, number> = {
    BUSY: 5,
    LOCKED: 6,
    IOERR: 10,
    CORRUPT: 11,
    FULL: 13,
    CANTOPEN: 14,
    TOOBIG: 18,
    NOTADB: 26,
  };
  const name = /^SQLITE_([A-Z]+)/.exec(String(code))?.[1];
  if (name !== undefined && names[name] !== undefined) return names[name];
  const text = String(message);
  if (text.includes('malformed')) return 11;
  if (text.includes('too big')) return 18;
  if (text.includes('not a database')) return 26;
  if (text.includes('is full')) return 13;
  return text.includes('is locked') ? 5 : 0;
}
