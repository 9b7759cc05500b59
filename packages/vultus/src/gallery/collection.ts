/** A named set of faceprints under identities: enrol, identify, verify, change, remove. */

import type { EmbeddingContract, Faceprint, Precision } from '../face/faceprint.ts';
import { aggregateWrites } from './aggregate.ts';
import { asCalibration, type Calibration } from './calibration.ts';
import { identityNotFound, nothingToUpdate, renameWrites, updateWrite } from './change.ts';
import { enrolmentWrites } from './enrolment.ts';
import { identifyAll, verifyOne } from './identify.ts';
import type { Mirror } from './mirror.ts';
import type { GalleryStore, Write } from './store.ts';
import type {
  Candidate,
  Enrolled,
  Enrolment,
  IdentifyBatchOptions,
  IdentifyOptions,
  RowChange,
  Verification,
} from './types.ts';

/**
 * An open collection. Its rows live in the store and in memory; a call that writes returns when the store has it
 * safe and this object shows it. Any number of calls may be in flight. Made by `Gallery`.
 */
export class Collection {
  readonly #mirror: Mirror;
  readonly #store: GalleryStore;
  readonly #calibration: Calibration | undefined;
  readonly #onClose: () => void;

  /** Used by `Gallery`; applications call `gallery.open`, `create` or `ensure`. */
  constructor(
    mirror: Mirror,
    store: GalleryStore,
    calibration: Calibration | ((similarity: number) => number) | undefined,
    onClose: () => void,
  ) {
    this.#mirror = mirror;
    this.#store = store;
    this.#calibration = asCalibration(calibration);
    this.#onClose = onClose;
  }

  /** The name it was opened under. */
  get name(): string {
    return this.#mirror.header.name;
  }

  /** The only contract whose faceprints this collection takes. */
  get contract(): EmbeddingContract {
    return this.#mirror.header.contract;
  }

  /** How vectors are stored and compared. */
  get precision(): Precision {
    return this.#mirror.header.precision;
  }

  /** Faceprints enrolled, aggregates not counted. */
  get size(): number {
    return this.#mirror.roster.faceprints;
  }

  /** The names of all identities, in no particular order. */
  get identities(): string[] {
    return [...this.#mirror.roster.names()];
  }

  /**
   * Enrols one faceprint. @returns its id (UUID v7 unless given; an id in use is replaced)
   * @throws VultusError `EMBEDDING_MISMATCH`, `INVALID_ARGUMENT`, `STORE_UNAVAILABLE`
   */
  async enroll(
    faceprint: Faceprint,
    identity: string,
    options: Omit<Enrolment, 'faceprint' | 'identity'> = {},
  ): Promise<string> {
    const [id] = await this.enrollMany([{ ...options, faceprint, identity }]);
    return id as string;
  }

  /** Enrols all or none, in one transaction. @returns the ids, in order */
  async enrollMany(items: readonly Enrolment[]): Promise<string[]> {
    this.#mirror.assertUsable();
    const puts = enrolmentWrites(this.#mirror.header, items);
    if (this.#mirror.roster.aggregates === 0) await this.#mirror.commit(() => puts, { blind: true });
    else await this.#commit(() => puts);
    return puts.map((put) => put.row.id);
  }

  /** The row of an id, or undefined. */
  get(id: string): Enrolled | undefined {
    this.#mirror.assertUsable();
    const slot = this.#mirror.roster.slotOf(id);
    return slot === undefined ? undefined : this.#enrolledAt(slot);
  }

  /** The aligned face that was kept with a row, as the encoded picture handed to {@link Collection.enroll}. */
  async chip(id: string): Promise<Uint8Array | undefined> {
    this.#mirror.assertUsable();
    return this.#store.chip(this.#mirror.header.id, id);
  }

  /** All rows, or those of one identity. Rows that come or go meanwhile may or may not be seen. */
  *iterate(options: { readonly identity?: string } = {}): IterableIterator<Enrolled> {
    this.#mirror.assertUsable();
    const { roster } = this.#mirror;
    const names = options.identity === undefined ? this.identities : [options.identity];
    for (const name of names) for (const slot of roster.slotsOf(name)) yield this.#enrolledAt(slot);
  }

  /** How many faceprints, in all or of one identity; aggregates are not counted. */
  count(identity?: string): number {
    this.#mirror.assertUsable();
    const { roster } = this.#mirror;
    if (identity === undefined) return roster.faceprints;
    return roster.slotsOf(identity).filter((slot) => !roster.isAggregate(slot)).length;
  }

  /**
   * Changes a row in place; what is left out stays. `metadata: null` removes it.
   * @throws VultusError `FACEPRINT_NOT_FOUND`
   */
  async update(id: string, change: RowChange): Promise<void> {
    await this.#commit(() => {
      const row = this.get(id);
      if (row === undefined) throw nothingToUpdate(id);
      return [updateWrite(this.#mirror.header, row, change)];
    });
  }

  /**
   * Gives an identity another name; when that name is taken the two become one. @returns how many faceprints moved
   * @throws VultusError `IDENTITY_NOT_FOUND`
   */
  async rename(identity: string, to: string): Promise<number> {
    let moved = 0;
    await this.#commit(() => {
      const { roster } = this.#mirror;
      const rows = roster.slotsOf(identity).map((slot) => roster.rowAt(slot));
      if (rows.length === 0) throw identityNotFound(identity);
      moved = rows.filter((row) => row.role === 'faceprint').length;
      const merging = to !== identity && roster.slotsOf(to).some((slot) => roster.isAggregate(slot));
      return renameWrites(rows, to, merging);
    });
    return moved;
  }

  /** Removes a row. @returns false when there was none */
  async remove(id: string): Promise<boolean> {
    const count = await this.#commit(() =>
      this.#mirror.roster.slotOf(id) === undefined ? [] : [{ kind: 'remove', id }],
    );
    return count > 0;
  }

