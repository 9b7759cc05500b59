/** A faceprint: the L2-normalised embedding of one face, which knows the contract it was made under. */

import { VultusError } from '../errors.ts';

/**
 * What two faceprints must share to be comparable. `id` names the whole recipe (models, weights, crops, flips, fusion);
 * `sha256` is a digest over everything that changes the numbers.
 */
export interface EmbeddingContract {
  readonly id: string;
  readonly version: string;
  /** Hex SHA-256 over model digests, preprocessing, fusion weights. */
  readonly sha256: string;
  /** Number of components. */
  readonly dimension: number;
}

/** Storage precision of a faceprint's components. */
export type Precision = 'float32' | 'float16' | 'int8';

/** The embedding of one face. */
export interface Faceprint {
  readonly contract: EmbeddingContract;
  readonly precision: Precision;
  /** Unit length, `contract.dimension` components. */
  readonly vector: Float32Array;
}

/**
 * Cosine similarity of two faceprints, −1…1: the only number to threshold on.
 * @throws VultusError `EMBEDDING_MISMATCH` when their contracts differ.
 */
export function similarity(a: Faceprint, b: Faceprint): number {
  assertComparable(a.contract, b.contract);
  return cosine(a.vector, b.vector);
}

/** Throws `EMBEDDING_MISMATCH`, naming both, unless the two contracts are the same. */
export function assertComparable(a: EmbeddingContract, b: EmbeddingContract): void {
  if (a.sha256 === b.sha256 && a.dimension === b.dimension) return;
  throw new VultusError(
    'EMBEDDING_MISMATCH',
    `Faceprints of different models cannot be compared: ${describe(a)} and ${describe(b)}. Embed both pictures with one model`,
    { details: { a, b } },
  );
}

/** Cosine of two vectors of equal length, accumulated in float64; 0 when either has no length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? Math.min(1, Math.max(-1, dot / Math.sqrt(aa * bb))) : 0;
}

function describe(contract: EmbeddingContract): string {
  return `${contract.id}@${contract.version} (${contract.dimension}-d, ${contract.sha256.slice(0, 12)})`;
}
