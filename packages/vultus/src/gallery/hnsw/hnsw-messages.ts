/** What passes between an HNSW index and the thread that holds its graph. */

/** How the graph is made and searched (names as in the paper by Malkov and Yashunin, arXiv:1603.09320). */
export interface HnswSearch {
  /** Neighbours of a node, M. Default 32. */
  readonly connectivity?: number;
  /** Candidates looked at when a row is added, efConstruction. Default 256. */
  readonly expansionAdd?: number;
  /** Candidates looked at by a search, ef. Default 512. */
  readonly expansionSearch?: number;
}

/** How the thread begins. */
export interface GraphSetup extends Required<HnswSearch> {
  readonly dimension: number;
  /** The package that has the graph. */
  readonly module: string;
}

/** What the thread does. */
export interface GraphWork {
  add(slots: Int32Array, vectors: Float32Array): void;
  remove(slots: Int32Array): void;
  /** The slots nearest to each query. */
  search(queries: Float32Array, take: number): Int32Array[];
  close(): void;
}