  /** Removes an identity with all its faceprints. @returns how many */
  async removeIdentity(identity: string): Promise<number> {
    let removed = 0;
    await this.#commit(() => {
      const { roster } = this.#mirror;
      const rows = roster.slotsOf(identity).map((slot) => roster.rowAt(slot));
      removed = rows.filter((row) => row.role === 'faceprint').length;
      return rows.map(({ id }) => ({ kind: 'remove', id }));
    });
    return removed;
  }

  /**
   * Keeps the quality-weighted mean of the identity's faceprints as a row of its own, which follows every later change
   * of them; search it with `against: 'aggregates'`. @returns the aggregate
   * @throws VultusError `IDENTITY_NOT_FOUND`
   */
  async aggregate(identity: string): Promise<Enrolled> {
    await this.#mirror.commit(() => {
      if (this.#mirror.roster.slotsOf(identity).length === 0) throw identityNotFound(identity);
      return aggregateWrites(this.#mirror, [], [identity]);
    });
    const { roster } = this.#mirror;
    const slot = roster.slotsOf(identity).find((each) => roster.isAggregate(each));
    if (slot === undefined) throw identityNotFound(identity);
    return this.#enrolledAt(slot);
  }

  /** Who is it? Best first; an empty list means *unknown*. See {@link IdentifyOptions} for the defaults. */
  async identify(probe: Faceprint, options: IdentifyOptions = {}): Promise<Candidate[]> {
    const [candidates] = await this.identifyBatch([probe], options);
    return candidates as Candidate[];
  }

  /** {@link Collection.identify} for many probes: one list per probe, in order, and faster than one by one. */
  async identifyBatch(probes: readonly Faceprint[], options: IdentifyBatchOptions = {}): Promise<Candidate[][]> {
    this.#mirror.assertUsable();
    return identifyAll(this.#mirror, probes, options, this.#calibration);
  }

  /**
   * Is it this person? The best of the identity's faceprints decides.
   * @throws VultusError `IDENTITY_NOT_FOUND`
   */
  async verify(
    probe: Faceprint,
    identity: string,
    options: Pick<IdentifyOptions, 'threshold' | 'fmr' | 'against'> = {},
  ): Promise<Verification> {
    this.#mirror.assertUsable();
    return verifyOne(this.#mirror, probe, identity, options, this.#calibration);
  }

  /** Takes over what other processes wrote up to now; it also happens by itself a moment after they write. */
  async refresh(): Promise<void> {
    await this.#mirror.refresh();
  }

  /** Waits for accepted writes, stops searches with `CLOSED`, frees the memory. Again is harmless. */
  async close(): Promise<void> {
    this.#onClose();
    await this.#mirror.close();
  }

  /** {@link Collection.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Writes the plan and whatever it does to the aggregates. @returns how many writes the plan itself made */
  async #commit(plan: () => readonly Write[]): Promise<number> {
    let count = 0;
    await this.#mirror.commit(() => {
      const writes = plan();
      count = writes.length;
      return [...writes, ...aggregateWrites(this.#mirror, writes)];
    });
    return count;
  }

  #enrolledAt(slot: number): Enrolled {
    const { roster, index } = this.#mirror;
    const { id, identity, quality, createdAt } = roster.rowAt(slot);
    const metadata = roster.metadataAt(slot);
    return {
      id,
      identity,
      ...(metadata === undefined ? {} : { metadata }),
      quality,
      aggregate: roster.isAggregate(slot),
      createdAt: new Date(createdAt).toISOString(),
      faceprint: { contract: this.contract, precision: this.precision, vector: index.vector(slot) },
    };
  }
}
