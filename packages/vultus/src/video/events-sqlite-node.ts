/** Events in one SQLite file, for one machine: any number of workers may have it open. */

import { createRequire } from 'node:module';
import { VultusError } from '../errors.ts';
import { quietArguments, threadLost } from '../gallery/store/sqlite-file-node.ts';
import { Thread } from '../runtime/thread-node.ts';
import type { EventQuery, EventStore, NewEvent, StoredEvent, StreamPlace, StreamState } from './events.ts';
import type { EventRows } from './events-rows.ts';

/**
 * Opens a file of events, made when absent.
 * @throws VultusError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `DEPENDENCY_MISSING`
 */
export async function openSqliteEvents(path: string): Promise<EventStore> {
  const store = new SqliteEvents(path);
  try {
    await store.ready();
    return store;
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

class SqliteEvents implements EventStore {
  readonly #thread: Thread<EventRows>;

  constructor(path: string) {
    this.#thread = new Thread<EventRows>({
      file: createRequire(import.meta.url).resolve('#events-worker'),
      data: path,
      name: 'vultus-events',
      execArgv: quietArguments(),
      lost: (cause) => threadLost(path, cause),
    });
  }

  ready(): Promise<void> {
    return this.#thread.ready();
  }

  load(stream: string): Promise<StreamState | undefined> {
    return this.#thread.call('load', stream);
  }

  commit(
    stream: string,
    after: StreamPlace | undefined,
    next: StreamState,
    events: readonly NewEvent[],
  ): Promise<boolean> {
    return this.#thread.call('commit', stream, after, next, events);
  }

  attempt(stream: string, place: StreamPlace): Promise<number> {
    return this.#thread.call('attempt', stream, place);
  }

  list(query: EventQuery = {}): Promise<readonly StoredEvent[]> {
    return this.#thread.call('list', query);
  }

  shot(number: number): Promise<Uint8Array | undefined> {
    return this.#thread.call('shot', number);
  }

  close(): Promise<void> {
    return this.#thread.close(new VultusError('CLOSED', 'The events were used after close()'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
