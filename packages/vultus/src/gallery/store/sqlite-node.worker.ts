/** The thread in which a SQLite file is read and written, so that no disk ever holds up the caller's event loop. */

import { workerData } from 'node:worker_threads';
import { serve } from '../../runtime/serve-node.ts';
import { findSqlite } from './sqlite-driver-node.ts';
import { sqliteFailure } from './sqlite-file-node.ts';
import type { SqliteSetup } from './sqlite-node.ts';
import { buffersOf, isPage } from './sqlite-packing-node.ts';
import { SqliteRows } from './sqlite-rows.ts';

const { path, synchronous } = workerData as SqliteSetup;

serve(
  findSqlite().then((sqlite) => new SqliteRows(sqlite.open(path), synchronous)),
  { failure: (cause) => sqliteFailure(cause, path), moved: (value) => (isPage(value) ? buffersOf(value) : []) },
);
