/** The store that forgets: rows in this process's memory, shared by name between the galleries of the process. */

import { VultusError } from '../../errors.ts';
import type {
  Change,
  ChangePage,
  CollectionHeader,
  CollectionStats,
  GalleryStore,
  StoredRow,
  Write,
} from '../store.ts';

interface Entry {
  readonly seq: number;
  readonly row: StoredRow;
  readonly chip: Uint8Array | undefined;
}

interface Shelf {
  header: CollectionHeader;
  seq: number;
  floor: number;
  /** Both in the order of their numbers. */
  readonly rows: Map<string, Entry>;
  readonly removals: Map<string, number>;
  /** Who is told of a write, and through which store it watches. */
  readonly wakes: Map<() => void, GalleryStore>;
}

type Shelves = Map<string, Shelf>;

const named = new Map<string, { readonly shelves: Shelves; users: number }>();

/** How many removals are remembered for mirrors that lag behind. */
const removalsKept = 4096;

/**
 * Opens a memory store. Without a name it is private; stores opened under one name share their data, which is gone
 * when the last of them closes.
 */
export function openMemoryStore(name = ''): GalleryStore {
  if (name === '') return new MemoryStore(new Map(), () => {});
  const shared = named.get(name) ?? { shelves: new Map<string, Shelf>(), users: 0 };
  shared.users += 1;
  named.set(name, shared);
  return new MemoryStore(shared.shelves, () => {
    shared.users -= 1;
    if (shared.users === 0) named.delete(name);
  });
}

class MemoryStore implements GalleryStore {
  readonly kind = 'memory';
  readonly #release: () => void;
  #shelves: Shelves | undefined;

  constructor(shelves: Shelves, release: () => void) {
    this.#shelves = shelves;
    this.#release = release;
  }

