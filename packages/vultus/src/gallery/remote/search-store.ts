/** The seam to databases that search by themselves: rows and searches travel, no vector stays in the caller's memory. */

import type { CollectionHeader, GalleryStore, StoredRow, Write } from '../store.ts';
import type { Where } from '../types.ts';

/** A row without its vector. */
export type DescribedRow = Omit<StoredRow, 'vector'>;

/** A row that a search found. */
export interface NearRow {
  readonly row: DescribedRow;
  /** Inner product of probe and stored vector. */
  readonly score: number;
}

/** What to look for. */
export interface NearestRequest {
  /** Unit vectors. */
  readonly queries: readonly Float32Array[];
  /** How many rows per query at most, ≥ 1. */
  readonly limit: number;
  /** No row below this score. */
  readonly minScore: number;
  /** Both when absent. */
  readonly role?: StoredRow['role'];
  readonly identities?: readonly string[];
  readonly where?: Where;
  /** True: compare with every vector. False: the database may use an approximate index where it has one. */
  readonly exact: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Durable rows in a database that finds the nearest of them. Collections are named by header id where a method takes
 * an id. Errors as those of `GalleryStore`.
 */
export interface SearchStore
  extends Pick<GalleryStore, 'kind' | 'create' | 'find' | 'list' | 'stats' | 'rename' | 'drop' | 'chip' | 'close'> {
  /** Whether searches look at every vector when nobody asks for it. */
  readonly exact: boolean;
  /** Called once when a collection is opened: makes indexes, or refuses what it cannot hold. */
  prepare(header: CollectionHeader): Promise<void>;
  /** Writes in order, durable on return; all or nothing as far as {@link SearchStore.atomic} says. */
  write(id: string, writes: readonly Write[]): Promise<void>;
  /** How much of a write happens together: all of it, or what lies in one shard. */
  readonly atomic: 'write' | 'shard';
  /** The row of an id. */
  row(id: string, faceprintId: string): Promise<StoredRow | undefined>;
  /** Rows in the order of their ids, after the given one; of one identity when named. */
  rows(id: string, page: RowPage): Promise<StoredRow[]>;
  /** Faceprints of an identity, or all; aggregates not counted. */
  count(id: string, identity?: string): Promise<number>;
  /** Distinct identities, in no particular order. */
  identities(id: string): AsyncIterable<string>;
  /** Which of these identities have an aggregate: its row. */
  aggregatesOf(id: string, identities: readonly string[]): Promise<StoredRow[]>;
  /** One list per query, best first. Scores are those of the stored vectors, not of a coarser copy. */
  nearest(id: string, request: NearestRequest): Promise<NearRow[][]>;
}

/** Which rows to read. */
export interface RowPage {
  readonly after?: string;
  readonly limit: number;
  readonly identity?: string;
}
