/** What the parts of the gallery bench share: figures with their limits, random faceprints, medians. */

import type { EmbeddingContract, Faceprint } from 'vultus';

/** Components of a faceprint. */
export const dimension = 512;

/** What the bench's faceprints claim to come from. */
export const contract: EmbeddingContract = { id: 'bench', version: '1', sha256: '0'.repeat(64), dimension };

/** One line of the table. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The limit in words, and whether it holds; absent for figures without one. */
  readonly limit?: string;
  readonly holds?: boolean;
}

/** Takes a figure as soon as it is known. */
export type Print = (figure: Figure) => void;

/** A figure that must not be above `most`. */
export function atMost(what: string, value: number, unit: string, most: number | undefined): Figure {
  return most === undefined
    ? { what, value, unit }
    : { what, value, unit, limit: `≤ ${most} ${unit}`.trimEnd(), holds: value <= most };
}

/** A figure that must not be below `least`. */
export function atLeast(what: string, value: number, unit: string, least: number): Figure {
  return { what, value, unit, limit: `≥ ${least} ${unit}`.trimEnd(), holds: value >= least };
}

/** A number of rows in few characters. */
export function sizeName(rows: number): string {
  return rows >= 1e6 ? `${rows / 1e6}M` : `${rows / 1e3}k`;
}

/** A vector as the collection takes it. */
export function faceprint(vector: Float32Array): Faceprint {
  return { contract, precision: 'float32', vector };
}

/** Directions without structure, one after the other: the hardest data for a certificate. */
export function randomUnits(count: number): Float32Array {
  const vectors = new Float32Array(count * dimension);
  for (let at = 0; at < vectors.length; at += dimension) {
    let sum = 0;
    for (let i = at; i < at + dimension; i++) {
      const x = Math.random() + Math.random() + Math.random() - 1.5;
      vectors[i] = x;
      sum += x * x;
    }
    const scale = 1 / Math.sqrt(sum);
    for (let i = at; i < at + dimension; i++) vectors[i] = (vectors[i] as number) * scale;
  }
  return vectors;
}

/** A copy with the signs of some components turned, the same in every vector: as random as fresh ones, and much quicker. */
export function turned(vectors: Float32Array): Float32Array {
  const signs = Float32Array.from({ length: dimension }, () => (Math.random() < 0.5 ? -1 : 1));
  return vectors.map((x, i) => x * (signs[i % dimension] as number));
}

/** So many rows in blocks: the fresh ones, then turned copies of them. */
export function* blocks(fresh: Float32Array, rows: number): Generator<Float32Array> {
  const each = fresh.length / dimension;
  for (let row = 0; row < rows; row += each) {
    const block = fresh.subarray(0, Math.min(each, rows - row) * dimension);
    yield row === 0 ? block : turned(block);
  }
}

/** The vector of one row. */
export function rowOf(vectors: Float32Array, row: number): Float32Array {
  return vectors.slice(row * dimension, (row + 1) * dimension);
}

/** Another picture of the same face: unit length, this cosine up to the noise. */
export function neighbour(vector: Float32Array, cosine = 0.6): Float32Array {
  const away = randomUnits(1);
  const rest = Math.sqrt(1 - cosine * cosine);
  const mixed = vector.map((x, i) => cosine * x + rest * (away[i] as number));
  const length = Math.hypot(...mixed);
  return mixed.map((x) => x / length);
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
