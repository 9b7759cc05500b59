/** The fast mode: how much faster it is, and how many mates it misses of those it promises to find. */

import { openScanIndex, type VectorIndex } from 'vultus';
import { atLeast, blocks, dimension, neighbour, type Print, randomUnits, rowOf, sizeName } from './gallery-figures.ts';
import { median } from './report.ts';

const trials = 500;

/** Rows that are made anew; see {@link blocks}. */
const freshRows = 65_536;

/** Mates at the lowest cosine that is promised, and at a nearer one; each probe fast and exactly, by turns. */
export async function benchFast(rows: number, print: Print): Promise<void> {
  const index = await openScanIndex({ dimension, precision: 'int8', fast: {} });
  const fresh = randomUnits(Math.min(rows, freshRows));
  for (const block of blocks(fresh, rows)) index.add(block);
  const size = sizeName(rows);
  const [times, exactTimes]: [number[], number[]] = [[], []];
  for (const cosine of [0.4, 0.5]) {
    let [found, present] = [0, 0];
    for (let i = 0; i < trials; i++) {
      const slot = Math.floor((i * fresh.length) / dimension / trials);
      const queries = neighbour(rowOf(fresh, slot), cosine);
      const hit = await search(index, queries, times);
      const best = await search(index, queries, exactTimes, true);
      if (best !== slot) continue;
      present += 1;
      if (hit === slot) found += 1;
    }
    print(
      atLeast(`${size} fast, mates at a cosine of ${cosine} found, of those found exactly`, found / present, '', 0.995),
    );
  }
  print({ what: `${size} fast, one probe`, value: median(times), unit: 'ms' });
  print({ what: `${size} exact, one probe`, value: median(exactTimes), unit: 'ms' });
  const ratios = exactTimes.map((time, i) => time / (times[i] as number));
  print(atLeast(`${size}, how much faster fast is than exact`, median(ratios), 'x', 1));
  await index.close();
}

/** @returns the slot of the best row */
async function search(
  index: VectorIndex,
  queries: Float32Array,
  times: number[],
  exact = false,
): Promise<number | undefined> {
  const start = performance.now();
  const [[best] = []] = await index.search({ queries, k: 1, minScore: -1, exact });
  times.push(performance.now() - start);
  return best?.slot;
}
