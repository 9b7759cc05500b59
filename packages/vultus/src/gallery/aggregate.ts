/** An identity's aggregate: the quality-weighted mean of its faceprints, kept in step with them. */

import type { Mirror } from './mirror.ts';
import type { CollectionHeader, StoredRow, Write } from './store.ts';
import { uuidV7 } from './uuid.ts';
import { decodeVector, encodeVector } from './vector.ts';

/**
 * The writes that bring aggregates up to date after the given writes: for each identity touched that has one, and for
 * those named in `create`. An identity whose faceprints all go loses its aggregate.
 */
export function aggregateWrites(mirror: Mirror, writes: readonly Write[], create: readonly string[] = []): Write[] {
  if (mirror.roster.aggregates === 0 && create.length === 0) return [];
  const after = new Map<string, StoredRow | undefined>();
  const touched = new Set(create);
  const { roster } = mirror;
  for (const write of writes) {
    const id = write.kind === 'put' ? write.row.id : write.id;
    const slot = roster.slotOf(id);
    if (slot !== undefined) touched.add(roster.identityAt(slot));
    if (write.kind === 'put') touched.add(write.row.identity);
    if (write.kind === 'describe') touched.add(write.identity);
    after.set(id, rowAfter(mirror, write));
  }
  return [...touched].flatMap((identity) => updateOne(mirror, identity, after, create.includes(identity)));
}

/** What a row will be once the write is done. */
function rowAfter(mirror: Mirror, write: Write): StoredRow | undefined {
  if (write.kind === 'put') return write.row;
  const slot = mirror.roster.slotOf(write.id);
  if (write.kind === 'remove' || slot === undefined) return undefined;
  return { ...storedRow(mirror, slot), identity: write.identity, metadata: write.metadata };
}

function updateOne(
  mirror: Mirror,
  identity: string,
  after: ReadonlyMap<string, StoredRow | undefined>,
  create: boolean,
): Write[] {
  const slots = mirror.roster.slotsOf(identity);
  const present = slots.find((slot) => mirror.roster.isAggregate(slot));
  const kept = present === undefined ? undefined : mirror.roster.rowAt(present);
  if (kept === undefined && !create) return [];
  const untouched = slots.map((slot) => storedRow(mirror, slot)).filter((row) => !after.has(row.id));
  const members = [...untouched, ...[...after.values()].filter((row) => row?.identity === identity)].filter(
    (row): row is StoredRow => row?.role === 'faceprint',
  );
  // The aggregate may itself be removed or renamed by the writes that led here.
  if (kept !== undefined && after.has(kept.id)) return [];
  return aggregateWrite(mirror.header, identity, kept, members);
}

/** The write that makes an identity's aggregate the mean of its members, or removes it when they tell nothing. */
export function aggregateWrite(
  header: CollectionHeader,
  identity: string,
  kept: Pick<StoredRow, 'id' | 'metadata'> | undefined,
  members: readonly StoredRow[],
): Write[] {
  const mean = members.length === 0 ? undefined : weightedMean(header, members);
  if (mean === undefined) return kept === undefined ? [] : [{ kind: 'remove', id: kept.id }];
  const row: StoredRow = {
    id: kept?.id ?? uuidV7(),
    identity,
    metadata: kept?.metadata,
    vector: encodeVector(mean, header.precision),
    role: 'aggregate',
    quality: 1,
    createdAt: Date.now(),
  };
  return [{ kind: 'put', row }];
}

/** Unit length; undefined when the members cancel out. */
function weightedMean(
  { contract, precision }: CollectionHeader,
  members: readonly StoredRow[],
): Float32Array | undefined {
  const sum = new Float64Array(contract.dimension);
  for (const member of members) {
    const vector = decodeVector(member.vector, contract.dimension, precision);
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + member.quality * (vector[i] as number);
  }
  let length = 0;
  for (const x of sum) length += x * x;
  length = Math.sqrt(length);
  return length > 1e-12 ? Float32Array.from(sum, (x) => x / length) : undefined;
}

function storedRow(mirror: Mirror, slot: number): StoredRow {
  return { ...mirror.roster.rowAt(slot), vector: encodeVector(mirror.index.vector(slot), mirror.header.precision) };
}
