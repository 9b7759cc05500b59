/** Rows of a gallery as points of Qdrant, and back. */

import { VultusError } from '../../errors.ts';
import type { DescribedRow, NearestRequest } from '../remote/search-store.ts';
import type { CollectionHeader, StoredRow, Write } from '../store.ts';
import { decodeVector, encodeVector } from '../vector.ts';
import { faceprintNotFound } from './memory.ts';
import type { Json, QdrantFilter, QdrantHit, QdrantPoint } from './qdrant-client.ts';

/** Points in one request: 5 MB at 512 components, where the server takes 32. */
const pointsPerRequest = 500;

/** The condition that a request puts on points. */
export function filterOf({
  role,
  identities,
  where,
}: Pick<NearestRequest, 'role' | 'identities' | 'where'>): QdrantFilter {
  const must: Json[] = [];
  if (role !== undefined) must.push({ key: 'role', match: { value: role } });
  if (identities !== undefined) must.push({ key: 'identity', match: { any: identities } });
  for (const [key, value] of Object.entries(where ?? {})) {
    // A path cannot name such a key. Whatever comes back is looked at again by the caller.
    if (!key.includes('"')) must.push(valueCondition(`metadata.${quoted(key)}`, value));
  }
  return { must };
}

/** `match` knows text, whole numbers and booleans; other numbers are a range of one. */
function valueCondition(key: string, value: string | number | boolean): Json {
  if (typeof value === 'number') return { key, range: { gte: value, lte: value } };
  return { key, match: { value } };
}

/** Qdrant's JSON paths take any key in quotes but one that has quotes itself. */
function quoted(key: string): string {
  return /^[a-zA-Z0-9_-]+$/.test(key) ? key : `"${key}"`;
}

/** A found point without its vector. */
export function describedRow({ id, payload }: QdrantHit | QdrantPoint): DescribedRow {
  const { identity, role, quality, createdAt, metadata } = payload;
  return {
    id,
    identity: String(identity),
    metadata: metadata === undefined || metadata === null ? undefined : JSON.stringify(metadata),
    role: role === 'aggregate' ? 'aggregate' : 'faceprint',
    quality: Number(quality),
    createdAt: Number(createdAt),
  };
}

/** A point as a row. */
export function storedRow({ precision }: CollectionHeader, point: QdrantPoint): StoredRow {
  return { ...describedRow(point), vector: encodeVector(Float32Array.from(point.vector), precision) };
}

/**
 * The update operations for writes, in order, neighbours of one kind together.
 * @param known the points that `describe` steps name
 * @throws VultusError `FACEPRINT_NOT_FOUND`, `INVALID_ARGUMENT` for a chip
 */
export function operationsOf(
  header: CollectionHeader,
  writes: readonly Write[],
  known: readonly QdrantPoint[],
): Json[] {
  const operations: Json[] = [];
  const payloads = new Map(known.map((point) => [point.id, point.payload]));
  for (let from = 0; from < writes.length; ) {
    const { kind } = writes[from] as Write;
    let to = from;
    while (writes[to]?.kind === kind && to - from < pointsPerRequest) to += 1;
    const run = writes.slice(from, to);
    if (kind === 'put') operations.push({ upsert: { points: run.map((write) => pointOf(header, write)) } });
    else if (kind === 'remove') operations.push({ delete: { points: run.map(idOf) } });
    else for (const write of run) operations.push(describeOperation(write, payloads));
    from = to;
  }
  return operations;
}

function describeOperation(write: Write, payloads: ReadonlyMap<string, Json>): Json {
  const id = idOf(write);
  const before = payloads.get(id);
  if (before === undefined || write.kind !== 'describe') throw faceprintNotFound(id);
  const { metadata: _, ...rest } = before;
  const payload = { ...rest, identity: write.identity, ...metadataPayload(write.metadata) };
  return { overwrite_payload: { payload, points: [id] } };
}

function pointOf({ contract, precision }: CollectionHeader, write: Write): Json {
  if (write.kind !== 'put') throw faceprintNotFound(idOf(write));
  const { row, chip } = write;
  if (chip !== undefined) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      'A gallery in Qdrant keeps no pictures. Leave out the chip, and name the picture in the metadata',
    );
  }
  const { id, identity, metadata, role, quality, createdAt, vector } = row;
  const payload = { identity, role, quality, createdAt, ...metadataPayload(metadata) };
  return { id, vector: digits(decodeVector(vector, contract.dimension, precision)), payload };
}

function metadataPayload(metadata: string | undefined): Json {
  return metadata === undefined ? {} : { metadata: JSON.parse(metadata) };
}

/** Nine digits give every float32 back, and take half the room of its double. */
function digits(vector: Float32Array): number[] {
  return Array.from(vector, (x) => Number(x.toPrecision(9)));
}

function idOf(write: Write): string {
  return write.kind === 'put' ? write.row.id : write.id;
}
