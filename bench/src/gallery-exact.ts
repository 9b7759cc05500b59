/** A large randomized check that searches are exact: against a float64 loop over every row, whatever the data and the way. */

import { type Hit, openScanIndex, type VectorIndex } from 'vultus';
import { atLeast, blocks, dimension, neighbour, type Print, randomUnits, rowOf, sizeName } from './gallery-figures.ts';

const probes = 100;
const k = 10;

/** Rows that are made anew; see {@link blocks}. */
const freshRows = 20_000;

/** Random directions, the hardest data, and ten pictures around each of so many people, as galleries have them. */
const kinds: Readonly<Record<string, (rows: number) => Float32Array>> = {
  random: randomUnits,
  clustered: (rows) => {
    const vectors = new Float32Array(rows * dimension);
    for (let row = 0, person = randomUnits(1); row < rows; row++) {
      if (row % 10 === 0) person = randomUnits(1);
      vectors.set(neighbour(person, 0.8), row * dimension);
    }
    return vectors;
  },
};

/** What is stored, and what the scan reads. */
const ways = [
  { precision: 'float32', codes: 'int8' },
  { precision: 'float32', codes: 'float32' },
  { precision: 'float16', codes: 'int8' },
  { precision: 'int8', codes: 'int8' },
] as const;

/** Every way to search, one probe at a time and all at once, over vectors as they are stored, some of them removed again. */
export async function benchExact(rows: number, print: Print): Promise<void> {
  for (const [kind, make] of Object.entries(kinds)) {
    const fresh = make(Math.min(rows, freshRows));
    const queries = queriesNear(fresh);
    for (const { precision, codes } of ways) {
      const index = await openScanIndex({ dimension, precision, codes });
      const alive = fill(index, fresh, rows);
      const wanted = bruteForce(index, alive, queries);
      const request = { k, minScore: -1 };
      const together = await index.search({ queries, ...request });
      const alone: Hit[][] = [];
      for (let i = 0; i < probes; i++) alone.push(...(await index.search({ queries: rowOf(queries, i), ...request })));
      const what = `${sizeName(rows)} ${kind} ${precision}, ${codes} scan, top ${k} as by float64`;
      print(atLeast(`${what}, one by one`, shareEqual(alone, wanted), '', 1));
      print(atLeast(`${what}, in a batch`, shareEqual(together, wanted), '', 1));
      await index.close();
    }
  }
}

function queriesNear(fresh: Float32Array): Float32Array {
  const queries = new Float32Array(probes * dimension);
  const apart = fresh.length / dimension / probes;
  for (let i = 0; i < probes; i++) queries.set(neighbour(rowOf(fresh, Math.floor(i * apart)), 0.5), i * dimension);
  return queries;
}

/** Adds the rows, every seventeenth only for a moment. @returns the slots that stay */
function fill(index: VectorIndex, fresh: Float32Array, rows: number): number[] {
  const alive: number[] = [];
  for (const block of blocks(fresh, rows)) {
    for (const [i, slot] of index.add(block).entries()) {
      if (i % 17 === 16) index.remove(slot);
      else alive.push(slot);
    }
  }
  return alive;
}

/** The best of each probe; rows in the outer loop, so that each is read once. */
function bruteForce(index: VectorIndex, slots: readonly number[], queries: Float32Array): Hit[][] {
  const best: Hit[][] = Array.from({ length: probes }, () => []);
  for (const slot of slots) {
    const row = index.vector(slot);
    for (let q = 0; q < probes; q++) {
      const at = q * dimension;
      let score = 0;
      for (let i = 0; i < dimension; i++) score += (row[i] as number) * (queries[at + i] as number);
      insert(best[q] as Hit[], { slot, score });
    }
  }
  return best;
}

/** Keeps a list of at most k, best first. */
function insert(hits: Hit[], hit: Hit): void {
  if (hits.length === k && (hits[k - 1] as Hit).score >= hit.score) return;
  if (hits.length === k) hits.pop();
  let at = hits.length;
  while (at > 0 && (hits[at - 1] as Hit).score < hit.score) at -= 1;
  hits.splice(at, 0, hit);
}

/** The share of probes with the same rows and scores; rows of equal score may stand in for each other. */
function shareEqual(got: readonly (readonly Hit[])[], wanted: readonly (readonly Hit[])[]): number {
  const isSame = (hits: readonly Hit[], others: readonly Hit[]): boolean =>
    hits.length === others.length &&
    hits.every(({ slot, score }, i) => {
      const off = Math.abs(score - (others[i] as Hit).score);
      return slot === others[i]?.slot ? off < 1e-12 : off === 0;
    });
  return wanted.filter((hits, i) => isSame(got[i] ?? [], hits)).length / wanted.length;
}
