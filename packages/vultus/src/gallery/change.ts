/** The writes that change rows which are there: an update, another name. */

import { VultusError } from '../errors.ts';
import { checkedIdentity, enrolmentWrites, metadataText } from './enrolment.ts';
import type { CollectionHeader, StoredRow, Write } from './store.ts';
import type { Enrolled, Enrolment, RowChange } from './types.ts';

/** The write that changes a row in place. @throws VultusError `INVALID_ARGUMENT`, `EMBEDDING_MISMATCH` */
export function updateWrite(header: CollectionHeader, row: Enrolled, change: RowChange): Write {
  const { id } = row;
  const metadata = change.metadata === null ? undefined : (change.metadata ?? row.metadata);
  const identity = change.identity ?? row.identity;
  if (change.faceprint === undefined && change.quality === undefined) {
    return { kind: 'describe', id, identity: checkedIdentity(identity), metadata: metadataText(metadata) };
  }
  const { faceprint = row.faceprint, quality = row.quality } = change;
  const item: Enrolment = { id, faceprint, identity, quality, ...(metadata === undefined ? {} : { metadata }) };
  return enrolmentWrites(header, [item], Date.parse(row.createdAt))[0] as Write;
}

/** The writes that give rows another identity; with `merging`, which has an aggregate already, theirs goes. */
export function renameWrites(
  rows: readonly Pick<StoredRow, 'id' | 'role' | 'metadata'>[],
  to: string,
  merging: boolean,
): Write[] {
  const identity = checkedIdentity(to);
  return rows.map(({ id, role, metadata }) =>
    role === 'aggregate' && merging ? { kind: 'remove', id } : { kind: 'describe', id, identity, metadata },
  );
}

/** `IDENTITY_NOT_FOUND`, worded alike by every collection. */
export function identityNotFound(identity: string): VultusError {
  return new VultusError('IDENTITY_NOT_FOUND', `The collection has no identity ${JSON.stringify(identity)}`);
}

/** `FACEPRINT_NOT_FOUND` for an update, worded alike by every collection. */
export function nothingToUpdate(id: string): VultusError {
  return new VultusError('FACEPRINT_NOT_FOUND', `The collection has no faceprint ${id} to update`);
}
