/** What an approximate search misses: the same probes once as usual, once against every vector. */

import { throwIfAborted } from '../errors.ts';
import type { Faceprint } from '../face/faceprint.ts';
import { dot } from './index/exact.ts';
import type { AnyCollection } from './open-gallery.ts';
import type { Enrolled } from './types.ts';

/** How to audit. */
export interface AuditOptions {
  /** Probes for each cosine. Default 100. */
  readonly probes?: number;
  /** Candidates to compare. Default 10. */
  readonly topK?: number;
  /** How near the probes are to the enrolled faceprint they are made from. Default 0.4, 0.5, 0.6, 0.8. */
  readonly cosines?: readonly number[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What was found for probes of one cosine; shares are 0…1. */
export interface AuditLine {
  readonly cosine: number;
  readonly probes: number;
  /** The enrolled mate is among the candidates of the usual search, and of the exact one. */
  readonly mateFound: number;
  readonly mateFoundExactly: number;
  /** The exact search's best candidate is the usual one's best too. */
  readonly recallAt1: number;
  /** Of the exact search's candidates so many are among the usual one's. */
  readonly recallAtK: number;
  /** Median milliseconds of one search. */
  readonly ms: number;
  readonly exactMs: number;
}

/** Rows among which the probes' mates are chosen: in the order of the ids, so the first of a very large collection. */
const rowsLookedAt = 20_000;

/**
 * Makes probes at known cosines from enrolled faceprints, by adding noise, and searches each of them twice. Easy probes
 * flatter an approximate index; the hard ones, at the cosines where decisions fall, are what it loses.
 * @throws VultusError `ABORTED`
 */
export async function auditSearch(collection: AnyCollection, options: AuditOptions = {}): Promise<AuditLine[]> {
  const { probes = 100, topK = 10, cosines = [0.4, 0.5, 0.6, 0.8], signal, onProgress } = options;
  const mates = await sampleRows(collection, probes);
  const lines: AuditLine[] = [];
  for (const [i, cosine] of cosines.entries()) {
    const tries: Try[] = [];
    for (const [j, mate] of mates.entries()) {
      throwIfAborted(signal);
      tries.push(await tryOne(collection, mate, cosine, topK));
      onProgress?.(i * mates.length + j + 1, cosines.length * mates.length);
    }
    lines.push(lineOf(cosine, tries));
  }
  return lines;
}

interface Try {
  readonly mate: boolean;
  readonly mateExactly: boolean;
  readonly first: boolean;
  readonly shared: number;
  readonly ms: number;
  readonly exactMs: number;
}

async function tryOne(collection: AnyCollection, mate: Enrolled, cosine: number, topK: number): Promise<Try> {
  const probe = { ...mate.faceprint, vector: atCosine(mate.faceprint.vector, cosine) };
  const search = async (exact: boolean): Promise<{ ids: string[]; ms: number }> => {
    const start = performance.now();
    const options = { topK, threshold: -1, perIdentity: Number.POSITIVE_INFINITY, ...(exact && { exact }) };
    const found = await collection.identify(probe as Faceprint, options);
    return { ids: found.map(({ id }) => id), ms: performance.now() - start };
  };
  const [usual, exact] = [await search(false), await search(true)];
  const shared = exact.ids.filter((id) => usual.ids.includes(id)).length;
  return {
    mate: usual.ids.includes(mate.id),
    mateExactly: exact.ids.includes(mate.id),
    first: usual.ids[0] === exact.ids[0],
    shared: shared / Math.max(1, exact.ids.length),
    ms: usual.ms,
    exactMs: exact.ms,
  };
}

function lineOf(cosine: number, tries: readonly Try[]): AuditLine {
  const share = (of: (each: Try) => number): number => tries.reduce((sum, each) => sum + of(each), 0) / tries.length;
  return {
    cosine,
    probes: tries.length,
    mateFound: share(({ mate }) => Number(mate)),
    mateFoundExactly: share(({ mateExactly }) => Number(mateExactly)),
    recallAt1: share(({ first }) => Number(first)),
    recallAtK: share(({ shared }) => shared),
    ms: median(tries.map(({ ms }) => ms)),
    exactMs: median(tries.map(({ exactMs }) => exactMs)),
  };
}

/** Rows by lot (reservoir sampling). */
async function sampleRows(collection: AnyCollection, count: number): Promise<Enrolled[]> {
  const chosen: Enrolled[] = [];
  let seen = 0;
  for await (const row of collection.iterate()) {
    if (row.aggregate) continue;
    seen += 1;
    if (chosen.length < count) chosen.push(row);
    else {
      const place = Math.floor(Math.random() * seen);
      if (place < count) chosen[place] = row;
    }
    if (seen === rowsLookedAt) break;
  }
  return chosen;
}

/** A unit vector at this cosine from the given one, otherwise in any direction. */
function atCosine(vector: Float32Array, cosine: number): Float32Array {
  const noise = Float32Array.from(vector, () => Math.random() + Math.random() + Math.random() - 1.5);
  const along = dot(noise, vector) / dot(vector, vector);
  const across = noise.map((x, i) => x - along * (vector[i] as number));
  const scale = Math.sqrt((1 - cosine * cosine) / dot(across, across));
  return across.map((x, i) => scale * x + cosine * (vector[i] as number));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
