/** Galleries whose database does the searching: pgvector, and Qdrant beyond one machine. */

import { VultusError } from '../../errors.ts';
import { assertComparable } from '../../face/faceprint.ts';
import type { Calibration } from '../calibration.ts';
import { checkedName, collectionNotFound, infoOf, newHeader } from '../header.ts';
import { storeClosed } from '../store/memory.ts';
import type { CollectionHeader } from '../store.ts';
import type { CollectionInfo, CollectionOptions } from '../types.ts';
import { RemoteCollection } from './collection.ts';
import type { SearchStore } from './search-store.ts';

/** How to open a remote gallery. */
export interface RemoteGalleryOptions {
  /** `pgvector://…` or `qdrant://…`; see docs/scaling.md for their parameters. */
  readonly url?: string;
  /** A store opened elsewhere, instead of `url`; closed together with the gallery. */
  readonly store?: SearchStore;
}

/** How to open a collection of a remote gallery. */
export interface OpenRemoteCollectionOptions {
  /** Probability and thresholds of the collection's contract; a bare function maps similarity to probability. */
  readonly calibration?: Calibration | ((similarity: number) => number);
}

/**
 * An open gallery in a database that searches by itself: no vector lies in this process's memory, and opening a
 * collection loads nothing.
 * @example
 * const gallery = await RemoteGallery.open('pgvector://localhost/faces');
 * const staff = await gallery.ensure('staff', { contract: faceprint.contract });
 * await staff.enroll(faceprint, 'Ann');
 * const [best] = await staff.identify(probe); // undefined: unknown
 * await gallery.close();
 */
export class RemoteGallery {
  readonly #store: SearchStore;
  readonly #open = new Map<string, RemoteCollection>();
  #closed = false;

  private constructor(store: SearchStore) {
    this.#store = store;
  }

  /**
   * Opens the gallery that a URL names; its tables are made when absent.
   * @throws VultusError `INVALID_ARGUMENT`, `STORE_UNAVAILABLE`, `DEPENDENCY_MISSING`
   */
  static async open(where: string | RemoteGalleryOptions): Promise<RemoteGallery> {
    const { url = '', store } = typeof where === 'string' ? { url: where } : where;
    return new RemoteGallery(store ?? (await openSearchStore(url)));
  }

  /** The kind of the store: `pgvector` or `qdrant`. */
  get kind(): string {
    return this.#store.kind;
  }

  /** Whether searches compare with every vector unless told otherwise; see {@link IdentifyOptions.exact}. */
  get exact(): boolean {
    return this.#store.exact;
  }

  /** Makes a collection. @throws VultusError `COLLECTION_EXISTS` */
  async create(name: string, options: CollectionOptions & OpenRemoteCollectionOptions): Promise<RemoteCollection> {
    this.#assertOpen();
    await this.#store.create(newHeader(name, options));
    return this.open(name, options);
  }

  /** Opens a collection; opening it twice gives the same object. @throws VultusError `COLLECTION_NOT_FOUND` */
  async open(name: string, options: OpenRemoteCollectionOptions = {}): Promise<RemoteCollection> {
    this.#assertOpen();
    const header = await this.#find(name);
    await this.#store.prepare(header);
    const known = this.#open.get(header.id);
    if (known !== undefined) return known;
    const made = new RemoteCollection(this.#store, header, options.calibration, () => this.#open.delete(header.id));
    this.#open.set(header.id, made);
    return made;
  }

  /** Opens a collection, making it when absent. @throws VultusError `EMBEDDING_MISMATCH` when it has another contract */
  async ensure(name: string, options: CollectionOptions & OpenRemoteCollectionOptions): Promise<RemoteCollection> {
    this.#assertOpen();
    if ((await this.#store.find(name)) === undefined) {
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

  /** The metadata of every collection, by name. */
  async list(): Promise<CollectionInfo[]> {
    this.#assertOpen();
    const headers = await this.#store.list();
    return Promise.all(headers.map(async (header) => infoOf(header, await this.#store.stats(header.id))));
  }

  /** The metadata of one collection. @throws VultusError `COLLECTION_NOT_FOUND` */
  async info(name: string): Promise<CollectionInfo> {
    this.#assertOpen();
    const header = await this.#find(name);
    return infoOf(header, await this.#store.stats(header.id));
  }

  /**
   * Gives a collection another name; it is closed before. With `replace` the holder of that name is deleted with it.
   * @throws VultusError `COLLECTION_NOT_FOUND`, `COLLECTION_EXISTS`
   */
  async rename(name: string, to: string, options: { readonly replace?: boolean } = {}): Promise<void> {
    this.#assertOpen();
    const { id } = await this.#find(name);
    checkedName(to);
    const holder = await this.#store.find(to);
    await this.#store.rename(id, to, options.replace);
    for (const each of [id, holder?.id]) if (each !== undefined) await this.#open.get(each)?.close();
  }

  /** Closes and removes a collection with all its rows. @returns false when there was none */
  async delete(name: string): Promise<boolean> {
    this.#assertOpen();
    const header = await this.#store.find(name);
    if (header === undefined) return false;
    await this.#open.get(header.id)?.close();
    return this.#store.drop(header.id);
  }

  /** Closes all collections and the connections. Again is harmless. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const collection of [...this.#open.values()]) await collection.close();
    await this.#store.close();
  }

  /** {@link RemoteGallery.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #find(name: string): Promise<CollectionHeader> {
    const header = await this.#store.find(name);
    if (header === undefined) throw collectionNotFound(name);
    return header;
  }

  #assertOpen(): void {
    if (this.#closed) throw storeClosed();
  }
}

/** Whether a URL names a database that searches by itself. */
export function isRemote(url: string): boolean {
  return /^(pgvector|qdrants?):\/\//.test(url);
}

async function openSearchStore(url: string): Promise<SearchStore> {
  if (url.startsWith('pgvector://')) return (await import('../store/pgvector-node.ts')).openPgvectorStore({ url });
  if (isRemote(url)) return (await import('../store/qdrant.ts')).openQdrantStore({ url });
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected a remote gallery such as pgvector://host/database or qdrant://host:6333, got ${JSON.stringify(url.replace(/:[^:@/]*@/, ':…@'))}`,
  );
}
