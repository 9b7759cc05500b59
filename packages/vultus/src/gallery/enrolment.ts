/** From what a caller hands over to rows: everything is checked here, before anything is written. */

import { VultusError } from '../errors.ts';
import { assertComparable } from '../face/faceprint.ts';
import type { CollectionHeader, StoredRow, Write } from './store.ts';
import type { Enrolment, Metadata } from './types.ts';
import { isUuid, uuidV7 } from './uuid.ts';
import { encodedLength, encodeInto, unitVector } from './vector.ts';

/** Longest identity name and metadata text, in UTF-16 units. */
const longestIdentity = 1024;
const longestMetadata = 65_536;

/** A write that puts a row. */
export type Put = Extract<Write, { kind: 'put' }>;

/**
 * The writes that enrol faceprints, in order. Their vectors share one buffer, which threads copy at once.
 * @throws VultusError `EMBEDDING_MISMATCH` or `INVALID_ARGUMENT`, naming the item
 */
export function enrolmentWrites(header: CollectionHeader, items: readonly Enrolment[], now = Date.now()): Put[] {
  const length = encodedLength(header.contract.dimension, header.precision);
  const buffer = new Uint8Array(length * items.length);
  return items.map((item, i) => enrolmentWrite(header, item, now, buffer.subarray(i * length, (i + 1) * length)));
}

function enrolmentWrite(header: CollectionHeader, item: Enrolment, now: number, bytes: Uint8Array): Put {
  assertComparable(item.faceprint.contract, header.contract);
  const what = `The faceprint for ${JSON.stringify(item.identity)}`;
  const vector = unitVector(item.faceprint.vector, header.contract.dimension, what);
  const quality = item.quality ?? 1;
  if (!(quality > 0 && Number.isFinite(quality))) {
    throw new VultusError('INVALID_ARGUMENT', `${what}: expected quality > 0, got ${quality}`);
  }
  if (item.id !== undefined && !isUuid(item.id)) {
    throw new VultusError('INVALID_ARGUMENT', `${what}: expected id to be a UUID, got ${JSON.stringify(item.id)}`);
  }
  encodeInto(vector, header.precision, bytes);
  const row: StoredRow = {
    id: item.id?.toLowerCase() ?? uuidV7(),
    identity: checkedIdentity(item.identity),
    metadata: metadataText(item.metadata),
    vector: bytes,
    role: 'faceprint',
    quality,
    createdAt: item.createdAt === undefined ? now : checkedTime(item.createdAt, what),
  };
  return item.chip === undefined ? { kind: 'put', row } : { kind: 'put', row, chip: item.chip };
}

function checkedTime(text: string, what: string): number {
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `${what}: expected createdAt to be an ISO 8601 time, got ${JSON.stringify(text)}`,
  );
}

/** @throws VultusError `INVALID_ARGUMENT` for an empty, overlong or non-text name */
export function checkedIdentity(identity: string): string {
  if (isText(identity, longestIdentity)) return identity;
  const got = typeof identity === 'string' ? `${(identity as string).length} characters` : typeof identity;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected identity to be well-formed text of 1 to ${longestIdentity} characters, got ${got}`,
  );
}

/** Whether it is text of 1 to `longest` UTF-16 units without NUL or a lone surrogate, which not every store could give back. */
export function isText(text: unknown, longest: number): text is string {
  return typeof text === 'string' && text.length > 0 && text.length <= longest && !/[\0\p{Surrogate}]/u.test(text);
}

/** @throws VultusError `INVALID_ARGUMENT` when it is not a JSON object, or too long */
export function metadataText(metadata: Metadata | undefined): string | undefined {
  if (metadata === undefined) return undefined;
  const plain = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
  const text = plain ? serialise(metadata) : undefined;
  if (text === undefined || text.length > longestMetadata) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected metadata to be a JSON object of at most ${longestMetadata} characters`,
    );
  }
  return text;
}

function serialise(metadata: Metadata): string | undefined {
  try {
    return JSON.stringify(metadata);
  } catch {
    return undefined;
  }
}
