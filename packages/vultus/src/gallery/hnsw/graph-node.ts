/** The graph as the index sees it: calls to its thread, taken in order. */

import { createRequire } from 'node:module';
import { VultusError } from '../../errors.ts';
import { Thread } from '../../runtime/thread-node.ts';
import type { GraphSetup, GraphWork } from './hnsw-messages.ts';

/** A graph in a thread of its own. */
export class Graph {
  readonly #thread: Thread<GraphWork>;
  #waiting = 0;

  constructor(setup: GraphSetup) {
    this.#thread = new Thread<GraphWork>({
      file: createRequire(import.meta.url).resolve('#hnsw-worker'),
      data: setup,
      name: 'vultus-hnsw',
      lost: (cause) =>
        new VultusError(
          'STORE_UNAVAILABLE',
          'The thread of the HNSW graph ended unexpectedly. Open the gallery again',
          { cause },
        ),
    });
  }

  /** Rows handed over that the graph does not have yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @throws VultusError `DEPENDENCY_MISSING` */
  ready(): Promise<void> {
    return this.#thread.ready();
  }

  /** Takes rows over; slots in use must be removed before. */
  add(slots: Int32Array, vectors: Float32Array): void {
    this.#waiting += slots.length;
    // A view would be copied with all the memory that it looks at.
    const own = vectors.slice();
    this.#follow(
      this.#thread.send('add', [slots, own], [own.buffer]).then(() => {
        this.#waiting -= slots.length;
      }),
    );
  }

  remove(slot: number): void {
    this.#follow(this.#thread.call('remove', Int32Array.of(slot)));
  }

  /** The slots nearest to each query as far as the graph finds them, of the rows added before. */
  search(queries: Float32Array, take: number): Promise<readonly Int32Array[]> {
    return this.#thread.call('search', queries, take);
  }

  close(): Promise<void> {
    return this.#thread.stop(new VultusError('CLOSED', 'The collection was closed while a search ran'));
  }

  /** A change that fails leaves rows waiting, so that searches stay exact. */
  #follow(change: Promise<void>): void {
    change.catch(() => {});
  }
}
