/** The thread in which a SQLite file is read and written, so that no disk ever holds up the caller's event loop. */

import { parentPort, workerData } from 'node:worker_threads';
import { findSqlite, sqliteError } from './sqlite-driver-node.ts';
import type { SqliteCall, SqliteReply, SqliteSetup } from './sqlite-messages-node.ts';
import { buffersOf } from './sqlite-packing-node.ts';
import { SqliteRows } from './sqlite-rows.ts';

const port = parentPort;
if (!port) throw new Error('This file is a worker; open it with new Worker()');

const { path, synchronous } = workerData as SqliteSetup;
const opened = open();
// Each call reports it; alone it must not end the thread.
opened.catch(() => {});

port.on('message', (call: SqliteCall) => {
  opened.then((rows) => answer(call, rows)).catch((cause) => fail(call.id, cause));
});

async function open(): Promise<SqliteRows> {
  const sqlite = await findSqlite();
  return new SqliteRows(sqlite.open(path), synchronous);
}

function answer(call: SqliteCall, rows: SqliteRows): void {
  const { id } = call;
  if (call.method === 'changes') {
    const value = rows.changes(...call.args);
    port?.postMessage({ id, value } satisfies SqliteReply, buffersOf(value));
  } else {
    port?.postMessage({ id, value: run(rows, call) } satisfies SqliteReply);
  }
}

function fail(id: number, cause: unknown): void {
  const { code, message, details } = sqliteError(cause, path);
  port?.postMessage({ id, error: { code, message, details } } satisfies SqliteReply);
}

function run(rows: SqliteRows, call: Exclude<SqliteCall, { method: 'changes' }>): unknown {
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
    case 'putMany':
      return rows.putMany(...call.args);
    case 'chip':
      return rows.chip(...call.args);
    case 'dataVersion':
      return rows.dataVersion();
    case 'close':
      return rows.close();
  }
}
