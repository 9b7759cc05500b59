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

/** What the thread is told, taken in order. */
export type GraphCall =
  | { readonly kind: 'add'; readonly slots: Int32Array; readonly vectors: Float32Array }
  | { readonly kind: 'remove'; readonly slots: Int32Array }
  | { readonly kind: 'search'; readonly id: number; readonly queries: Float32Array; readonly take: number };

/** What it answers. */
export type GraphReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'added'; readonly rows: number }
  | { readonly kind: 'found'; readonly id: number; readonly slots: readonly Int32Array[] };
