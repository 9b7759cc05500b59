/** The statements of a write to PostgreSQL, within its transaction. */

import type { Sql } from 'postgres';
import type { Write } from '../store.ts';
import { faceprintNotFound } from './memory.ts';

/** How many removals are remembered for mirrors that lag behind. */
const removalsKept = 4096;

/**
 * Applies writes in order, neighbours of one kind in one statement as long as no id comes twice.
 * @param before the number before that of the first write
 */
export async function applyWrites(
  sql: Sql,
  collection: number,
  before: number,
  writes: readonly Write[],
): Promise<void> {
  let removals = 0;
  for (let from = 0; from < writes.length; ) {
    const { kind } = writes[from] as Write;
    const ids = new Set<string>();
    let to = from;
    for (let write = writes[to]; write?.kind === kind && to - from < 500 && !ids.has(idOf(write)); write = writes[to]) {
      ids.add(idOf(write));
      to += 1;
    }
    const run = writes.slice(from, to).map((write, i) => ({ seq: before + from + i + 1, write }));
    if (kind === 'put') await putAll(sql, collection, run as readonly Numbered<'put'>[]);
    else if (kind === 'remove') removals += await removeAll(sql, collection, run as readonly Numbered<'remove'>[]);
    else for (const each of run as readonly Numbered<'describe'>[]) await describeOne(sql, collection, each);
    from = to;
  }
  if (removals > 0) await forgetRemovals(sql, collection, before, before + writes.length);
}

interface Numbered<K extends Write['kind']> {
  readonly seq: number;
  readonly write: Extract<Write, { kind: K }>;
}

function idOf(write: Write): string {
  return write.kind === 'put' ? write.row.id : write.id;
}

async function describeOne(sql: Sql, collection: number, { seq, write }: Numbered<'describe'>): Promise<void> {
  const { id, identity, metadata = null } = write;
  const changed = await sql`UPDATE vultus_faceprint SET seq = ${seq}, identity = ${identity}, metadata = ${metadata}
    WHERE collection = ${collection} AND id = ${id}`;
  if (changed.count === 0) throw faceprintNotFound(id);
}

async function removeAll(sql: Sql, collection: number, run: readonly Numbered<'remove'>[]): Promise<number> {
  const given = JSON.stringify(run.map(({ seq, write }) => ({ seq, id: write.id })));
  const gone = await sql`
    WITH given AS (SELECT * FROM json_to_recordset(${given}::text::json) AS given (seq bigint, id uuid)),
      chips AS (DELETE FROM vultus_chip WHERE collection = ${collection} AND id IN (SELECT id FROM given)),
      gone AS (
        DELETE FROM vultus_faceprint WHERE collection = ${collection} AND id IN (SELECT id FROM given) RETURNING id)
    INSERT INTO vultus_removed (collection, seq, id)
    SELECT ${collection}, given.seq, gone.id FROM gone JOIN given USING (id)`;
  return gone.count;
}

async function putAll(sql: Sql, collection: number, run: readonly Numbered<'put'>[]): Promise<void> {
  // One JSON text instead of eight arrays.
  const given = JSON.stringify(
    run.map(({ seq, write: { row } }) => ({
      seq,
      id: row.id,
      identity: row.identity,
      role: row.role === 'aggregate' ? 1 : 0,
      quality: row.quality,
      created: row.createdAt,
      metadata: row.metadata,
      vector: Buffer.from(row.vector).toString('base64'),
    })),
  );
  await sql`
    INSERT INTO vultus_faceprint (collection, seq, id, identity, role, quality, created, metadata, vector)
    SELECT ${collection}, seq, id, identity, role, quality, created, metadata, decode(vector, 'base64')
    FROM json_to_recordset(${given}::text::json) AS given (
      seq bigint, id uuid, identity text, role smallint, quality float8, created bigint, metadata text, vector text)
    ON CONFLICT (collection, id) DO UPDATE SET seq = excluded.seq, identity = excluded.identity, role = excluded.role,
      quality = excluded.quality, created = excluded.created, metadata = excluded.metadata, vector = excluded.vector`;
  for (const { write } of run) {
    if (write.chip === undefined) continue;
    await sql`INSERT INTO vultus_chip (collection, id, bytes)
      VALUES (${collection}, ${write.row.id}, ${Buffer.from(write.chip)})
      ON CONFLICT (collection, id) DO UPDATE SET bytes = excluded.bytes`;
  }
}

/** Looks once every few thousand numbers. */
async function forgetRemovals(sql: Sql, collection: number, before: number, after: number): Promise<void> {
  if (Math.floor(before / 2048) === Math.floor(after / 2048)) return;
  const [row] = await sql<{ seq: string }[]>`SELECT seq FROM vultus_removed WHERE collection = ${collection}
    ORDER BY seq DESC LIMIT 1 OFFSET ${removalsKept}`;
  if (row === undefined) return;
  const floor = Number(row.seq);
  await sql`DELETE FROM vultus_removed WHERE collection = ${collection} AND seq <= ${floor}`;
  await sql`UPDATE vultus_collection SET floor = ${floor} WHERE number = ${collection}`;
}
