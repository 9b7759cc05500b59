/** The statements of a write to PostgreSQL, within its transaction. */

import type { Write } from '../store.ts';
import { faceprintNotFound } from './memory.ts';
import type { Sql } from './postgres-connections-node.ts';

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
  const [numbers, ids] = [run.map(({ seq }) => seq), run.map(({ write }) => write.id)];
  const { count } = await sql`
    WITH given AS (SELECT * FROM unnest(${numbers}::bigint[], ${ids}::uuid[]) AS given (seq, id)),
      chips AS (DELETE FROM vultus_chip WHERE collection = ${collection}::bigint AND id IN (SELECT id FROM given)),
      gone AS (DELETE FROM vultus_faceprint
        WHERE collection = ${collection}::bigint AND id IN (SELECT id FROM given) RETURNING id)
    INSERT INTO vultus_removed (collection, seq, id)
    SELECT ${collection}::bigint, given.seq, gone.id FROM gone JOIN given USING (id)`;
  return count;
}

async function putAll(sql: Sql, collection: number, run: readonly Numbered<'put'>[]): Promise<void> {
  const rows = run.map(({ write }) => write.row);
  const { bytes, starts, sizes } = joined(rows.map((row) => row.vector));
  await sql`
    INSERT INTO vultus_faceprint (collection, seq, id, identity, role, quality, created, metadata, vector)
    SELECT ${collection}::bigint, seq, id, identity, role, quality, created, metadata,
      substring(${bytes}::bytea FROM start FOR size)
    FROM unnest(${run.map(({ seq }) => seq)}::bigint[], ${rows.map((row) => row.id)}::uuid[],
      ${rows.map((row) => row.identity)}::text[], ${rows.map((row) => (row.role === 'aggregate' ? 1 : 0))}::smallint[],
      ${rows.map((row) => row.quality)}::float8[], ${rows.map((row) => row.createdAt)}::bigint[],
      ${rows.map((row) => row.metadata)}::text[], ${starts}::int[], ${sizes}::int[])
      AS given (seq, id, identity, role, quality, created, metadata, start, size)
    ON CONFLICT (collection, id) DO UPDATE SET seq = excluded.seq, identity = excluded.identity, role = excluded.role,
      quality = excluded.quality, created = excluded.created, metadata = excluded.metadata, vector = excluded.vector`;
  await putChips(sql, collection, run);
}

async function putChips(sql: Sql, collection: number, run: readonly Numbered<'put'>[]): Promise<void> {
  const ids: string[] = [];
  const chips: Uint8Array[] = [];
  for (const { write } of run) {
    if (write.chip === undefined) continue;
    ids.push(write.row.id);
    chips.push(write.chip);
  }
  if (ids.length === 0) return;
  const { bytes, starts, sizes } = joined(chips);
  await sql`
    INSERT INTO vultus_chip (collection, id, bytes)
    SELECT ${collection}::bigint, id, substring(${bytes}::bytea FROM start FOR size)
    FROM unnest(${ids}::uuid[], ${starts}::int[], ${sizes}::int[]) AS given (id, start, size)
    ON CONFLICT (collection, id) DO UPDATE SET bytes = excluded.bytes`;
}

/** All in one parameter, which travels as bytes; an array of them would travel as text of twice the length. */
function joined(parts: readonly Uint8Array[]): { bytes: Buffer; starts: number[]; sizes: number[] } {
  const starts: number[] = [];
  let start = 1;
  for (const part of parts) {
    starts.push(start);
    start += part.length;
  }
  return { bytes: Buffer.concat(parts), starts, sizes: parts.map((part) => part.length) };
}

/** Looks once every few thousand numbers. */
async function forgetRemovals(sql: Sql, collection: number, before: number, after: number): Promise<void> {
  if (Math.floor(before / 2048) === Math.floor(after / 2048)) return;
  const {
    rows: [row],
  } = await sql`SELECT seq FROM vultus_removed WHERE collection = ${collection}
    ORDER BY seq DESC LIMIT 1 OFFSET ${removalsKept}`;
  if (row === undefined) return;
  const floor = Number(row.seq);
  await sql`DELETE FROM vultus_removed WHERE collection = ${collection} AND seq <= ${floor}`;
  await sql`UPDATE vultus_collection SET floor = ${floor} WHERE number = ${collection}`;
}
