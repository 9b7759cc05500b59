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

/** The most candidates one search may ask for. */
const largestTopK = 10_000;

/** Candidates for each probe, best first; an empty list is *unknown*. */
export async function identifyAll(
  mirror: Mirror,
  probes: readonly Faceprint[],
  options: IdentifyBatchOptions,
  calibration: Calibration | undefined,
): Promise<Candidate[][]> {
  const threshold = chooseThreshold(options, calibration);
  const topK = positive('topK', options.topK ?? 1, largestTopK);
  const perGroup = positive('perIdentity', options.perIdentity ?? 1, Number.POSITIVE_INFINITY);
  const queries = stack(mirror, probes);
  if (probes.length === 0) return [];
  const { roster, index } = mirror;
  // Whoever is answered is read off the roster after the search: until then no slot may change hands.
  const release = index.hold();
  try {
    const allow = allowedSlots(mirror, options);
    const unique = options.unique === true && probes.length > 1;
    const lists = await index.search({
      queries,
      // With n probes the best assignment never needs more than n identities of any one of them.
      k: unique ? probes.length : topK,
      minScore: threshold,
      groupOf: (slot) => roster.personAt(slot),
      perGroup: unique ? 1 : perGroup,
      ...(allow === undefined ? {} : { allow }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    mirror.assertUsable();
    const chosen = unique ? assignLists(lists, threshold, (slot) => roster.personAt(slot)) : lists;
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
  const { filter, identities, against = 'faceprints' } = options;
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

function roleFilter(mirror: Mirror, against: IdentifyOptions['against'] = 'faceprints'): (slot: number) => boolean {
  if (against === 'both') return () => true;
  return (slot) => mirror.roster.isAggregate(slot) === (against === 'aggregates');
}

function assignLists(lists: readonly Hit[][], threshold: number, personAt: (slot: number) => number): Hit[][] {
  const columns = new Map<number, number>();
  for (const hit of lists.flat()) {
    const person = personAt(hit.slot);
    if (!columns.has(person)) columns.set(person, columns.size);
  }
  // A candidate at the very threshold is still better than none, hence the small constant.
  const gain = lists.map((hits) => {
    const row = new Float64Array(columns.size);
    for (const hit of hits) row[columns.get(personAt(hit.slot)) as number] = hit.score - threshold + 1e-9;
    return row;
  });
  return assign(gain).map((column, i) => {
    const hit = (lists[i] as Hit[]).find((each) => columns.get(personAt(each.slot)) === column);
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
