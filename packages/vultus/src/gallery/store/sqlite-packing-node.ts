/** Rows on their way between a SQLite store and its thread: columns instead of objects, which cost far more to copy. */

import type { Change, ChangePage, StoredRow, Write } from '../store.ts';
import { formatUuid, parseUuidInto } from '../uuid.ts';

/** Rows as columns. */
export interface PackedRows {
  /** 16 bytes each. */
  readonly ids: Uint8Array;
  readonly identities: readonly string[];
  /** Empty when no row has metadata. */
  readonly metadata: readonly (string | undefined)[];
  /** 1 for aggregates. */
  readonly roles: Uint8Array;
  readonly qualities: Float64Array;
  readonly createdAt: Float64Array;
  /** All vectors, one after the other, and where each ends. */
  readonly vectors: Uint8Array;
  readonly ends: Float64Array;
}

/** A page of the change feed; a removal is an id alone. */
export interface PackedPage extends Omit<ChangePage, 'changes'> {
  readonly seqs: Float64Array;
  /** 1 for removals. */
  readonly removed: Uint8Array;
  readonly removedIds: Uint8Array;
  readonly rows: PackedRows;
}

/** The rows of writes that only put, without chips; undefined for others. */
export function packPuts(writes: readonly Write[]): PackedRows | undefined {
  const rows: StoredRow[] = [];
  for (const write of writes) {
    if (write.kind !== 'put' || write.chip !== undefined) return undefined;
    rows.push(write.row);
  }
  return rows.length < 2 ? undefined : packRows(rows);
}

/** Packs a page; {@link buffersOf} lists what can be moved instead of copied. */
export function packPage({ changes, seq, done, floor }: ChangePage): PackedPage {
  const removed = Uint8Array.from(changes, (change) => (change.kind === 'remove' ? 1 : 0));
  const seqs = Float64Array.from(changes, (change) => change.seq);
  const gone = changes.flatMap((change) => (change.kind === 'remove' ? [change.id] : []));
  const rows = packRows(changes.flatMap((change) => (change.kind === 'put' ? [change.row] : [])));
  return { seq, done, floor, seqs, removed, removedIds: packIds(gone), rows };
}

/** The buffers of a page, for the transfer list. */
export function buffersOf({ seqs, removed, removedIds, rows }: PackedPage): ArrayBuffer[] {
  const { ids, roles, qualities, createdAt, vectors, ends } = rows;
  const arrays = [seqs, removed, removedIds, ids, roles, qualities, createdAt, vectors, ends];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}

/** The inverse of {@link packPage}. */
export function unpackPage({ seqs, removed, removedIds, rows, ...rest }: PackedPage): ChangePage {
  let row = 0;
  let gone = 0;
  const changes = Array.from(seqs, (seq, i): Change => {
    if (removed[i] === 1) return { kind: 'remove', seq, id: formatUuid(removedIds, 16 * gone++) };
    return { kind: 'put', seq, row: rowAt(rows, row++) };
  });
  return { ...rest, changes };
}

function packRows(rows: readonly StoredRow[]): PackedRows {
  const vectors = new Uint8Array(rows.reduce((sum, row) => sum + row.vector.length, 0));
  const ends = new Float64Array(rows.length);
  let end = 0;
  for (const [i, { vector }] of rows.entries()) {
    vectors.set(vector, end);
    end += vector.length;
    ends[i] = end;
  }
  return {
    ids: packIds(rows.map((row) => row.id)),
    identities: rows.map((row) => row.identity),
    metadata: rows.some((row) => row.metadata !== undefined) ? rows.map((row) => row.metadata) : [],
    roles: Uint8Array.from(rows, (row) => (row.role === 'aggregate' ? 1 : 0)),
    qualities: Float64Array.from(rows, (row) => row.quality),
    createdAt: Float64Array.from(rows, (row) => row.createdAt),
    vectors,
    ends,
  };
}

function rowAt(rows: PackedRows, i: number): StoredRow {
  return {
    id: formatUuid(rows.ids, 16 * i),
    identity: rows.identities[i] as string,
    metadata: rows.metadata[i],
    vector: vectorAt(rows, i),
    role: rows.roles[i] === 1 ? 'aggregate' : 'faceprint',
    quality: rows.qualities[i] as number,
    createdAt: rows.createdAt[i] as number,
  };
}

/** The bytes of one vector. */
export function vectorAt({ vectors, ends }: PackedRows, i: number): Uint8Array {
  return vectors.subarray(i === 0 ? 0 : (ends[i - 1] as number), ends[i] as number);
}

function packIds(ids: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(16 * ids.length);
  for (const [i, id] of ids.entries()) parseUuidInto(id, bytes, 16 * i);
  return bytes;
}
