/** The thread in which a SQLite file is read and written, so that no disk ever holds up the caller's event loop. */

import { parentPort, workerData } from 'node:worker_threads';
import type { ChangePage } from '../store.ts';
import { findSqlite, sqliteError } from './sqlite-driver-node.ts';
import type { SqliteCall, SqliteReply, SqliteSetup } from './sqlite-messages-node.ts';
import { SqliteRows } from './sqlite-rows.ts';

const port = parentPort;
if (!port) throw new Error('This file is a worker; open it with new Worker()');

const { path, synchronous } = workerData as SqliteSetup;
const opened = open();
// Each call reports it; alone it must not end the thread.
opened.catch(() => {});

port.on('message', (call: SqliteCall) => {
  opened.then((rows) => answer(call.id, () => run(rows, call))).catch((cause) => fail(call.id, cause));
});

async function open(): Promise<SqliteRows> {
  const sqlite = await findSqlite();
  return new SqliteRows(sqlite.open(path), synchronous);
}

function answer(id: number, work: () => unknown): void {
  port?.postMessage({ id, value: work() } satisfies SqliteReply);
}

function fail(id: number, cause: unknown): void {
  const { code, message, details } = sqliteError(cause, path);
  port?.postMessage({ id, error: { code, message, details } } satisfies SqliteReply);
}

function run(rows: SqliteRows, call: SqliteCall): unknown {
  switch (call.method) {
    case 'ready':
      return undefined;
    case 'create':
      return rows.create(...call.args);
    case 'find':
      return rows.find(...call.args);
    case 'list':
      return rows.list();
    case 'stats':
      return rows.stats(...call.args);
    case 'rename':
      return rows.rename(...call.args);
    case 'drop':
      return rows.drop(...call.args);
    case 'write':
      return rows.write(...call.args);
    case 'changes':
      return packed(rows.changes(...call.args));
    case 'chip':
      return rows.chip(...call.args);
    case 'dataVersion':
      return rows.dataVersion();
    case 'close':
      return rows.close();
  }
}

/** The page with its vectors in one buffer: copied to the other thread at once instead of one by one. */
function packed(page: ChangePage): ChangePage {
  const total = page.changes.reduce((sum, change) => sum + (change.kind === 'put' ? change.row.vector.length : 0), 0);
  const buffer = new Uint8Array(total);
  let at = 0;
  const changes = page.changes.map((change) => {
    if (change.kind === 'remove') return change;
    const vector = buffer.subarray(at, at + change.row.vector.length);
    vector.set(change.row.vector);
    at += vector.length;
    return { ...change, row: { ...change.row, vector } };
  });
  return { ...page, changes };
}
