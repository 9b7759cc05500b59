/** A collection's header: made, checked, and told to callers. */

import { VultusError } from '../errors.ts';
import { isText } from './enrolment.ts';
import type { CollectionHeader, CollectionStats } from './store.ts';
import type { CollectionInfo, CollectionOptions } from './types.ts';
import { uuidV7 } from './uuid.ts';

/** The header of a collection to be made. @throws VultusError `INVALID_ARGUMENT` */
export function newHeader(name: string, options: CollectionOptions): CollectionHeader {
  const { contract, precision = 'float32' } = options;
  checkedName(name);
  const isNamed = [contract?.id, contract?.version, contract?.sha256].every((text) => isText(text, 1024));
  if (!isNamed) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected a contract with id, version and sha256, got ${JSON.stringify(contract)}. Take that of a faceprint`,
    );
  }
  if (!Number.isInteger(contract.dimension) || contract.dimension < 1 || contract.dimension > 4096) {
    throw new VultusError('INVALID_ARGUMENT', `Expected a contract of 1 to 4096 components, got ${contract.dimension}`);
  }
  if (!['float32', 'float16', 'int8'].includes(precision)) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected precision float32, float16 or int8, got ${JSON.stringify(precision)}`,
    );
  }
  const { id, version, sha256, dimension } = contract;
  return {
    id: uuidV7(),
    name,
    contract: { id, version, sha256, dimension },
    precision,
    createdAt: new Date().toISOString(),
  };
}

/** @throws VultusError `INVALID_ARGUMENT` when it cannot be the name of a collection */
export function checkedName(name: string): string {
  if (isText(name, 255)) return name;
  throw new VultusError(
    'INVALID_ARGUMENT',
    'Expected the name of a collection to be well-formed text of 1 to 255 characters',
  );
}

/** Header and counts as callers see them. */
export function infoOf(header: CollectionHeader, stats: CollectionStats): CollectionInfo {
  const { name, contract, precision, createdAt, keyId } = header;
  const encrypted = keyId !== undefined;
  return { name, contract, precision, ...stats, encrypted, ...(encrypted ? { keyId } : {}), createdAt };
}

/** `COLLECTION_NOT_FOUND` for a name, worded alike by every gallery. */
export function collectionNotFound(name: string): VultusError {
  return new VultusError(
    'COLLECTION_NOT_FOUND',
    `The gallery has no collection ${JSON.stringify(name)}. Create it, or list what there is`,
  );
}
