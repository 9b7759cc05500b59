/** Makes a collection anew under its own name: for another model, another precision or another key. */

import { throwIfAborted, VultusError } from '../errors.ts';
import type { EmbeddingContract, Faceprint, Precision } from '../face/faceprint.ts';
import type { AnyCollection, AnyGallery } from './open-gallery.ts';
import type { Enrolled, Enrolment } from './types.ts';

/** What becomes of the collection. */
export interface RebuildOptions {
  /** Default: as before. */
  readonly contract?: EmbeddingContract;
  /** Default: as before. */
  readonly precision?: Precision;
  /**
   * Makes a row's new faceprint, from the chip that was kept or from wherever the metadata points; undefined when it
   * cannot. Needed when the contract changes; default: the old faceprint.
   */
  readonly embed?: (row: Enrolled, chip: Uint8Array | undefined) => Promise<Faceprint | undefined>;
  /** Go on to replace the collection although some rows could not be made anew. Default false. */
  readonly partial?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@link rebuildCollection} did. */
export interface RebuildReport {
  /** Rows of the new collection. */
  readonly moved: number;
  readonly failed: readonly { readonly id: string; readonly identity: string; readonly reason: string }[];
  /** False when the old collection was kept because of `failed`. */
  readonly replaced: boolean;
}

const rowsPerTransaction = 64;

/**
 * Copies a collection into one of the name `name~next`, then gives that one the name, in one step. The old collection
 * stays as it is until then; interrupted work is taken up where it stopped when called again. A gallery that was
 * opened with another `key`, and the former one in `oldKeys`, seals the new collection with the new key.
 * @throws VultusError `COLLECTION_NOT_FOUND`, `ABORTED`, `INVALID_ARGUMENT` when a change of contract has no `embed`
 */
export async function rebuildCollection(
  gallery: AnyGallery,
  name: string,
  options: RebuildOptions = {},
): Promise<RebuildReport> {
  const old = await gallery.open(name);
  const { contract = old.contract, precision = old.precision } = options;
  if (contract.sha256 !== old.contract.sha256 && options.embed === undefined) {
    throw new VultusError('INVALID_ARGUMENT', 'A collection of another model must be embedded again. Give embed');
  }
  const next = await gallery.ensure(`${name}~next`, { contract, precision });
  const failed = new Map<string, RebuildReport['failed'][number]>();
  // What others enrol meanwhile is seen in another round.
  while ((await copyRound(old, next, options, failed)) > 0);
  for await (const row of old.iterate())
    if (row.aggregate && (await next.count(row.identity)) > 0) await next.aggregate(row.identity);
  // What was removed meanwhile must not come back.
  for await (const row of next.iterate())
    if (!row.aggregate && (await old.get(row.id)) === undefined) await next.remove(row.id);
  const report = { moved: await next.count(), failed: [...failed.values()] };
  if (failed.size > 0 && options.partial !== true) return { ...report, replaced: false };
  await gallery.rename(`${name}~next`, name, { replace: true });
  return { ...report, replaced: true };
}

/** Copies the rows that are missing, a few at a time. @returns how many were missing */
async function copyRound(
  old: AnyCollection,
  next: AnyCollection,
  options: RebuildOptions,
  failed: Map<string, RebuildReport['failed'][number]>,
): Promise<number> {
  const total = await old.count();
  let done = (await next.count()) + failed.size;
  let missing = 0;
  let batch: Enrolled[] = [];
  const flush = async (): Promise<void> => {
    throwIfAborted(options.signal);
    const items = await Promise.all(batch.map((row) => remake(old, row, options, failed)));
    await next.enrollMany(items.filter((item) => item !== undefined));
    done += batch.length;
    batch = [];
    options.onProgress?.(done, total);
  };
  for await (const row of old.iterate()) {
    if (row.aggregate || failed.has(row.id) || (await next.get(row.id)) !== undefined) continue;
    missing += 1;
    batch.push(row);
    if (batch.length === rowsPerTransaction) await flush();
  }
  if (batch.length > 0) await flush();
  return missing;
}

async function remake(
  old: AnyCollection,
  row: Enrolled,
  options: RebuildOptions,
  failed: Map<string, RebuildReport['failed'][number]>,
): Promise<Enrolment | undefined> {
  const { id, identity, metadata, quality, createdAt } = row;
  const chip = await old.chip(id);
  const fail = (reason: string): undefined => {
    failed.set(id, { id, identity, reason });
  };
  try {
    const faceprint = options.embed === undefined ? row.faceprint : await options.embed(row, chip);
    if (faceprint === undefined) return fail('neither a chip nor a source picture was kept');
    const kept = { ...(metadata === undefined ? {} : { metadata }), ...(chip === undefined ? {} : { chip }) };
    return { id, identity, quality, createdAt, faceprint, ...kept };
  } catch (cause) {
    throwIfAborted(options.signal);
    return fail(cause instanceof Error ? cause.message : String(cause));
  }
}
