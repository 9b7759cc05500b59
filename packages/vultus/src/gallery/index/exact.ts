/** The reference twin: every vector in float32, every search a plain loop in float64. Slow, simple and right. */

import { throwIfAborted, VultusError } from '../../errors.ts';
import { Slots } from './slots.ts';
import { nextTurn } from './turn.ts';
import type { Hit, SearchRequest, VectorIndex } from './vector-index.ts';

/** Rows scored between two looks at the clock of the event loop: well under 2 ms at 512 components. */
const rowsPerTurn = 2048;

/** Opens an exact index without any approximation or acceleration. */
export function openReferenceIndex(dimension: number): VectorIndex {
  return new ReferenceIndex(dimension);
}

class ReferenceIndex implements VectorIndex {
  readonly dimension: number;
  readonly #slots = new Slots();
  #rows: (Float32Array | undefined)[] = [];
  #closed = false;

  constructor(dimension: number) {
    this.dimension = dimension;
  }

  get size(): number {
    return this.#slots.size;
  }

  get capacity(): number {
    return this.#slots.capacity;
  }

  add(vectors: Float32Array): Int32Array {
    const slots = new Int32Array(vectors.length / this.dimension);
    for (let i = 0; i < slots.length; i++) {
      const slot = this.#slots.take();
      this.#rows[slot] = vectors.slice(i * this.dimension, (i + 1) * this.dimension);
      slots[i] = slot;
    }
    return slots;
  }

  remove(slot: number): void {
    this.#slots.release(slot);
  }

  vector(slot: number): Float32Array {
    const row = this.#rows[slot];
    if (row === undefined) throw new VultusError('INVALID_ARGUMENT', `Slot ${slot} was never filled`);
    return row.slice();
  }

  hold(): () => void {
    return this.#slots.hold();
  }

  async search(request: SearchRequest): Promise<Hit[][]> {
    const release = this.#slots.hold();
    try {
      const alive: number[] = [];
      for (let slot = 0; slot < this.#slots.capacity; slot++) {
        if (this.#slots.isAlive(slot) && isAllowed(request.allow, slot)) alive.push(slot);
      }
      const answers: Hit[][] = [];
      for (let at = 0; at < request.queries.length; at += this.dimension) {
        answers.push(await this.#one(request.queries.subarray(at, at + this.dimension), alive, request));
      }
      return answers;
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rows = [];
  }

  async #one(query: Float32Array, alive: readonly number[], request: SearchRequest): Promise<Hit[]> {
    const hits: Hit[] = [];
    for (let from = 0; from < alive.length; from += rowsPerTurn) {
      if (from > 0) await nextTurn();
      throwIfAborted(request.signal);
      if (this.#closed) throw new VultusError('CLOSED', 'The collection was closed while a search ran');
      for (const slot of alive.slice(from, from + rowsPerTurn)) {
        const score = dot(query, this.#rows[slot] as Float32Array);
        if (score >= request.minScore) hits.push({ slot, score });
      }
    }
    return bestHits(hits, request);
  }
}

/** Inner product accumulated in float64. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Whether the bitmap lets a slot through; no bitmap lets all. */
export function isAllowed(allow: Uint8Array | undefined, slot: number): boolean {
  return allow === undefined || (((allow[slot >> 3] ?? 0) >> (slot & 7)) & 1) === 1;
}

/** Sorts in place, best first, and keeps `k` of them, at most `perGroup` of one group. */
export function bestHits(hits: Hit[], request: Pick<SearchRequest, 'k' | 'groupOf' | 'perGroup'>): Hit[] {
  hits.sort((a, b) => b.score - a.score || a.slot - b.slot);
  const { k, groupOf, perGroup = Number.POSITIVE_INFINITY } = request;
  if (groupOf === undefined || perGroup === Number.POSITIVE_INFINITY) return hits.slice(0, k);
  const seen = new Map<number, number>();
  const kept: Hit[] = [];
  for (const hit of hits) {
    const group = groupOf(hit.slot);
    const count = seen.get(group) ?? 0;
    if (count >= perGroup) continue;
    seen.set(group, count + 1);
    kept.push(hit);
    if (kept.length === k) break;
  }
  return kept;
}
