/** One search of a collection: from probes and options to candidates. */

import { assign } from '../assignment.ts';
import { VultusError } from '../errors.ts';
import { assertComparable, type Faceprint } from '../face/faceprint.ts';
import { type Calibration, chooseThreshold } from './calibration.ts';
import { dot } from './index/exact.ts';
import type { Hit } from './index/vector-index.ts';
import type { Mirror } from './mirror.ts';
import type { Candidate, IdentifyBatchOptions, IdentifyOptions, Verification } from './types.ts';
import { unitVector } from './vector.ts';
import { checkedWhere, matchesWhere } from './where.ts';

/** The most candidates one search may ask for. */
const largestTopK = 10_000;

/** What a search is to find, checked. */
export interface Wanted {
  readonly threshold: number;
  readonly topK: number;
  readonly perIdentity: number;
  /** Each identity for one probe only; makes no difference to a single probe. */
  readonly unique: boolean;
}

/** @throws VultusError `INVALID_ARGUMENT` naming the option */
export function wantedOf(options: IdentifyBatchOptions, probes: number, calibration: Calibration | undefined): Wanted {
  const threshold = chooseThreshold(options, calibration);
  const topK = positive('topK', options.topK ?? 1, largestTopK);
  const perIdentity = positive('perIdentity', options.perIdentity ?? 1, Number.POSITIVE_INFINITY);
  const unique = options.unique === true && probes > 1;
  // With n probes the best assignment never needs more than n identities of any one of them.
  return unique ? { threshold, topK: probes, perIdentity: 1, unique } : { threshold, topK, perIdentity, unique };
}

/** Candidates for each probe, best first; an empty list is *unknown*. */
export async function identifyAll(
  mirror: Mirror,
  probes: readonly Faceprint[],
  options: IdentifyBatchOptions,
  calibration: Calibration | undefined,
): Promise<Candidate[][]> {
  const { threshold, topK, perIdentity, unique } = wantedOf(options, probes.length, calibration);
  const queries = stack(mirror, probes);
  if (probes.length === 0) return [];
  const { roster, index } = mirror;
  // Whoever is answered is read off the roster after the search: until then no slot may change hands.
  const release = index.hold();
  try {
    const allow = allowedSlots(mirror, options);
    const lists = await index.search({
      queries,
      k: topK,
      minScore: threshold,
      groupOf: (slot) => roster.personAt(slot),
      perGroup: perIdentity,
      ...(allow === undefined ? {} : { allow }),
      ...(options.exact === true ? { exact: true } : {}),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    mirror.assertUsable();
    const chosen = unique ? assignLists(lists, threshold, ({ slot }) => roster.personAt(slot)) : lists;
    return chosen.map((hits) => hits.map((hit) => candidateAt(mirror, hit.slot, hit.score, calibration)));
  } finally {
    release();
  }
}

/** Compares a probe with one identity's faceprints; the best of them decides. */
export function verifyOne(
  mirror: Mirror,
  probe: Faceprint,
  identity: string,
  options: Pick<IdentifyOptions, 'threshold' | 'fmr' | 'against'>,
  calibration: Calibration | undefined,
): Verification {
  const threshold = chooseThreshold(options, calibration);
  const query = stack(mirror, [probe]);
  const wanted = roleFilter(mirror, options.against);
  let best: Hit | undefined;
  for (const slot of mirror.roster.slotsOf(identity)) {
    if (!wanted(slot)) continue;
    const score = dot(query, mirror.index.vector(slot));
    if (best === undefined || score > best.score) best = { slot, score };
  }
  if (best === undefined) {
    throw new VultusError(
      'IDENTITY_NOT_FOUND',
      `The collection has no identity ${JSON.stringify(identity)} to compare with`,
    );
  }
  const candidate = candidateAt(mirror, best.slot, best.score, calibration);
  return { ...candidate, match: candidate.similarity >= threshold, threshold };
}

function stack(mirror: Mirror, probes: readonly Faceprint[]): Float32Array {
  const { contract } = mirror.header;
  const queries = new Float32Array(probes.length * contract.dimension);
  for (const [i, probe] of probes.entries()) {
    assertComparable(probe.contract, contract);
    queries.set(unitVector(probe.vector, contract.dimension, 'The probe'), i * contract.dimension);
  }
  return queries;
}

/** A bit per slot that may answer, or undefined when all may. */
function allowedSlots(mirror: Mirror, options: IdentifyOptions): Uint8Array | undefined {
  const { roster } = mirror;
  const { identities, against = 'faceprints' } = options;
  const filter = rowFilter(options);
  const allRoles = against === 'both' || (against === 'faceprints' && roster.aggregates === 0);
  if (allRoles && filter === undefined && identities === undefined) return undefined;
  const wanted = roleFilter(mirror, against);
  const allow = new Uint8Array(Math.ceil(mirror.index.capacity / 8));
  for (const name of identities === undefined ? [...roster.names()] : new Set(identities)) {
    for (const slot of roster.slotsOf(name)) {
      if (!wanted(slot)) continue;
      if (filter !== undefined && !filter({ identity: name, metadata: roster.metadataAt(slot) })) continue;
      allow[slot >> 3] = (allow[slot >> 3] as number) | (1 << (slot & 7));
    }
  }
  return allow;
}

/** `filter` and `where` as one. */
export function rowFilter(options: Pick<IdentifyOptions, 'filter' | 'where'>): IdentifyOptions['filter'] {
  const { filter } = options;
  const where = checkedWhere(options.where);
  if (where === undefined) return filter;
  return (row) => matchesWhere(row.metadata, where) && (filter === undefined || filter(row));
}

function roleFilter(mirror: Mirror, against: IdentifyOptions['against'] = 'faceprints'): (slot: number) => boolean {
  if (against === 'both') return () => true;
  return (slot) => mirror.roster.isAggregate(slot) === (against === 'aggregates');
}

/** Of each list the answer that the best assignment of probes to people gives it, or nothing. */
export function assignLists<T extends { readonly score: number }>(
  lists: readonly (readonly T[])[],
  threshold: number,
  personOf: (hit: T) => number | string,
): T[][] {
  const columns = new Map<number | string, number>();
  for (const hit of lists.flat()) {
    const person = personOf(hit);
    if (!columns.has(person)) columns.set(person, columns.size);
  }
  // A candidate at the very threshold is still better than none, hence the small constant.
  const gain = lists.map((hits) => {
    const row = new Float64Array(columns.size);
    for (const hit of hits) row[columns.get(personOf(hit)) as number] = hit.score - threshold + 1e-9;
    return row;
  });
  return assign(gain).map((column, i) => {
    const hit = (lists[i] as readonly T[]).find((each) => columns.get(personOf(each)) === column);
    return hit === undefined ? [] : [hit];
  });
}

function candidateAt(mirror: Mirror, slot: number, score: number, calibration: Calibration | undefined): Candidate {
  const { roster } = mirror;
  const similarity = Math.min(1, Math.max(-1, score));
  const metadata = roster.metadataAt(slot);
  return {
    identity: roster.identityAt(slot),
    id: roster.rowAt(slot).id,
    similarity,
    ...(calibration === undefined ? {} : { probability: calibration.probability(similarity) }),
    ...(metadata === undefined ? {} : { metadata }),
    aggregate: roster.isAggregate(slot),
  };
}

function positive(name: string, value: number, largest: number): number {
  if ((Number.isInteger(value) || value === Number.POSITIVE_INFINITY) && value >= 1 && value <= largest) return value;
  throw new VultusError('INVALID_ARGUMENT', `Expected ${name} to be a whole number from 1 to ${largest}, got ${value}`);
}
