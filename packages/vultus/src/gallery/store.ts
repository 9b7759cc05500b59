/** The seam to durable storage: collections, rows written in transactions, and a change feed to mirror them in memory. */

import type { EmbeddingContract, Precision } from '../face/faceprint.ts';

/** What a store keeps about a collection. */
export interface CollectionHeader {
  /** UUID v7; survives a change of name. */
  readonly id: string;
  /** Any non-empty Unicode string, unique in the store, compared code point by code point. */
  readonly name: string;
  readonly contract: EmbeddingContract;
  readonly precision: Precision;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Which key seals the rows; absent when they are plain. */
  readonly keyId?: string;
}

/** One row as stored. A sealing layer may have replaced identity, metadata and vector by opaque text and bytes. */
export interface StoredRow {
  /** UUID. */
  readonly id: string;
  readonly identity: string;
  /** JSON text. */
  readonly metadata: string | undefined;
  readonly vector: Uint8Array;
  readonly role: 'faceprint' | 'aggregate';
  readonly quality: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** One step of a transaction. */
export type Write =
  /** Inserts the row, or replaces the one of the same id. A chip is kept until its row goes. */
  | { readonly kind: 'put'; readonly row: StoredRow; readonly chip?: Uint8Array }
  /** Changes what is known about a row; `FACEPRINT_NOT_FOUND` when it is gone. */
  | { readonly kind: 'describe'; readonly id: string; readonly identity: string; readonly metadata: string | undefined }
  /** Removes a row; nothing happens when it is gone already. */
  | { readonly kind: 'remove'; readonly id: string };

/** One entry of the change feed: the row as it is now, or its removal. */
export type Change =
  | { readonly kind: 'put'; readonly seq: number; readonly row: StoredRow }
  | { readonly kind: 'remove'; readonly seq: number; readonly id: string };

/** A page of the change feed. */
export interface ChangePage {
  /** In the order of `seq`, strictly increasing. A row that changed twice appears once, at its last change. */
  readonly changes: readonly Change[];
  /** Continue from here. */
  readonly seq: number;
  /** True when `seq` is the head of the feed. */
  readonly done: boolean;
  /** Removals up to this number may have been forgotten: a mirror that was complete at a lower one must start over. */
  readonly floor: number;
}

/** Counts that need no load. */
export interface CollectionStats {
  /** Distinct identities. */
  readonly identities: number;
  /** Rows, aggregates not counted. */
  readonly faceprints: number;
  /** Bytes of the stored vectors. */
  readonly bytes: number;
}

/**
 * Durable rows and a change feed. Every write of a collection has a number; numbers of one collection become visible
 * in order and without gaps, across processes. Errors: `COLLECTION_NOT_FOUND`, `STORE_CORRUPT`, `STORE_UNAVAILABLE`,
 * `CLOSED` after close. Collections are named by header id where a method takes an id.
 */
export interface GalleryStore {
  readonly kind: string;
  /** @throws VultusError `COLLECTION_EXISTS` */
  create(header: CollectionHeader): Promise<void>;
  find(name: string): Promise<CollectionHeader | undefined>;
  /** In the order of their names. */
  list(): Promise<CollectionHeader[]>;
  stats(id: string): Promise<CollectionStats>;
  /** Gives the collection another name, in one step replacing the holder of that name when `replace` is true. */
  rename(id: string, name: string, replace?: boolean): Promise<void>;
  /** Removes the collection with all its rows; false when there is none. */
  drop(id: string): Promise<boolean>;
  /** All or nothing, durable on return. @returns the number of the last write; they are numbered consecutively */
  write(id: string, writes: readonly Write[]): Promise<number>;
  /** The changes after `since`, at most `limit` of them; since 0 is the whole collection. */
  changes(id: string, since: number, limit: number): Promise<ChangePage>;
  /** The picture kept with a row. */
  chip(id: string, faceprintId: string): Promise<Uint8Array | undefined>;
  /** Calls `wake` some time after others (and perhaps this one) wrote. @returns the function that stops it */
  watch(id: string, wake: () => void): () => void;
  close(): Promise<void>;
}
