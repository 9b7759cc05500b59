/** The statements that search halfvecs, and the proof that nothing was lost by their rounding. */

import { dot } from '../index/exact.ts';
import type { NearestRequest, NearRow } from '../remote/search-store.ts';
import { decodeVector } from '../vector.ts';
import { type HalfIndex, halfText, type Kept } from './pgvector-schema-node.ts';
import { Literal, type Row, type Sql } from './postgres-connections-node.ts';
import { storedRowOf } from './postgres-node.ts';

/**
 * The most by which rounding both unit vectors to float16 (relative error 2⁻¹¹ each) and adding up in float32 can change
 * their inner product: |x·q − x̂·q̂| ≤ ‖x − x̂‖·‖q‖ + ‖x̂‖·‖q − q̂‖.
 */
const roundingError = 2 * 2 ** -11 * (1 + 2 ** -11) + 1e-4;

/** pgvector's limit. */
const largestSearch = 1000;

/** A row with both of its scores. */
export interface Rescored extends NearRow {
  /** As the database saw it. */
  readonly about: number;
}

/** The `take` rows whose halfvecs are nearest among all, scored in full. */
export async function scanHalves(
  sql: Sql,
  kept: Kept,
  query: Float32Array,
  request: NearestRequest,
  take: number,
): Promise<Rescored[]> {
  const { role, identities, where } = conditions(request);
  const farthest = roundingError - request.minScore;
  const half = halfText(query);
  // Without the cast to halfvec(n) no graph index applies.
  const { rows } =
    await sql`SELECT id, identity, role, quality, created, metadata, vector, -(half <#> ${half}::halfvec) AS about
    FROM vultus_faceprint
    WHERE collection = ${kept.number} AND half IS NOT NULL AND (half <#> ${half}::halfvec) <= ${farthest}
      AND (${role}::smallint IS NULL OR role = ${role}::smallint)
      AND (${identities}::text[] IS NULL OR identity = ANY (${identities}::text[]))
      AND (${where}::jsonb IS NULL OR metadata::jsonb @> ${where}::jsonb)
    ORDER BY half <#> ${half}::halfvec LIMIT ${take}`;
  return rows.map((row) => rescored(kept, query, row));
}

/** The rows that the graph finds nearest, scored in full. Within a transaction. */
export async function walkGraph(
  sql: Sql,
  kept: Kept,
  query: Float32Array,
  request: NearestRequest,
  index: HalfIndex,
): Promise<Rescored[]> {
  const { role, identities, where } = conditions(request);
  const half = halfText(query);
  const dimension = new Literal(kept.header.contract.dimension);
  const ef = Math.min(largestSearch, Math.max(index.search, request.limit));
  await sql`SELECT set_config('hnsw.ef_search', ${String(ef)}, true),
    set_config('hnsw.iterative_scan', 'strict_order', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_sort', 'off', true)`;
  const { rows } = await sql`SELECT id, identity, role, quality, created, metadata, vector,
      -((half::halfvec(${dimension})) <#> ${half}::halfvec(${dimension})) AS about
    FROM vultus_faceprint
    WHERE collection = ${new Literal(kept.number)}
      AND (${role}::smallint IS NULL OR role = ${role}::smallint)
      AND (${identities}::text[] IS NULL OR identity = ANY (${identities}::text[]))
      AND (${where}::jsonb IS NULL OR metadata::jsonb @> ${where}::jsonb)
    ORDER BY (half::halfvec(${dimension})) <#> ${half}::halfvec(${dimension}) LIMIT ${request.limit}`;
  return rows.map((row) => rescored(kept, query, row));
}

/** The answer, once no row beyond those found can belong to it; undefined when more must be looked at. */
export function certifiedRows(
  found: readonly Rescored[],
  request: NearestRequest,
  take: number,
): NearRow[] | undefined {
  const best = bestRows(found, request);
  if (found.length < take) return best;
  const bound = Math.min(...found.map(({ about }) => about)) + roundingError;
  const last = best.at(-1);
  if (best.length === request.limit && last !== undefined && last.score >= bound) return best;
  return bound < request.minScore ? best : undefined;
}

/** As many as wanted, best first. */
export function bestRows(found: readonly Rescored[], { limit, minScore }: NearestRequest): NearRow[] {
  return found
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score || (a.row.id < b.row.id ? -1 : 1))
    .slice(0, limit);
}

/** Absent conditions as NULL. */
function conditions({ role, identities, where }: NearestRequest): {
  readonly role: number | null;
  readonly identities: readonly string[] | null;
  readonly where: string | null;
} {
  return {
    role: role === undefined ? null : role === 'aggregate' ? 1 : 0,
    identities: identities ?? null,
    where: where === undefined || Object.keys(where).length === 0 ? null : JSON.stringify(where),
  };
}

function rescored({ header }: Kept, query: Float32Array, found: Row): Rescored {
  const { contract, precision } = header;
  const { vector, ...row } = storedRowOf(found);
  const score = dot(query, decodeVector(vector, contract.dimension, precision));
  return { row, score, about: Number(found.about) };
}
