/** A named set of faceprints whose vectors stay in the database that searches them. */

import { VultusError } from '../../errors.ts';
import type { EmbeddingContract, Faceprint, Precision } from '../../face/faceprint.ts';
import { aggregateWrite } from '../aggregate.ts';
import { asCalibration, type Calibration, chooseThreshold } from '../calibration.ts';
import { identityNotFound, nothingToUpdate, renameWrites, updateWrite } from '../change.ts';
import { enrolmentWrites } from '../enrolment.ts';
import { dot } from '../index/exact.ts';
import type { CollectionHeader, StoredRow, Write } from '../store.ts';
import type {
  Candidate,
  Enrolled,
  Enrolment,
  IdentifyBatchOptions,
  IdentifyOptions,
  RowChange,
  Verification,
} from '../types.ts';
import { isUuid } from '../uuid.ts';
import { decodeVector } from '../vector.ts';
import { candidateOf, identifyRemotely, metadataOf, queryOf } from './identify.ts';
import type { SearchStore } from './search-store.ts';

/** Rows fetched at a time by what looks at many. */
const rowsPerPage = 256;

/**
 * An open collection of a {@link RemoteGallery}. It has the methods of `Collection`; those that there answer from memory
 * are promises here. Any number of calls may be in flight, in any number of processes.
 */
export class RemoteCollection {
  readonly #store: SearchStore;
  readonly #header: CollectionHeader;
  readonly #calibration: Calibration | undefined;
  readonly #onClose: () => void;
  readonly #writing = new Set<Promise<void>>();
  #closed = false;

  /** Used by `RemoteGallery`; applications call `gallery.open`, `create` or `ensure`. */
  constructor(
    store: SearchStore,
    header: CollectionHeader,
    calibration: Calibration | ((similarity: number) => number) | undefined,
    onClose: () => void,
  ) {
    this.#store = store;
    this.#header = header;
    this.#calibration = asCalibration(calibration);
    this.#onClose = onClose;
  }

  /** The name it was opened under. */
  get name(): string {
    return this.#header.name;
  }

  /** The only contract whose faceprints this collection takes. */
  get contract(): EmbeddingContract {
    return this.#header.contract;
  }

