/** What galleries of every kind do alike: collections by name, made, opened once, listed, renamed, deleted, closed. */

import { VultusError } from '../errors.ts';
import { assertComparable, type EmbeddingContract } from '../face/faceprint.ts';
import { checkedName, collectionNotFound, infoOf, newHeader } from './header.ts';
import { collectionExists, storeClosed } from './store/memory.ts';
import type { CollectionHeader, GalleryStore } from './store.ts';
import type { CollectionInfo, CollectionOptions } from './types.ts';

/** What is needed of a store to look after its collections. */
export type CollectionStore = Pick<
  GalleryStore,
  'kind' | 'create' | 'find' | 'list' | 'stats' | 'rename' | 'drop' | 'close'
>;

/** Collections of the type `C`, opened with options of the type `O`. */
export abstract class NamedCollections<C extends { readonly contract: EmbeddingContract; close(): Promise<void> }, O> {
  readonly #store: CollectionStore;
  /** The promise of each open collection by id: two opens of one share it. */
  readonly #open = new Map<string, Promise<C>>();
  #closed = false;

  protected constructor(store: CollectionStore) {
    this.#store = store;
  }

  /** Opens what a header names; `onClose` is to be called when it is closed. */
  protected abstract load(header: CollectionHeader, options: Partial<O>, onClose: () => void): Promise<C>;

  /** Throws what `load` would throw for options that do not fit the header, before a collection is made in vain. */
  protected abstract check(header: CollectionHeader, options: O): void;

  /** The kind of the store: `memory`, `sqlite`, `postgres`, `pgvector`, `qdrant`. */
  get kind(): string {
    return this.#store.kind;
  }

  /** Makes a collection. @throws VultusError `COLLECTION_EXISTS` */
  async create(name: string, options: CollectionOptions & O): Promise<C> {
    this.#assertOpen();
    const header = newHeader(name, options);
    this.check(header, options);
    await this.#store.create(header);
    return this.open(name, options);
  }

  /** Opens a collection; opening it twice gives the same object. @throws VultusError `COLLECTION_NOT_FOUND` */
  async open(name: string, options: Partial<O> = {}): Promise<C> {
    this.#assertOpen();
    const header = await this.#find(name);
    const known = this.#open.get(header.id);
    if (known !== undefined) return known;
    const forget = (): void => {
      this.#open.delete(header.id);
    };
    const opening = this.load(header, options, forget);
    this.#open.set(header.id, opening);
    opening.catch(forget);
    return opening;
  }

  /** Opens a collection, making it when absent. @throws VultusError `EMBEDDING_MISMATCH` when it has another contract */
  async ensure(name: string, options: CollectionOptions & O): Promise<C> {
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
    const { id } = await this.#find(name);
    checkedName(to);
    const holder = to === name ? undefined : await this.#store.find(to);
    if (holder !== undefined && options.replace !== true) throw collectionExists(to);
    for (const each of [id, holder?.id]) await this.#closeOpen(each);
    await this.#store.rename(id, to, options.replace ?? false);
  }

  /** Closes and removes a collection with all its rows. @returns false when there was none */
  async delete(name: string): Promise<boolean> {
    this.#assertOpen();
    const header = await this.#store.find(name);
    if (header === undefined) return false;
    await this.#closeOpen(header.id);
    return this.#store.drop(header.id);
  }

  /** Closes all collections and the store. Again is harmless. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const id of [...this.#open.keys()]) await this.#closeOpen(id);
    await this.#store.close();
  }

  /** {@link NamedCollections.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #closeOpen(id: string | undefined): Promise<void> {
    const opening = id === undefined ? undefined : this.#open.get(id);
    await (await opening?.catch(() => undefined))?.close();
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
