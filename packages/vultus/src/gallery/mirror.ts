/** A collection in memory: the roster and the index, kept equal to the store, and the queue that writes to it. */

import { VultusError } from '../errors.ts';
import { stretch } from './index/turn.ts';
import type { VectorIndex } from './index/vector-index.ts';
import { Roster } from './roster.ts';
import type { Change, CollectionHeader, GalleryStore, StoredRow, Write } from './store.ts';
import { decodeVectors } from './vector.ts';

/** Rows asked for at a time; the store fetches the next ones while these are taken in. */
const rowsPerPage = 1024;

/** Rows taken in between two looks at the clock: about a millisecond. */
const rowsPerLook = 256;

/** Writes of separate calls that may share a transaction. */
const writesPerTransaction = 1024;

interface Job {
  /** What to write, decided when its turn comes, so that it sees the effect of the jobs before it. */
  readonly plan: () => readonly Write[];
  /** Whether it may share a transaction: its plan looks at nothing. */
  readonly blind: boolean;
  readonly resolve: (count: number) => void;
  readonly reject: (cause: unknown) => void;
}

/** Owns roster and index; all changes to them happen in {@link Mirror} and in the order of the store's numbers. */
export class Mirror {
  readonly header: CollectionHeader;
  readonly index: VectorIndex;
  readonly #store: GalleryStore;
  #roster = new Roster();
  #seq = 0;
  #jobs: Job[] = [];
  #working: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #stopWatching: () => void = () => {};
  #awake = false;
  #closed = false;
  #failure: unknown;

  private constructor(header: CollectionHeader, store: GalleryStore, index: VectorIndex) {
    this.header = header;
    this.#store = store;
    this.index = index;
  }

  /** Loads the collection and follows its changes from then on. */
  static async open(
    header: CollectionHeader,
    store: GalleryStore,
    index: VectorIndex,
    onProgress?: (rows: number) => void,
  ): Promise<Mirror> {
    const mirror = new Mirror(header, store, index);
    try {
      await mirror.#pull(onProgress);
      mirror.#stopWatching = store.watch(header.id, () => mirror.#wake());
    } catch (cause) {
      await index.close();
      throw cause;
    }
    return mirror;
  }

  get roster(): Roster {
    return this.#roster;
  }

