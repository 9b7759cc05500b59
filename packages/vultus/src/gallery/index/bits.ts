/** One bit a component: codes so small that a million are compared in milliseconds, to pick what deserves a real look. */

import { VultusError } from '../../errors.ts';
import { type Kernel, newMemory, openKernel, pageBytes } from './kernel.ts';
import { stretch } from './turn.ts';

/** What a fast search promises; see {@link shortlistSize}. */
export interface FastSearch {
  /** The lowest cosine of a probe and its mate that is to be found, 0…1. Default 0.4. */
  readonly lowest?: number;
  /** The share of such mates that is to be found, below 1. Default 0.995. */
  readonly recall?: number;
}

/** Fewer components tell too little by their signs. */
const leastDimension = 256;

/** Real embeddings spread less evenly than the formula supposes; measured, it takes a few times as many candidates. */
const margin = 4;
const leastShortlist = 1000;

const rowsPerCall = 16_384;

/**
 * How many rows of `rows` must be looked at: signs agree with probability 1 − acos(c)/π each, so the distance of a mate
 * is normal with √d·(2/π)·asin(c) standard deviations below that of a stranger.
 * @throws VultusError `INVALID_ARGUMENT` for a dimension below 256 or rates outside their ranges
 */
export function shortlistSize(rows: number, dimension: number, { lowest = 0.4, recall = 0.995 }: FastSearch): number {
  if (dimension < leastDimension) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `A fast search needs at least ${leastDimension} components, got ${dimension}. Search exactly: it is fast with so few`,
    );
  }
  if (!(lowest > 0 && lowest < 1 && recall > 0 && recall < 1)) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected lowest and recall between 0 and 1, got ${lowest} and ${recall}`,
    );
  }
  const apart = Math.sqrt(dimension) * (2 / Math.PI) * Math.asin(lowest);
  const share = 1 - normalBelow(apart - normalQuantile(recall));
  return Math.min(rows, Math.max(leastShortlist, Math.ceil(margin * share * rows)));
}

/** The sign codes of all slots. */
export class BitCodes {
  readonly #words: number;
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: Kernel;
  /** Where codes begin: after the query and the distances of one call. */
  readonly #first: number;

  constructor(dimension: number) {
    this.#words = Math.ceil(dimension / 64);
    this.#first = pageBytes + 2 * rowsPerCall;
    this.#memory = newMemory(2 + Math.ceil(this.#first / pageBytes), pageBytes);
    this.#kernel = openKernel(this.#memory);
  }

  /** Takes the signs of a vector. */
  write(slot: number, vector: Float32Array): void {
    const at = this.#first + 8 * this.#words * slot;
    const missing = at + 8 * this.#words - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.max(64, Math.ceil(missing / pageBytes)));
    this.#encode(vector, at);
  }

  /** About `count` slots below `capacity` whose signs agree best with the query's, of those that are wanted. */
  async nearest(
    query: Float32Array,
    capacity: number,
    count: number,
    isWanted: (slot: number) => boolean,
  ): Promise<number[]> {
    const distances = new Uint16Array(capacity);
    const histogram = new Uint32Array(64 * this.#words + 1);
    const pause = stretch();
    for (let from = 0; from < capacity; from += rowsPerCall) {
      if (pause.due()) await pause.turn();
      const rows = Math.min(rowsPerCall, capacity - from);
      // Placed anew each time: other searches may have used the place in between.
      this.#encode(query, 64);
      this.#kernel.hamming(this.#first + 8 * this.#words * from, rows, this.#words, 64, pageBytes);
      distances.set(new Uint16Array(this.#memory.buffer, pageBytes, rows), from);
      for (let slot = from; slot < from + rows; slot++) {
        const distance = distances[slot] as number;
        histogram[distance] = (histogram[distance] as number) + 1;
      }
    }
    // Counting sort: the distance up to which the shortlist reaches is known before any slot is touched.
    let reach = 0;
    for (
      let sum = histogram[0] as number;
      sum < count && reach < histogram.length - 1;
      sum += histogram[reach] as number
    )
      reach += 1;
    const slots: number[] = [];
    for (let slot = 0; slot < capacity; slot++) {
      if ((distances[slot] as number) <= reach && isWanted(slot)) slots.push(slot);
    }
    return slots;
  }

  #encode(vector: Float32Array, at: number): void {
    const bytes = new Uint8Array(this.#memory.buffer, at, 8 * this.#words).fill(0);
    for (let i = 0; i < vector.length; i++) {
      if ((vector[i] as number) > 0) bytes[i >> 3] = (bytes[i >> 3] as number) | (1 << (i & 7));
    }
  }
}

/** Φ(x), by Abramowitz and Stegun 26.2.17, error below 1e-7. */
function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - above : above;
}

/** Φ⁻¹(p) by bisection; it is asked once a search. */
function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}
