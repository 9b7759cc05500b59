/** One search of a remote collection: from probes and options to candidates, asking for more rows until the answer is complete. */

import { throwIfAborted } from '../../errors.ts';
import { assertComparable, type Faceprint } from '../../face/faceprint.ts';
import type { Calibration } from '../calibration.ts';
import { assignLists, rowFilter, wantedOf } from '../identify.ts';
import type { CollectionHeader } from '../store.ts';
import type { Candidate, IdentifyBatchOptions, IdentifyOptions, Metadata } from '../types.ts';
import { unitVector } from '../vector.ts';
import { checkedWhere } from '../where.ts';
import type { NearestRequest, NearRow, SearchStore } from './search-store.ts';

/** Rows asked for at first beyond those wanted: several faceprints of one identity often stand together. */
const spare = 16;

/** Each further question asks for this many times as many rows. */
const growth = 4;

/** Whom to ask, about which collection. */
export interface Asked {
  readonly store: SearchStore;
  readonly header: CollectionHeader;
}

/** Candidates for each probe, best first; an empty list is *unknown*. */
export async function identifyRemotely(
  asked: Asked,
  probes: readonly Faceprint[],
  options: IdentifyBatchOptions,
  calibration: Calibration | undefined,
): Promise<Candidate[][]> {
  const { threshold, topK, perIdentity, unique } = wantedOf(options, probes.length, calibration);
  const keep = keeper(options, topK, perIdentity);
  const queries = probes.map((probe) => queryOf(asked.header, probe));
  const lists = await completeLists(asked, queries, requestOf(asked.store, options, threshold), topK, keep);
  const chosen = unique ? assignLists(lists, threshold, ({ row }) => row.identity) : lists;
  return chosen.map((rows) => rows.map((near) => candidateOf(near, calibration)));
}

/** A probe as a unit vector. @throws VultusError `EMBEDDING_MISMATCH`, `INVALID_ARGUMENT` */
export function queryOf({ contract }: CollectionHeader, probe: Faceprint): Float32Array {
  assertComparable(probe.contract, contract);
  return unitVector(probe.vector, contract.dimension, 'The probe');
}

/** A found row as the caller gets it. */
export function candidateOf({ row, score }: NearRow, calibration: Calibration | undefined): Candidate {
  const similarity = Math.min(1, Math.max(-1, score));
  const metadata = metadataOf(row.metadata);
  return {
    identity: row.identity,
    id: row.id,
    similarity,
    ...(calibration === undefined ? {} : { probability: calibration.probability(similarity) }),
    ...(metadata === undefined ? {} : { metadata }),
    aggregate: row.role === 'aggregate',
  };
}

/** Stored JSON as a value. */
export function metadataOf(text: string | undefined): Metadata | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Metadata);
}

type Keep = (rows: readonly NearRow[]) => NearRow[];

/** Picks what the options want from rows that come best first. */
function keeper(options: IdentifyOptions, topK: number, perIdentity: number): Keep {
  const filter = rowFilter(options);
  return (rows) => {
    const seen = new Map<string, number>();
    const kept: NearRow[] = [];
    for (const near of rows) {
      const { identity, metadata } = near.row;
      const times = seen.get(identity) ?? 0;
      if (times >= perIdentity) continue;
      if (filter !== undefined && !filter({ identity, metadata: metadataOf(metadata) })) continue;
      seen.set(identity, times + 1);
      kept.push(near);
      if (kept.length === topK) break;
    }
    return kept;
  };
}

function requestOf(
  store: SearchStore,
  options: IdentifyOptions,
  minScore: number,
): Omit<NearestRequest, 'queries' | 'limit'> {
  const { against = 'faceprints', identities, signal } = options;
  const where = checkedWhere(options.where);
  return {
    minScore,
    exact: options.exact ?? store.exact,
    ...(against === 'both' ? {} : { role: against === 'aggregates' ? 'aggregate' : 'faceprint' }),
    ...(identities === undefined ? {} : { identities: [...new Set(identities)] }),
    ...(where === undefined ? {} : { where }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Asks again, for more rows, about those queries whose rows were all used up by the grouping or the filter. */
async function completeLists(
  { store, header }: Asked,
  queries: readonly Float32Array[],
  request: Omit<NearestRequest, 'queries' | 'limit'>,
  topK: number,
  keep: Keep,
): Promise<NearRow[][]> {
  const lists: NearRow[][] = queries.map(() => []);
  let open = queries.map((_, i) => i);
  for (let limit = topK + spare; open.length > 0; limit *= growth) {
    throwIfAborted(request.signal);
    const found = await store.nearest(header.id, {
      ...request,
      limit,
      queries: open.map((i) => queries[i] as Float32Array),
    });
    open = open.filter((which, i) => {
      const rows = found[i] as NearRow[];
      const kept = keep(rows);
      lists[which] = kept;
      return kept.length < topK && rows.length >= limit;
    });
  }
  return lists;
}