  /** Throws `CLOSED` after close, and what went wrong when following the store failed for good. */
  assertUsable(): void {
    if (this.#closed) throw new VultusError('CLOSED', 'The collection was closed. Open it again');
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes durably, then shows the effect in memory. @returns how many writes the plan made */
  commit(plan: () => readonly Write[], options: { readonly blind?: boolean } = {}): Promise<number> {
    this.assertUsable();
    return new Promise((resolve, reject) => {
      this.#jobs.push({ plan, blind: options.blind ?? false, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Takes over what others have written up to now. */
  async refresh(): Promise<void> {
    this.assertUsable();
    // A pull that is under way may have read the head before the caller's moment.
    await this.#syncing?.catch(() => {});
    await this.#sync();
  }

  /** Waits for the writes that were accepted, then lets go of everything. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching();
    await this.#working;
    await this.#syncing?.catch(() => {});
    await this.index.close();
  }

  async #work(): Promise<void> {
    // One turn later, so that calls made together share a transaction.
    await Promise.resolve();
    for (let jobs = this.#nextJobs(); jobs.length > 0; jobs = this.#nextJobs()) {
      await this.#run(jobs);
    }
    // In the same turn as the last look at the queue: a job that comes now starts a worker of its own.
    this.#working = undefined;
  }

  #nextJobs(): Job[] {
    const first = this.#jobs.shift();
    if (first === undefined) return [];
    const jobs = [first];
    while (first.blind && this.#jobs[0]?.blind === true && jobs.length < writesPerTransaction) {
      jobs.push(this.#jobs.shift() as Job);
    }
    return jobs;
  }

  async #run(jobs: readonly Job[]): Promise<void> {
    try {
      const plans = jobs.map((job) => job.plan());
      await this.#write(plans.flat());
      for (const [i, job] of jobs.entries()) job.resolve((plans[i] as readonly Write[]).length);
    } catch (cause) {
      if (jobs.length === 1) (jobs[0] as Job).reject(cause);
      // One of them spoilt it for all: nothing was written, so each gets its own try.
      else for (const job of jobs) await this.#run([job]);
    }
  }

  async #write(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    const last = await this.#store.write(this.header.id, writes);
    const first = last - writes.length + 1;
    // While a pull runs it will bring these writes itself, in their order among those of others.
    if (this.#syncing === undefined && this.#seq === first - 1 && !writes.some((write) => write.kind === 'describe')) {
      const changes = writes.map((write, i) => asChange(write, first + i));
      this.#apply(changes);
      this.#seq = last;
      return;
    }
    await this.#syncing?.catch(() => {});
    if (this.#seq < last) await this.#sync();
  }

  #wake(): void {
    if (this.#closed || this.#awake) return;
    this.#awake = true;
    this.#followOthers().catch((cause) => {
      // Anything else may pass: the next wake tries again.
      if (cause instanceof VultusError && cause.code === 'COLLECTION_NOT_FOUND') this.#failure = cause;
    });
  }

  async #followOthers(): Promise<void> {
    // A pull that is under way may have looked too early.
    await this.#syncing?.catch(() => {});
    this.#awake = false;
    if (!this.#closed) await this.#sync();
  }

  #sync(): Promise<void> {
    this.#syncing ??= this.#pull().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  async #pull(onProgress?: (rows: number) => void): Promise<void> {
    const completeAt = this.#seq;
    const { id } = this.header;
    let page = await this.#store.changes(id, completeAt, rowsPerPage);
    const pause = stretch();
    for (;;) {
      if (completeAt > 0 && page.floor > completeAt) return this.#startOver();
      // The store fetches the next page while this one is taken in.
      const next = page.done ? undefined : this.#store.changes(id, page.seq, rowsPerPage);
      next?.catch(() => {});
      for (let at = 0; at < page.changes.length; at += rowsPerLook) {
        if (pause.due()) await pause.turn();
        const changes = page.changes.slice(at, at + rowsPerLook);
        this.#apply(changes);
        this.#seq = changes.at(-1)?.seq ?? this.#seq;
      }
      this.#seq = Math.max(this.#seq, page.seq);
      onProgress?.(this.#roster.faceprints);
      if (next === undefined) return;
      page = await next;
    }
  }

  /** Removals were forgotten before we saw them: drop all rows and read them again. */
  async #startOver(): Promise<void> {
    for (const slot of this.#roster.slots()) this.#remove(slot);
    this.#seq = 0;
    await this.#pull();
  }

  #apply(changes: readonly Change[]): void {
    const fresh: StoredRow[] = [];
    for (const change of changes) {
      if (change.kind === 'put') {
        fresh.push(change.row);
        continue;
      }
      this.#seat(fresh.splice(0));
      const slot = this.#roster.slotOf(change.id);
      if (slot !== undefined) this.#remove(slot);
    }
    this.#seat(fresh);
  }

  #seat(rows: readonly StoredRow[]): void {
    if (rows.length === 0) return;
    const { contract, precision } = this.header;
    const vectors = rows.map((row) => row.vector);
    const slots = this.index.add(decodeVectors(vectors, contract.dimension, precision));
    for (const [i, row] of rows.entries()) {
      const former = this.#roster.set(slots[i] as number, row);
      if (former !== undefined) this.index.remove(former);
    }
  }

  #remove(slot: number): void {
    this.#roster.remove(slot);
    this.index.remove(slot);
  }
}

function asChange(write: Write, seq: number): Change {
  if (write.kind === 'put') return { kind: 'put', seq, row: write.row };
  return { kind: 'remove', seq, id: write.id };
}
