/** What stands in a `pgvector://` URL besides the database. */

import { VultusError } from '../../errors.ts';
import type { HalfIndex } from './pgvector-schema-node.ts';

/** The graph of vector.md's equal-recall setting: dense, since the mates that matter are the hard ones. */
const defaults = { m: 32, ef_construction: 256, ef: 512 };

/** A URL taken apart. */
export interface PgvectorUrl {
  /** The same database as `postgres://…`. */
  readonly server: string;
  /** Absent: every vector is compared. */
  readonly index?: HalfIndex;
}

/** @throws VultusError `INVALID_ARGUMENT` for an unknown index or a number out of range; the URL is not repeated */
export function pgvectorUrl(text: string): PgvectorUrl {
  const url = parsed(text.replace(/^pgvector:/, 'postgres:'));
  const taken = (name: string): string | undefined => {
    const value = url.searchParams.get(name) ?? undefined;
    url.searchParams.delete(name);
    return value;
  };
  const kind = taken('index') ?? 'exact';
  const numbers = {
    connections: whole('m', taken('m'), defaults.m, 2, 100),
    build: whole('ef_construction', taken('ef_construction'), defaults.ef_construction, 4, 1000),
    search: whole('ef', taken('ef'), defaults.ef, 1, 1000),
  };
  if (kind === 'exact') return { server: url.href };
  if (kind === 'hnsw' && numbers.build >= 2 * numbers.connections) return { server: url.href, index: numbers };
  throw new VultusError(
    'INVALID_ARGUMENT',
    kind === 'hnsw'
      ? 'Expected ef_construction to be at least twice m'
      : `Expected index=exact or index=hnsw in the pgvector URL, got ${JSON.stringify(kind)}`,
  );
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new VultusError('INVALID_ARGUMENT', 'Expected a URL such as pgvector://user@host/database');
  }
}

function whole(name: string, text: string | undefined, usual: number, least: number, most: number): number {
  const value = text === undefined ? usual : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected ${name} to be a whole number from ${least} to ${most}, got ${value}`,
  );
}
