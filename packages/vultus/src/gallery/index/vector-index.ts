/** The seam to search: unit vectors in numbered slots, the k best by inner product, while slots come and go. */

/** One answer: a slot and its score. */
export interface Hit {
  readonly slot: number;
  /** Inner product of the query and the stored vector. */
  readonly score: number;
}

/** What to look for. */
export interface SearchRequest {
  /** Unit vectors, one after the other. */
  readonly queries: Float32Array;
  /** How many hits per query at most, ≥ 1. */
  readonly k: number;
  /** No hit below this score. */
  readonly minScore: number;
  /** The group of a slot; at most `perGroup` hits of one group are returned. */
  readonly groupOf?: (slot: number) => number;
  readonly perGroup?: number;
  /** One bit per slot (bit `slot & 7` of byte `slot >> 3`); slots whose bit is 0, or beyond its end, are skipped. */
  readonly allow?: Uint8Array;
  /** True: compare with every vector, even where the index was opened to look at some only. Default false. */
  readonly exact?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Vectors by slot. `add` and `remove` take effect at once and may be called while searches run: a search answers for
 * the slots that were alive when it began. A slot's number is not given to another vector while a search that may
 * return it, or a hold taken before its removal, lasts.
 */
export interface VectorIndex {
  readonly dimension: number;
  /** Slots alive. */
  readonly size: number;
  /** All slot numbers are below this. */
  readonly capacity: number;
  /** Copies the vectors in (n × dimension, unit length). @returns their slots, in order */
  add(vectors: Float32Array): Int32Array;
  /** Frees a slot; nothing happens when it is free. */
  remove(slot: number): void;
  /** The stored vector, rounded to the index's precision. */
  vector(slot: number): Float32Array;
  /**
   * One list per query, best first; equal scores by slot.
   * @throws VultusError `ABORTED`, or `CLOSED` when the index is closed meanwhile
   */
  search(request: SearchRequest): Promise<Hit[][]>;
  /** Keeps the slots that are alive now from being given away until the returned function is called. */
  hold(): () => void;
  close(): Promise<void>;
}