  /** How vectors are stored. */
  get precision(): Precision {
    return this.#header.precision;
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

  /** Enrols many: all or none with pgvector, all or none of each shard with Qdrant. @returns the ids, in order */
  async enrollMany(items: readonly Enrolment[]): Promise<string[]> {
    this.#assertOpen();
    const puts = enrolmentWrites(this.#header, items);
    await this.#write(puts, new Set(puts.map(({ row }) => row.identity)));
    return puts.map(({ row }) => row.id);
  }

  /** The row of an id, or undefined. */
  async get(id: string): Promise<Enrolled | undefined> {
    this.#assertOpen();
    const row = isUuid(id) ? await this.#store.row(this.#header.id, id.toLowerCase()) : undefined;
    return row === undefined ? undefined : this.#enrolled(row);
  }

  /** The aligned face that was kept with a row, as the encoded picture handed to {@link RemoteCollection.enroll}. */
  async chip(id: string): Promise<Uint8Array | undefined> {
    this.#assertOpen();
    return this.#store.chip(this.#header.id, id);
  }

  /** All rows, or those of one identity, in the order of their ids. Rows that come or go meanwhile may or may not be seen. */
  async *iterate(options: { readonly identity?: string } = {}): AsyncIterableIterator<Enrolled> {
    this.#assertOpen();
    for await (const row of this.#rows(options.identity)) yield this.#enrolled(row);
  }

  /** How many faceprints, in all or of one identity; aggregates are not counted. */
  async count(identity?: string): Promise<number> {
    this.#assertOpen();
    return this.#store.count(this.#header.id, identity);
  }

  /** The names of all identities, one after the other, in no particular order. */
  identities(): AsyncIterable<string> {
    this.#assertOpen();
    return this.#store.identities(this.#header.id);
  }

  /** Changes a row in place; what is left out stays. @throws VultusError `FACEPRINT_NOT_FOUND` */
  async update(id: string, change: RowChange): Promise<void> {
    const row = await this.get(id);
    if (row === undefined) throw nothingToUpdate(id);
    const write = updateWrite(this.#header, row, change);
    await this.#write([write], new Set([row.identity, change.identity ?? row.identity]));
  }

  /**
   * Gives an identity another name; when that name is taken the two become one. @returns how many faceprints moved
   * @throws VultusError `IDENTITY_NOT_FOUND`
   */
  async rename(identity: string, to: string): Promise<number> {
    this.#assertOpen();
    const rows = await this.#all(identity);
    if (rows.length === 0) throw identityNotFound(identity);
    const merging = to !== identity && (await this.#store.aggregatesOf(this.#header.id, [to])).length > 0;
    await this.#write(renameWrites(rows, to, merging), new Set([to]));
    return rows.filter((row) => row.role === 'faceprint').length;
  }

  /** Removes a row. @returns false when there was none */
  async remove(id: string): Promise<boolean> {
    const row = await this.get(id);
    if (row === undefined) return false;
    await this.#write([{ kind: 'remove', id: row.id }], new Set(row.aggregate ? [] : [row.identity]));
    return true;
  }

  /** Removes an identity with all its faceprints. @returns how many */
  async removeIdentity(identity: string): Promise<number> {
    this.#assertOpen();
    const rows = await this.#all(identity);
    await this.#write(
      rows.map(({ id }) => ({ kind: 'remove', id })),
      new Set(),
    );
    return rows.filter((row) => row.role === 'faceprint').length;
  }

  /**
   * Keeps the quality-weighted mean of the identity's faceprints as a row of its own, which follows every later change
   * made through a collection like this one; search it with `against: 'aggregates'`. @returns the aggregate
   * @throws VultusError `IDENTITY_NOT_FOUND`
   */
  async aggregate(identity: string): Promise<Enrolled> {
    this.#assertOpen();
    const rows = await this.#all(identity);
    const kept = rows.find((row) => row.role === 'aggregate');
    const members = rows.filter((row) => row.role === 'faceprint');
    const [write] = aggregateWrite(this.#header, identity, kept, members);
    if (write?.kind !== 'put') throw identityNotFound(identity);
    await this.#store.write(this.#header.id, [write]);
    return this.#enrolled(write.row);
  }

  /** Who is it? Best first; an empty list means *unknown*. See {@link IdentifyOptions} for the defaults. */
  async identify(probe: Faceprint, options: IdentifyOptions = {}): Promise<Candidate[]> {
    const [candidates] = await this.identifyBatch([probe], options);
    return candidates as Candidate[];
  }

  /** {@link RemoteCollection.identify} for many probes: one list per probe, in order. */
  async identifyBatch(probes: readonly Faceprint[], options: IdentifyBatchOptions = {}): Promise<Candidate[][]> {
    this.#assertOpen();
    const asked = { store: this.#store, header: this.#header };
    return identifyRemotely(asked, probes, options, this.#calibration);
  }

  /** Is it this person? The best of the identity's faceprints decides. @throws VultusError `IDENTITY_NOT_FOUND` */
  async verify(
    probe: Faceprint,
    identity: string,
    options: Pick<IdentifyOptions, 'threshold' | 'fmr' | 'against'> = {},
  ): Promise<Verification> {
    this.#assertOpen();
    const threshold = chooseThreshold(options, this.#calibration);
    const query = queryOf(this.#header, probe);
    const { against = 'faceprints' } = options;
    let best: { readonly row: StoredRow; readonly score: number } | undefined;
    for await (const row of this.#rows(identity)) {
      if (against !== 'both' && (row.role === 'aggregate') !== (against === 'aggregates')) continue;
      const score = dot(query, decodeVector(row.vector, this.contract.dimension, this.precision));
      if (best === undefined || score > best.score) best = { row, score };
    }
    if (best === undefined) throw identityNotFound(identity);
    const candidate = candidateOf(best, this.#calibration);
    return { ...candidate, match: candidate.similarity >= threshold, threshold };
  }

  /** Does nothing: every call asks the database. */
  async refresh(): Promise<void> {
    this.#assertOpen();
  }

  /** Waits for accepted writes and refuses further calls. Again is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#onClose();
    await Promise.allSettled([...this.#writing]);
  }

  /** {@link RemoteCollection.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Writes, then brings the aggregates of the touched identities up to date; closing waits for it. */
  async #write(writes: readonly Write[], touched: ReadonlySet<string>): Promise<void> {
    this.#assertOpen();
    if (writes.length === 0) return;
    const writing = this.#writeAll(writes, touched);
    this.#writing.add(writing);
    try {
      await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  async #writeAll(writes: readonly Write[], touched: ReadonlySet<string>): Promise<void> {
    const { id } = this.#header;
    await this.#store.write(id, writes);
    if (touched.size === 0) return;
    for (const kept of await this.#store.aggregatesOf(id, [...touched])) {
      const members = (await this.#all(kept.identity)).filter((row) => row.role === 'faceprint');
      await this.#store.write(id, aggregateWrite(this.#header, kept.identity, kept, members));
    }
  }

  async #all(identity: string): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    for await (const row of this.#rows(identity)) rows.push(row);
    return rows;
  }

  async *#rows(identity: string | undefined): AsyncIterableIterator<StoredRow> {
    let after: string | undefined;
    for (;;) {
      const rows = await this.#store.rows(this.#header.id, {
        limit: rowsPerPage,
        ...(after === undefined ? {} : { after }),
        ...(identity === undefined ? {} : { identity }),
      });
      yield* rows;
      after = rows.at(-1)?.id;
      if (rows.length < rowsPerPage) return;
    }
  }

  #enrolled(row: StoredRow): Enrolled {
    const { contract, precision } = this.#header;
    const metadata = metadataOf(row.metadata);
    return {
      id: row.id,
      identity: row.identity,
      ...(metadata === undefined ? {} : { metadata }),
      quality: row.quality,
      aggregate: row.role === 'aggregate',
      createdAt: new Date(row.createdAt).toISOString(),
      faceprint: { contract, precision, vector: decodeVector(row.vector, contract.dimension, precision) },
    };
  }

  #assertOpen(): void {
    if (this.#closed) throw new VultusError('CLOSED', 'The collection was closed. Open it again');
  }
}
