/** A large randomized check that searches are exact: against a float64 loop over every row, whatever the data and the way. */

import { type Hit, openScanIndex } from 'vultus';
import { atLeast, dimension, neighbour, type Print, randomUnits, sizeName } from './gallery-figures.ts';

const rows = 100_000;
const probes = 100;
const k = 10;

/** Random directions, the hardest data, and ten pictures around each of so many people, as galleries have them. */
const kinds: Readonly<Record<string, () => Float32Array>> = {
  random: () => randomUnits(rows),
  clustered: () => {
    const vectors = new Float32Array(rows * dimension);
    for (let row = 0, person = randomUnits(1); row < rows; row++) {
      if (row % 10 === 0) person = randomUnits(1);
      vectors.set(neighbour(person, 0.8), row * dimension);
    }
    return vectors;
  },
};

/** Every way to search, one probe at a time and all at once. */
export async function benchExact(print: Print): Promise<void> {
  for (const [kind, make] of Object.entries(kinds)) {
    const vectors = make();
    const queries = new Float32Array(probes * dimension);
    for (let i = 0; i < probes; i++) {
      const row = i * (rows / probes);
      queries.set(neighbour(vectors.slice(row * dimension, (row + 1) * dimension), 0.5), i * dimension);
    }
    const wanted = Array.from({ length: probes }, (_, i) => bruteForce(vectors, queryOf(queries, i)));
    for (const codes of ['int8', 'float32'] as const) {
      const index = await openScanIndex({ dimension, precision: 'float32', codes });
      index.add(vectors);
      const request = { k, minScore: -1 };
      const together = await index.search({ queries, ...request });
      const alone: Hit[][] = [];
      for (let i = 0; i < probes; i++)
        alone.push(...(await index.search({ queries: queryOf(queries, i), ...request })));
      const what = `${sizeName(rows)} ${kind}, ${codes} scan, top 10 equal to float64 brute force`;
      print(atLeast(`${what}, one by one`, shareEqual(alone, wanted), '', 1));
      print(atLeast(`${what}, in a batch`, shareEqual(together, wanted), '', 1));
      await index.close();
    }
  }
}

function queryOf(queries: Float32Array, i: number): Float32Array {
  return queries.slice(i * dimension, (i + 1) * dimension);
}

function bruteForce(vectors: Float32Array, query: Float32Array): Hit[] {
  const hits: Hit[] = [];
  for (let slot = 0; slot < rows; slot++) {
    let score = 0;
    for (let i = 0; i < dimension; i++) score += (vectors[slot * dimension + i] as number) * (query[i] as number);
    hits.push({ slot, score });
  }
  return hits.sort((a, b) => b.score - a.score).slice(0, k);
}

function shareEqual(got: readonly (readonly Hit[])[], wanted: readonly (readonly Hit[])[]): number {
  const isSame = (hits: readonly Hit[], others: readonly Hit[]): boolean =>
    hits.length === others.length &&
    hits.every(({ slot, score }, i) => slot === others[i]?.slot && Math.abs(score - (others[i]?.score ?? 0)) < 1e-12);
  return wanted.filter((hits, i) => isSame(got[i] ?? [], hits)).length / wanted.length;
}
