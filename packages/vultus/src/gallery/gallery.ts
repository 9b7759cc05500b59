/** The embedding database: named collections in one store, several open at once. */

import { VultusError } from '../errors.ts';
import type { Calibration } from './calibration.ts';
import { Collection } from './collection.ts';
import type { HnswSearch } from './hnsw/hnsw-messages.ts';
import type { FastSearch } from './index/bits.ts';
import type { Codes } from './index/coding.ts';
import { assertIndexOptions, openScanIndex, type ScanIndexOptions } from './index/engine.ts';
import type { VectorIndex } from './index/vector-index.ts';
import { Mirror } from './mirror.ts';
import { NamedCollections } from './named-collections.ts';
import { openMemoryStore } from './store/memory.ts';
import type { CollectionHeader, GalleryStore } from './store.ts';
import type { CollectionOptions } from './types.ts';

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
  /**
   * What a search reads first. `float32`, for collections of that precision, reads the vectors themselves: a fifth less
   * memory than `int8` codes beside them, and four times as much to read. Default `int8`; both are exact.
   */
  readonly codes?: Codes;
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
export class Gallery extends NamedCollections<Collection, OpenCollectionOptions> {
  readonly #store: GalleryStore;
  readonly #sealed: boolean;

  private constructor(store: GalleryStore, sealed: boolean) {
    super(store);
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

  /** {@link Gallery.ensure} when a contract is given, else {@link Gallery.open}. */
  async collection(
    name: string,
    options: Partial<CollectionOptions> & OpenCollectionOptions = {},
  ): Promise<Collection> {
    const { contract } = options;
    return contract === undefined ? this.open(name, options) : this.ensure(name, { ...options, contract });
  }

  protected override check(header: CollectionHeader, options: OpenCollectionOptions): void {
    if (options.fast !== undefined && options.hnsw !== undefined) {
      throw new VultusError('INVALID_ARGUMENT', 'Expected fast or hnsw, got both. Give one');
    }
    assertIndexOptions(indexOptions(header, options));
  }

  protected override async load(
    header: CollectionHeader,
    options: OpenCollectionOptions,
    onClose: () => void,
  ): Promise<Collection> {
    if (header.keyId !== undefined && !this.#sealed) throw keyMissing(header);
    this.check(header, options);
    const index = await openIndex(header, options);
    const mirror = await Mirror.open(header, this.#store, index, options.onProgress);
    return new Collection(mirror, this.#store, options.calibration, onClose);
  }
}

async function openStore(url: string, options: GalleryOptions): Promise<GalleryStore> {
  if (url === 'memory' || url.startsWith('memory:')) return openMemoryStore(url.slice('memory:'.length));
  // Loaded on demand only: everything else needs Node.
  const { openNodeStore } = await import('./store/open-node.ts');
  return openNodeStore(url, options);
}

function indexOptions({ contract, precision }: CollectionHeader, options: OpenCollectionOptions): ScanIndexOptions {
  const { fast, codes = 'int8' } = options;
  return { dimension: contract.dimension, precision, fast, codes };
}

async function openIndex(header: CollectionHeader, options: OpenCollectionOptions): Promise<VectorIndex> {
  const rows = await openScanIndex(indexOptions(header, options));
  if (options.hnsw === undefined) return rows;
  const { openHnswIndex } = await import('./hnsw/hnsw-node.ts');
  return openHnswIndex(rows, options.hnsw);
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
