/** What pgvector adds to the tables of a gallery: a halfvec for each vector, kept in step, and a graph over them. */

import { VultusError } from '../../errors.ts';
import { fromFloat16, toFloat16 } from '../../face/float16.ts';
import type { CollectionHeader, Write } from '../store.ts';
import { decodeVector } from '../vector.ts';
import { collectionGone } from './memory.ts';
import { Literal, type Sql } from './postgres-connections-node.ts';
import { headerOf } from './postgres-node.ts';

/** The extension's first version with iterative scans. */
const leastVersion = 0.8;

const rowsPerFill = 500;

/** A graph index (HNSW) over the halfvecs of a collection. */
export interface HalfIndex {
  /** Neighbours of a node, `m`. */
  readonly connections: number;
  /** Candidates looked at while building, `ef_construction`. */
  readonly build: number;
  /** Candidates looked at by a search, `ef`. */
  readonly search: number;
}

/** A collection as the tables know it. */
export interface Kept {
  readonly number: number;
  readonly header: CollectionHeader;
}

/** Undefined when the collection was deleted. */
export async function findKept(sql: Sql, id: string): Promise<Kept | undefined> {
  const [row] = (await sql`SELECT number, id, name, header FROM vultus_collection WHERE id = ${id}`).rows;
  return row === undefined ? undefined : { number: Number(row.number), header: headerOf(row) };
}

/** @throws VultusError `COLLECTION_NOT_FOUND` */
export async function keptOf(sql: Sql, id: string): Promise<Kept> {
  const kept = await findKept(sql, id);
  if (kept === undefined) throw collectionGone();
  return kept;
}

/**
 * Within the transaction that makes the tables. A writer that knows nothing of halfvecs leaves them empty, and the
 * trigger empties one whose vector was replaced; {@link fillHalves} finds both by the partial index.
 */
export async function createHalves(sql: Sql): Promise<void> {
  await createExtension(sql);
  await sql`
    ALTER TABLE vultus_faceprint ADD COLUMN IF NOT EXISTS half halfvec;
    CREATE INDEX IF NOT EXISTS vultus_faceprint_identity ON vultus_faceprint (collection, identity);
    CREATE INDEX IF NOT EXISTS vultus_faceprint_no_half ON vultus_faceprint (collection) WHERE half IS NULL;
    CREATE OR REPLACE FUNCTION vultus_forget_half() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN NEW.half := NULL; RETURN NEW; END';
    CREATE OR REPLACE TRIGGER vultus_forget_half BEFORE UPDATE OF vector ON vultus_faceprint
      FOR EACH ROW WHEN (OLD.vector IS DISTINCT FROM NEW.vector) EXECUTE FUNCTION vultus_forget_half();`;
}

async function createExtension(sql: Sql): Promise<void> {
  const [offered] = (
    await sql`SELECT coalesce(installed_version, default_version) AS version FROM pg_available_extensions WHERE name = 'vector'`
  ).rows;
  const version = Number.parseFloat(String(offered?.version ?? 'none'));
  if (!(version >= leastVersion)) {
    throw new VultusError(
      'DEPENDENCY_MISSING',
      `Searching in PostgreSQL needs its extension vector ≥ ${leastVersion}, the server has ${offered === undefined ? 'none' : String(offered.version)}. Install pgvector, or open the gallery through postgres://`,
    );
  }
  await sql`CREATE EXTENSION IF NOT EXISTS vector`;
}

/** Writes the halfvecs of the rows that a transaction put. */
export async function setHalves(sql: Sql, kept: Kept, writes: readonly Write[]): Promise<void> {
  const vectors = new Map<string, Uint8Array>();
  for (const write of writes) if (write.kind === 'put') vectors.set(write.row.id, write.row.vector);
  await updateHalves(sql, kept, [...vectors]);
}

/** Writes the halfvecs that are missing. */
export async function fillHalves(sql: Sql, kept: Kept): Promise<void> {
  for (;;) {
    const { rows } = await sql`SELECT id, vector FROM vultus_faceprint
      WHERE collection = ${kept.number} AND half IS NULL LIMIT ${rowsPerFill}`;
    await updateHalves(
      sql,
      kept,
      rows.map((row) => [row.id as string, new Uint8Array(row.vector as Uint8Array)]),
    );
    if (rows.length < rowsPerFill) return;
  }
}

async function updateHalves(sql: Sql, { number, header }: Kept, rows: readonly [string, Uint8Array][]): Promise<void> {
  const { contract, precision } = header;
  for (let from = 0; from < rows.length; from += rowsPerFill) {
    const some = rows.slice(from, from + rowsPerFill);
    const halves = some.map(([, bytes]) => halfText(decodeVector(bytes, contract.dimension, precision)));
    // A row whose vector another replaces in this moment is emptied again by the trigger, and filled by the next look.
    await sql`UPDATE vultus_faceprint AS f SET half = given.half::halfvec
      FROM unnest(${some.map(([id]) => id)}::uuid[], ${halves}::text[]) AS given (id, half)
      WHERE f.collection = ${number} AND f.id = given.id`;
  }
}

/** Makes the graph unless it is there. It takes hours for millions of rows, and writers wait meanwhile. */
export async function makeHalfIndex(sql: Sql, kept: Kept, index: HalfIndex): Promise<void> {
  await fillHalves(sql, kept);
  const [number, dimension] = [new Literal(kept.number), new Literal(kept.header.contract.dimension)];
  await sql`CREATE INDEX IF NOT EXISTS vultus_half_${number} ON vultus_faceprint
    USING hnsw ((half::halfvec(${dimension})) halfvec_ip_ops)
    WITH (m = ${new Literal(index.connections)}, ef_construction = ${new Literal(index.build)})
    WHERE collection = ${number}`;
}

/** Removes the graph of a collection, if there is one. */
export async function dropHalfIndex(sql: Sql, { number }: Kept): Promise<void> {
  await sql`DROP INDEX IF EXISTS vultus_half_${new Literal(number)}`;
}

/** A vector as pgvector reads it; five digits give every float16 back. */
export function halfText(vector: Float32Array): string {
  return `[${Array.from(vector, (x) => Number(fromFloat16(toFloat16(x)).toPrecision(5))).join(',')}]`;
}
