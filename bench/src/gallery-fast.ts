/** The fast mode: what it costs, and how many mates it misses of those it promises to find. */

import { openScanIndex } from 'vultus';
import { atLeast, dimension, neighbour, type Print, randomUnits, sizeName, timed } from './gallery-figures.ts';
import { median } from './report.ts';

const rows = 200_000;
const trials = 1000;

/** Mates at the lowest cosine that is promised, and at a nearer one. */
export async function benchFast(print: Print): Promise<void> {
  const index = await openScanIndex({ dimension, precision: 'int8', fast: {} });
  const exact = await openScanIndex({ dimension, precision: 'int8' });
  const vectors = randomUnits(rows);
  index.add(vectors);
  exact.add(vectors);
  const size = sizeName(rows);
  const times: number[] = [];
  const exactTimes: number[] = [];
  for (const cosine of [0.4, 0.5]) {
    let [found, present] = [0, 0];
    for (let i = 0; i < trials; i++) {
      const slot = i * (rows / trials);
      const queries = neighbour(vectors.slice(slot * dimension, (slot + 1) * dimension), cosine);
      const request = { queries, k: 1, minScore: -1 };
      let hits: readonly { readonly slot: number }[] = [];
      times.push(
        await timed(async () => {
          [hits = []] = await index.search(request);
        }),
      );
      const start = performance.now();
      const [[best] = []] = await exact.search(request);
      exactTimes.push(performance.now() - start);
      if (best?.slot !== slot) continue;
      present += 1;
      if (hits[0]?.slot === slot) found += 1;
    }
    print(
      atLeast(`${size} fast, mates at a cosine of ${cosine} found, of those found exactly`, found / present, '', 0.995),
    );
  }
  print({ what: `${size} fast, one probe`, value: median(times), unit: 'ms' });
  print({ what: `${size} exact, one probe`, value: median(exactTimes), unit: 'ms' });
  await index.close();
  await exact.close();
}
