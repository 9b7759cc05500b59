/** Which queue and which store of events a URL or path names. */

import { VultusError } from '../errors.ts';
import type { EventStore } from './events.ts';
import type { FrameQueue } from './queue.ts';
import { openMemoryQueue } from './queue-memory.ts';
import type { RabbitOptions } from './rabbit-node.ts';

/**
 * Opens a queue between cameras and workers: `memory:` within this process, or `amqp://…`, `amqps://…` at a broker.
 * @throws VultusError `INVALID_ARGUMENT`, `DEPENDENCY_MISSING`, `QUEUE_UNAVAILABLE`
 */
export async function openFrameQueue(url: string, options: Omit<RabbitOptions, 'url'> = {}): Promise<FrameQueue> {
  if (url === 'memory:') return openMemoryQueue(options);
  if (/^amqps?:\/\//.test(url)) {
    const { openRabbitQueue } = await import('./queue-rabbit-node.ts');
    return openRabbitQueue({ ...options, url });
  }
  const shown = JSON.stringify(url.replace(/\/\/[^@/]*@/, '//'));
  throw new VultusError('INVALID_ARGUMENT', `Expected a queue such as amqp://host:5672 or memory:, got ${shown}`);
}

/**
 * Opens a store of events, made when absent: a SQLite file for the workers of one machine, or `postgres://…` for those of
 * several.
 * @throws VultusError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `DEPENDENCY_MISSING`, `INVALID_ARGUMENT`
 */
export async function openEventStore(url: string): Promise<EventStore> {
  if (/^postgres(ql)?:\/\//.test(url)) {
    const { openPostgresEvents } = await import('./events-postgres-node.ts');
    return openPostgresEvents(url);
  }
  const path = url.replace(/^sqlite:/, '');
  if (path === '' || /^[a-z]{2,}:\/\//i.test(path)) {
    const shown = JSON.stringify(url.replace(/\/\/[^@/]*@/, '//'));
    throw new VultusError('INVALID_ARGUMENT', `Expected events.db or postgres://host/database, got ${shown}`);
  }
  const { openSqliteEvents } = await import('./events-sqlite-node.ts');
  return openSqliteEvents(path);
}
