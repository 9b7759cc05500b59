/** The condition on metadata that every store understands. */

import { VultusError } from '../errors.ts';
import type { Metadata, Where } from './types.ts';

/** Whether each key named holds this very value at the top level; keys that the row has besides do not matter. */
export function matchesWhere(metadata: Metadata | undefined, where: Where): boolean {
  return Object.entries(where).every(([key, value]) => metadata?.[key] === value);
}

/** @throws VultusError `INVALID_ARGUMENT` when a value is no text, number or boolean */
export function checkedWhere(where: Where | undefined): Where | undefined {
  for (const [key, value] of Object.entries(where ?? {})) {
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) continue;
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected where.${key} to be text, a number or a boolean, got ${value === null ? 'null' : typeof value}. Use filter for anything else`,
    );
  }
  return where;
}
