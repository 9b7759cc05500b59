/** What our SQLite files have in common: a mark that says what they hold, transactions, and a thread that reads them. */

import { VultusError } from '../../errors.ts';
import type { Failure } from '../../runtime/thread-node.ts';
import { type SqlDatabase, sqliteError } from './sqlite-driver-node.ts';

/** What a file holds, and how it says so. */
export interface FileFormat {
  /** Four letters as a number, in the file header (sqlite.org/fileformat2.html#application_id). */
  readonly applicationId: number;
  /** The newest version that is understood. */
  readonly version: number;
  /** Completes "The file is a SQLite database but …". */
  readonly otherwise: string;
  /** Completes "… format 7, this version reads up to 1". */
  readonly name: string;
}

/** Whether nothing was ever put into the file. */
export function isEmptyFile(db: SqlDatabase): boolean {
  return Number(db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count ?? 0) === 0;
}

/** SQL that marks a file as ours. */
export function formatSql({ applicationId, version }: FileFormat): string {
  return `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version};`;
}

/** @throws VultusError `STORE_CORRUPT` for the file of something else, and for one of a later format */
export function assertFormat(db: SqlDatabase, { applicationId, version, otherwise, name }: FileFormat): void {
  const value = (pragma: string): number => Number(db.prepare(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0);
  if (value('application_id') !== applicationId) {
    throw new VultusError('STORE_CORRUPT', `The file is a SQLite database but ${otherwise}. Take another path`);
  }
  const found = value('user_version');
  if (found > version) {
    throw new VultusError(
      'STORE_CORRUPT',
      `${name} format ${found}, this version reads up to ${version}. Update vultus`,
    );
  }
}

/** Runs work that writes: all of it is kept, or nothing. */
export function transact<T>(db: SqlDatabase, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (cause) {
    try {
      db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself already, as it does when the disk is full.
    }
    throw cause;
  }
}

/** Arguments of a thread that loads a binding: Node 22 and 23 announce node:sqlite as experimental on every start. */
export function quietArguments(): string[] {
  const major = Number(process.versions.node.split('.')[0]);
  return major === 22 || major === 23 ? ['--disable-warning=ExperimentalWarning'] : [];
}

/** What a file's thread reports of an error. */
export function sqliteFailure(cause: unknown, path: string): Failure {
  const { code, message, details } = sqliteError(cause, path);
  return { code, message, details };
}

/** What calls reject with once a file's thread is gone. */
export function threadLost(path: string, cause: Error): VultusError {
  return new VultusError('STORE_UNAVAILABLE', `The thread that serves ${path} ended unexpectedly. Open it again`, {
    cause,
  });
}
