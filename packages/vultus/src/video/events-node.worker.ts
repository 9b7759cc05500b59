/** The thread in which events are written, so that no disk ever holds up the caller's event loop. */

import { parentPort, workerData } from 'node:worker_threads';
import { findSqlite, sqliteError } from '../gallery/store/sqlite-driver-node.ts';
import { EventRows } from './events-rows.ts';
import type { EventCall, EventReply } from './events-sqlite-node.ts';

const port = parentPort;
if (!port) throw new Error('This file is a worker; open it with new Worker()');

const path = workerData as string;
const opened = findSqlite().then((sqlite) => new EventRows(sqlite.open(path)));
// Each call reports it; alone it must not end the thread.
opened.catch(() => {});

port.on('message', ({ id, method, args }: EventCall) => {
  opened
    .then((rows): EventReply => {
      if (method === 'ready') return { id, value: undefined };
      const work = rows[method] as (...args: readonly unknown[]) => unknown;
      return { id, value: work.apply(rows, [...args]) };
    })
    .catch((cause: unknown): EventReply => {
      const { code, message } = sqliteError(cause, path);
      return { id, error: { code, message } };
    })
    .then((reply) => port.postMessage(reply));
});
