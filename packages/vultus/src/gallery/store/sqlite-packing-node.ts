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

/** A row of the feed: number, id, identity, role, quality, time of making, metadata, vector. */
export type RowTuple = readonly [number, Uint8Array, string, number, number, number, string | null, Uint8Array];

/** A removal in the feed: number, id. */
export type RemovalTuple = readonly [number, Uint8Array];

/**
 * The first `limit` changes of what a file gave, both lists by number and each up to one more than that.
 * {@link buffersOf} lists what can be moved instead of copied.
 */
export function packPage(
  puts: readonly RowTuple[],
  removals: readonly RemovalTuple[],
  { limit, head, floor }: { readonly limit: number; readonly head: number; readonly floor: number },
): PackedPage {
  const total = puts.length + removals.length;
  const count = Math.min(limit, total);
  const seqs = new Float64Array(count);
  const removed = new Uint8Array(count);
  let [row, gone] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [put, removal] = [puts[row], removals[gone]];
    const isPut = removal === undefined || (put !== undefined && put[0] < removal[0]);
    seqs[i] = (isPut ? put : removal)?.[0] as number;
    removed[i] = isPut ? 0 : 1;
    if (isPut) row += 1;
    else gone += 1;
  }
  const done = total <= limit;
  const removedIds = new Uint8Array(16 * gone);
  for (let i = 0; i < gone; i++) removedIds.set((removals[i] as RemovalTuple)[1], 16 * i);
  const seq = done ? head : (seqs[count - 1] as number);
  return { seq, done, floor, seqs, removed, removedIds, rows: packTuples(puts.slice(0, row)) };
}

/** Whether an answer of the thread is a page. */
export function isPage(value: unknown): value is PackedPage {
  return typeof value === 'object' && value !== null && 'removedIds' in value;
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
  const packed = emptyRows(rows.length, lengthOf(rows.map((row) => row.vector)));
  for (const [i, { id, vector, role, quality, createdAt }] of rows.entries()) {
    parseUuidInto(id, packed.ids, 16 * i);
    packed.roles[i] = role === 'aggregate' ? 1 : 0;
    packed.qualities[i] = quality;
    packed.createdAt[i] = createdAt;
    appendVector(packed, i, vector);
  }
  const hasMetadata = rows.some((row) => row.metadata !== undefined);
  return {
    ...packed,
    identities: rows.map((row) => row.identity),
    metadata: hasMetadata ? rows.map((row) => row.metadata) : [],
  };
}

function packTuples(rows: readonly RowTuple[]): PackedRows {
  const packed = emptyRows(rows.length, lengthOf(rows.map((row) => row[7])));
  for (const [i, [, id, , role, quality, createdAt, , vector]] of rows.entries()) {
    packed.ids.set(id, 16 * i);
    packed.roles[i] = role;
    packed.qualities[i] = quality;
    packed.createdAt[i] = createdAt;
    appendVector(packed, i, vector);
  }
  const hasMetadata = rows.some((row) => row[6] !== null);
  return {
    ...packed,
    identities: rows.map((row) => row[2]),
    metadata: hasMetadata ? rows.map((row) => row[6] ?? undefined) : [],
  };
}

function emptyRows(count: number, vectorBytes: number) {
  return {
    ids: new Uint8Array(16 * count),
    roles: new Uint8Array(count),
    qualities: new Float64Array(count),
    createdAt: new Float64Array(count),
    vectors: new Uint8Array(vectorBytes),
    ends: new Float64Array(count),
  };
}

function lengthOf(vectors: readonly Uint8Array[]): number {
  return vectors.reduce((sum, vector) => sum + vector.length, 0);
}

function appendVector({ vectors, ends }: Pick<PackedRows, 'vectors' | 'ends'>, i: number, vector: Uint8Array): void {
  const from = i === 0 ? 0 : (ends[i - 1] as number);
  vectors.set(vector, from);
  ends[i] = from + vector.length;
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
