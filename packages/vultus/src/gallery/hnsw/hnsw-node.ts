/** An index that asks a graph (HNSW, by usearch) instead of looking at every row: faster on many millions, and it misses. */

import { throwIfAborted, VultusError } from '../../errors.ts';
import { bestHits, dot } from '../index/exact.ts';
import type { Hit, SearchRequest, VectorIndex } from '../index/vector-index.ts';
import { Graph } from './graph-node.ts';
import type { HnswSearch } from './hnsw-messages.ts';

const defaults = { connectivity: 32, expansionAdd: 256, expansionSearch: 512 };

/**
 * Puts a graph over an index that holds the rows. Searches score what the graph finds from the rows themselves. The rows
 * are searched directly, and exactly, when asked to be, under a condition that excludes slots, for collections that one
 * search of the graph would see whole, and while the graph is still being built.
 * @throws VultusError `DEPENDENCY_MISSING` without usearch, `INVALID_ARGUMENT` for settings out of range
 */
export async function openHnswIndex(
  rows: VectorIndex,
  settings: HnswSearch,
  module = 'usearch',
): Promise<VectorIndex & { readonly waiting: number }> {
  const chosen = { ...defaults, ...settings };
  for (const [name, value] of Object.entries(chosen)) {
    if (Number.isInteger(value) && value >= 2 && value <= 10_000) continue;
    throw new VultusError('INVALID_ARGUMENT', `Expected ${name} to be a whole number from 2 to 10000, got ${value}`);
  }
  const graph = new Graph({ ...chosen, dimension: rows.dimension, module });
  try {
    await graph.ready();
  } catch (cause) {
    await graph.close();
    throw cause;
  }
  return new HnswIndex(rows, graph, chosen.expansionSearch);
}

class HnswIndex implements VectorIndex {
  readonly #rows: VectorIndex;
  readonly #graph: Graph;
  readonly #expansion: number;

  constructor(rows: VectorIndex, graph: Graph, expansion: number) {
    this.#rows = rows;
    this.#graph = graph;
    this.#expansion = expansion;
  }

  get dimension(): number {
    return this.#rows.dimension;
  }

  get size(): number {
    return this.#rows.size;
  }

  get capacity(): number {
    return this.#rows.capacity;
  }

  /** Rows that the graph does not have yet; searches are exact until it has them all. */
  get waiting(): number {
    return this.#graph.waiting;
  }

  add(vectors: Float32Array): Int32Array {
    const slots = this.#rows.add(vectors);
    this.#graph.add(slots, vectors);
    return slots;
  }

  remove(slot: number): void {
    this.#rows.remove(slot);
    this.#graph.remove(slot);
  }

  vector(slot: number): Float32Array {
    return this.#rows.vector(slot);
  }

  hold(): () => void {
    return this.#rows.hold();
  }

  async search(request: SearchRequest): Promise<Hit[][]> {
    throwIfAborted(request.signal);
    const isSmall = this.#rows.size <= this.#expansion;
    if (request.exact === true || request.allow !== undefined || isSmall || this.#graph.waiting > 0) {
      return this.#rows.search(request);
    }
    const release = this.#rows.hold();
    try {
      return await this.#byGraph(request);
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    await this.#graph.close();
    await this.#rows.close();
  }

  /** Rows of one group may push others out: those queries ask for more. */
  async #byGraph(request: SearchRequest): Promise<Hit[][]> {
    const { queries, k } = request;
    const size = this.#rows.size;
    let take = Math.max(this.#expansion, 2 * k);
    for (;;) {
      const lists = await this.#graph.search(queries, take);
      throwIfAborted(request.signal);
      const answers = lists.map((slots, i) => this.#score(slots, i, request));
      const isShort = answers.some(({ hits, dropped }) => hits.length < k && dropped);
      if (!isShort || take >= size) return answers.map(({ hits }) => hits);
      take = Math.min(size, 4 * take);
    }
  }

  #score(slots: Int32Array, which: number, request: SearchRequest): { hits: Hit[]; dropped: boolean } {
    const query = request.queries.subarray(which * this.dimension, (which + 1) * this.dimension);
    const hits: Hit[] = [];
    for (const slot of slots) {
      const score = dot(query, this.#rows.vector(slot));
      if (score >= request.minScore) hits.push({ slot, score });
    }
    // With rows below the threshold among those found, further ones are below it too.
    const dropped = hits.length === slots.length && hits.length > 0;
    return { hits: bestHits(hits, request), dropped };
  }
}
