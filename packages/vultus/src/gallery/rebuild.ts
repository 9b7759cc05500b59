/** Makes a collection anew under its own name: for another model, another precision or another key. */

import { throwIfAborted, VultusError } from '../errors.ts';
import type { EmbeddingContract, Faceprint, Precision } from '../face/faceprint.ts';
import type { Collection } from './collection.ts';
import type { Gallery } from './gallery.ts';
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
  gallery: Gallery,
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
  for (let rest = missing(old, next, failed); rest.length > 0; rest = missing(old, next, failed)) {
    for (let from = 0; from < rest.length; from += rowsPerTransaction) {
      throwIfAborted(options.signal);
      const items = rest.slice(from, from + rowsPerTransaction).map((row) => remake(old, row, options, failed));
      await next.enrollMany((await Promise.all(items)).filter((item) => item !== undefined));
      options.onProgress?.(next.size + failed.size, old.size);
    }
  }
  for (const row of old.iterate())
    if (row.aggregate && next.count(row.identity) > 0) await next.aggregate(row.identity);
  // What was removed meanwhile must not come back.
  for (const row of next.iterate()) if (!row.aggregate && old.get(row.id) === undefined) await next.remove(row.id);
  const report = { moved: next.size, failed: [...failed.values()] };
  if (failed.size > 0 && options.partial !== true) return { ...report, replaced: false };
  await gallery.rename(`${name}~next`, name, { replace: true });
  return { ...report, replaced: true };
}

function missing(old: Collection, next: Collection, failed: ReadonlyMap<string, unknown>): Enrolled[] {
  return [...old.iterate()].filter((row) => !row.aggregate && next.get(row.id) === undefined && !failed.has(row.id));
}

async function remake(
  old: Collection,
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
