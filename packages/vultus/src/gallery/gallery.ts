/** The embedding database: named collections in one store, several open at once. */

import { VultusError } from '../errors.ts';
import { assertComparable } from '../face/faceprint.ts';
import type { Calibration } from './calibration.ts';
import { Collection } from './collection.ts';
import { checkedName, collectionNotFound, infoOf, newHeader } from './header.ts';
import type { HnswSearch } from './hnsw/hnsw-messages.ts';
import type { FastSearch } from './index/bits.ts';
import { openScanIndex } from './index/engine.ts';
import type { VectorIndex } from './index/vector-index.ts';
import { Mirror } from './mirror.ts';
import { collectionExists, openMemoryStore, storeClosed } from './store/memory.ts';
import type { CollectionHeader, GalleryStore } from './store.ts';
import type { CollectionInfo, CollectionOptions } from './types.ts';

/** How to open a gallery. */
export interface GalleryOptions {
  /**
   * `memory:` (or `memory:name`, shared within the process), `sqlite:path` or a path that ends in `.db`, `.sqlite` or
   * `.sqlite3`, or `postgres://…`.
   */
  readonly url?: string;
  /** A store opened elsewhere, instead of `url`; closed together with the gallery. */
  readonly store?: GalleryStore;
  /** SQLite only: `normal` survives a crash of the process, `full` a loss of power as well. Default `normal`. */
  readonly synchronous?: 'normal' | 'full';
  /**
   * Seals what is stored: 32 bytes, or their text in hex or Base64. Collections made with it are encrypted
   * (AES-256-GCM: identities, metadata, vectors, chips; names and counts stay readable) and open only with it. Node only.
   */
  readonly key?: Uint8Array | string;
  /** Keys that older collections were made with. */
  readonly oldKeys?: readonly (Uint8Array | string)[];
}

/** How to open a collection. */
export interface OpenCollectionOptions {
  /** Probability and thresholds of the collection's contract; a bare function maps similarity to probability. */
  readonly calibration?: Calibration | ((similarity: number) => number);
  /**
   * Search by one bit a component first and score only the rows that come out best: a few times faster on millions of
   * faces, but a mate may be missed; it says how often. At least 256 components. Default: exact.
   */
  readonly fast?: FastSearch;
  /**
   * Search by a graph (HNSW) of the package usearch. It is made while the collection is open, which takes about a
   * millisecond of all cores a face; until then searches are exact. docs/scaling.md says what it loses. Node only.
   */
  readonly hnsw?: HnswSearch;
  /** Told now and then how many faceprints are loaded. */
  readonly onProgress?: (loaded: number) => void;
}

/**
 * An open gallery.
 * @example
 * const gallery = await Gallery.open('people.db');
 * const staff = await gallery.ensure('staff', { contract: faceprint.contract });
 * await staff.enroll(faceprint, 'Ann');
 * const [best] = await staff.identify(probe); // undefined: unknown
 * await gallery.close();
 */
export class Gallery {
  readonly #store: GalleryStore;
  readonly #sealed: boolean;
  /** The promise of each open collection by name: two opens of one name share it. */
  readonly #open = new Map<string, Promise<Collection>>();
  #closed = false;

  private constructor(store: GalleryStore, sealed: boolean) {
    this.#store = store;
    this.#sealed = sealed;
  }

  /**
   * Opens the gallery that a URL or path names; a SQLite file or the tables are made when absent.
   * @throws VultusError `INVALID_ARGUMENT`, `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `DEPENDENCY_MISSING`
   */
  static async open(where: string | GalleryOptions = 'memory:'): Promise<Gallery> {
    const options = typeof where === 'string' ? { url: where } : where;
    const keys = options.key === undefined ? undefined : [options.key, ...(options.oldKeys ?? [])];
    const sealed = keys === undefined ? undefined : await sealing(keys);
    const store = options.store ?? (await openStore(options.url ?? 'memory:', options));
    return sealed === undefined ? new Gallery(store, false) : new Gallery(sealed(store), true);
  }

  /** The kind of the store: `memory`, `sqlite`, `postgres`, … */
  get kind(): string {
    return this.#store.kind;
  }

  /** Makes a collection. @throws VultusError `COLLECTION_EXISTS` */
  async create(name: string, options: CollectionOptions & OpenCollectionOptions): Promise<Collection> {
    this.#assertOpen();
    await this.#store.create(newHeader(name, options));
    return this.open(name, options);
  }

  /** Opens a collection; opening it twice gives the same object. @throws VultusError `COLLECTION_NOT_FOUND` */
  async open(name: string, options: OpenCollectionOptions = {}): Promise<Collection> {
    this.#assertOpen();
    const opening = this.#open.get(name) ?? this.#load(name, options);
    this.#open.set(name, opening);
    return opening;
  }