  async create(header: CollectionHeader): Promise<void> {
    const shelves = this.#open();
    if (this.#named(header.name) !== undefined) throw collectionExists(header.name);
    shelves.set(header.id, { header, seq: 0, floor: 0, rows: new Map(), removals: new Map(), wakes: new Map() });
  }

  async find(name: string): Promise<CollectionHeader | undefined> {
    return this.#named(name)?.header;
  }

  async list(): Promise<CollectionHeader[]> {
    const headers = [...this.#open().values()].map((shelf) => shelf.header);
    return headers.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async stats(id: string): Promise<CollectionStats> {
    const identities = new Set<string>();
    let faceprints = 0;
    let bytes = 0;
    for (const { row } of this.#shelf(id).rows.values()) {
      identities.add(row.identity);
      if (row.role === 'faceprint') faceprints += 1;
      bytes += row.vector.length;
    }
    return { identities: identities.size, faceprints, bytes };
  }

  async rename(id: string, name: string, replace = false): Promise<void> {
    const shelf = this.#shelf(id);
    const holder = this.#named(name);
    if (holder !== undefined && holder !== shelf) {
      if (!replace) throw collectionExists(name);
      this.#open().delete(holder.header.id);
    }
    shelf.header = { ...shelf.header, name };
  }

  async drop(id: string): Promise<boolean> {
    return this.#open().delete(id);
  }

  async write(id: string, writes: readonly Write[]): Promise<number> {
    const shelf = this.#shelf(id);
    for (const write of writes) {
      if (write.kind === 'describe' && !shelf.rows.has(write.id)) throw faceprintNotFound(write.id);
    }
    for (const write of writes) apply(shelf, write);
    forgetRemovals(shelf);
    for (const [wake, watcher] of shelf.wakes) if (watcher !== this) queueMicrotask(wake);
    return shelf.seq;
  }

  async changes(id: string, since: number, limit: number): Promise<ChangePage> {
    const shelf = this.#shelf(id);
    if (since >= shelf.seq) return { changes: [], seq: shelf.seq, done: true, floor: shelf.floor };
    const changes = [...putsAfter(shelf, since, limit + 1), ...removalsAfter(shelf, since, limit + 1)];
    changes.sort((a, b) => a.seq - b.seq);
    const done = changes.length <= limit;
    const page = done ? changes : changes.slice(0, limit);
    return { changes: page, seq: done ? shelf.seq : (page.at(-1)?.seq ?? since), done, floor: shelf.floor };
  }

  async chip(id: string, faceprintId: string): Promise<Uint8Array | undefined> {
    return this.#shelf(id).rows.get(faceprintId)?.chip;
  }

  watch(id: string, wake: () => void): () => void {
    const shelf = this.#shelf(id);
    const own = (): void => wake();
    shelf.wakes.set(own, this);
    return () => shelf.wakes.delete(own);
  }

  async close(): Promise<void> {
    if (this.#shelves === undefined) return;
    this.#shelves = undefined;
    this.#release();
  }

  #open(): Shelves {
    if (this.#shelves === undefined) throw storeClosed();
    return this.#shelves;
  }

  #named(name: string): Shelf | undefined {
    for (const shelf of this.#open().values()) if (shelf.header.name === name) return shelf;
    return undefined;
  }

  #shelf(id: string): Shelf {
    const shelf = this.#open().get(id);
    if (shelf === undefined) throw collectionGone();
    return shelf;
  }
}

function apply(shelf: Shelf, write: Write): void {
  shelf.seq += 1;
  const seq = shelf.seq;
  if (write.kind === 'put') {
    const chip = write.chip ?? shelf.rows.get(write.row.id)?.chip;
    place(shelf, { seq, row: { ...write.row, vector: write.row.vector.slice() }, chip });
    shelf.removals.delete(write.row.id);
  } else if (write.kind === 'remove') {
    if (shelf.rows.delete(write.id)) shelf.removals.set(write.id, seq);
  } else {
    const old = shelf.rows.get(write.id);
    // A transaction may have removed it a step earlier.
    if (old === undefined) return;
    place(shelf, { ...old, seq, row: { ...old.row, identity: write.identity, metadata: write.metadata } });
  }
}

/** Puts a row at the end, so that a map's order is that of the numbers. */
function place(shelf: Shelf, entry: Entry): void {
  shelf.rows.delete(entry.row.id);
  shelf.rows.set(entry.row.id, entry);
}

function putsAfter({ rows }: Shelf, since: number, limit: number): Change[] {
  const changes: Change[] = [];
  for (const { seq, row } of rows.values()) {
    if (seq > since && changes.push({ kind: 'put', seq, row }) === limit) break;
  }
  return changes;
}

function removalsAfter({ removals }: Shelf, since: number, limit: number): Change[] {
  const changes: Change[] = [];
  for (const [id, seq] of removals) {
    if (seq > since && changes.push({ kind: 'remove', seq, id }) === limit) break;
  }
  return changes;
}

function forgetRemovals(shelf: Shelf): void {
  if (shelf.removals.size <= 2 * removalsKept) return;
  for (const [id, seq] of shelf.removals) {
    if (shelf.removals.size <= removalsKept) break;
    shelf.removals.delete(id);
    shelf.floor = Math.max(shelf.floor, seq);
  }
}

/** `COLLECTION_EXISTS`, worded alike by every store. */
export function collectionExists(name: string): VultusError {
  return new VultusError(
    'COLLECTION_EXISTS',
    `There is a collection named ${JSON.stringify(name)} already. Open it, or take another name`,
  );
}

/** `COLLECTION_NOT_FOUND` for an id, worded alike by every store. */
export function collectionGone(): VultusError {
  return new VultusError('COLLECTION_NOT_FOUND', 'The collection was deleted. Close it and open another');
}

/** `FACEPRINT_NOT_FOUND`, worded alike by every store. */
export function faceprintNotFound(id: string): VultusError {
  return new VultusError('FACEPRINT_NOT_FOUND', `The collection has no faceprint ${id}`);
}

/** `CLOSED`, worded alike by every store. */
export function storeClosed(): VultusError {
  return new VultusError('CLOSED', 'The gallery was closed. Open it again');
}
