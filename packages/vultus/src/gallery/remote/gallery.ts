/** Galleries whose database does the searching: pgvector, and Qdrant beyond one machine. */

import { VultusError } from '../../errors.ts';
import type { Calibration } from '../calibration.ts';
import { NamedCollections } from '../named-collections.ts';
import type { CollectionHeader } from '../store.ts';
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
export class RemoteGallery extends NamedCollections<RemoteCollection, OpenRemoteCollectionOptions> {
  readonly #store: SearchStore;

  private constructor(store: SearchStore) {
    super(store);
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

  /** Whether searches compare with every vector unless told otherwise; see {@link IdentifyOptions.exact}. */
  get exact(): boolean {
    return this.#store.exact;
  }

  protected override check(): void {}

  protected override async load(
    header: CollectionHeader,
    options: OpenRemoteCollectionOptions,
    onClose: () => void,
  ): Promise<RemoteCollection> {
    await this.#store.prepare(header);
    return new RemoteCollection(this.#store, header, options.calibration, onClose);
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