  /** Opens a collection, making it when absent. @throws VultusError `EMBEDDING_MISMATCH` when it has another contract */
  async ensure(name: string, options: CollectionOptions & OpenCollectionOptions): Promise<Collection> {
    this.#assertOpen();
    const header = await this.#store.find(name);
    if (header === undefined) {
      try {
        return await this.create(name, options);
      } catch (cause) {
        // Another process may have made it in between.
        if (!(cause instanceof VultusError && cause.code === 'COLLECTION_EXISTS')) throw cause;
      }
    }
    const collection = await this.open(name, options);
    assertComparable(options.contract, collection.contract);
    return collection;
  }

  /** {@link Gallery.ensure} when a contract is given, else {@link Gallery.open}. */
  async collection(
    name: string,
    options: Partial<CollectionOptions> & OpenCollectionOptions = {},
  ): Promise<Collection> {
    const { contract } = options;
    return contract === undefined ? this.open(name, options) : this.ensure(name, { ...options, contract });
  }

  /** The metadata of every collection, by name, without loading them. */
  async list(): Promise<CollectionInfo[]> {
    this.#assertOpen();
    const headers = await this.#store.list();
    return Promise.all(headers.map((header) => this.#describe(header)));
  }

  /** The metadata of one collection, without loading it. @throws VultusError `COLLECTION_NOT_FOUND` */
  async info(name: string): Promise<CollectionInfo> {
    this.#assertOpen();
    return this.#describe(await this.#find(name));
  }

  /**
   * Gives a collection another name; it is closed before. With `replace` the holder of that name is deleted in the same step.
   * @throws VultusError `COLLECTION_NOT_FOUND`, `COLLECTION_EXISTS`
   */
  async rename(name: string, to: string, options: { readonly replace?: boolean } = {}): Promise<void> {
    this.#assertOpen();
    const header = await this.#find(name);
    checkedName(to);
    if (to !== name && options.replace !== true && (await this.#store.find(to)) !== undefined)
      throw collectionExists(to);
    for (const each of [name, to]) await (await this.#open.get(each))?.close();
    await this.#store.rename(header.id, to, options.replace ?? false);
  }

  /** Closes and removes a collection with all its rows. @returns false when there was none */
  async delete(name: string): Promise<boolean> {
    this.#assertOpen();
    const header = await this.#store.find(name);
    if (header === undefined) return false;
    await (await this.#open.get(name))?.close();
    return this.#store.drop(header.id);
  }

  /** Closes all collections and the store. Again is harmless. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const opening of [...this.#open.values()]) await (await opening.catch(() => undefined))?.close();
    await this.#store.close();
  }

  /** {@link Gallery.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #load(name: string, options: OpenCollectionOptions): Promise<Collection> {
    try {
      const header = await this.#find(name);
      if (header.keyId !== undefined && !this.#sealed) throw keyMissing(header);
      const index = await openIndex(header, options);
      const mirror = await Mirror.open(header, this.#store, index, options.onProgress);
      return new Collection(mirror, this.#store, options.calibration, () => this.#open.delete(name));
    } catch (cause) {
      this.#open.delete(name);
      throw cause;
    }
  }

  async #find(name: string): Promise<CollectionHeader> {
    const header = await this.#store.find(name);
    if (header === undefined) throw collectionNotFound(name);
    return header;
  }

  async #describe(header: CollectionHeader): Promise<CollectionInfo> {
    return infoOf(header, await this.#store.stats(header.id));
  }

  #assertOpen(): void {
    if (this.#closed) throw storeClosed();
  }
}

async function openStore(url: string, options: GalleryOptions): Promise<GalleryStore> {
  if (url === 'memory' || url.startsWith('memory:')) return openMemoryStore(url.slice('memory:'.length));
  // Loaded on demand only: everything else needs Node.
  const { openNodeStore } = await import('./store/open-node.ts');
  return openNodeStore(url, options);
}

async function openIndex(
  { contract, precision }: CollectionHeader,
  options: OpenCollectionOptions,
): Promise<VectorIndex> {
  const { fast, hnsw } = options;
  if (fast !== undefined && hnsw !== undefined) {
    throw new VultusError('INVALID_ARGUMENT', 'Expected fast or hnsw, got both. Give one');
  }
  const rows = await openScanIndex({ dimension: contract.dimension, precision, fast });
  if (hnsw === undefined) return rows;
  const { openHnswIndex } = await import('./hnsw/hnsw-node.ts');
  return openHnswIndex(rows, hnsw);
}

function keyMissing({ name, keyId }: CollectionHeader): VultusError {
  return new VultusError(
    'DECRYPT_FAILED',
    `Collection ${JSON.stringify(name)} is sealed with key ${keyId}; no key was given. Open the gallery with that key`,
    { details: { keyId } },
  );
}

/** Checks the keys before anything is opened. */
async function sealing(keys: readonly (Uint8Array | string)[]): Promise<(store: GalleryStore) => GalleryStore> {
  const { readKey, sealStore } = await import('./store/sealed-node.ts');
  const read = keys.map((key) => readKey(key));
  return (store) => sealStore(store, read);
}
