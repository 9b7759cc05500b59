/** The thread in which events are written, so that no disk ever holds up the caller's event loop. */

import { workerData } from 'node:worker_threads';
import { findSqlite } from '../gallery/store/sqlite-driver-node.ts';
import { sqliteFailure } from '../gallery/store/sqlite-file-node.ts';
import { serve } from '../runtime/serve-node.ts';
import { EventRows } from './events-rows.ts';

const path = workerData as string;

serve(
  findSqlite().then((sqlite) => new EventRows(sqlite.open(path))),
  { failure: (cause) => sqliteFailure(cause, path) },
);
