/** Search in memory: one probe against the time of merely reading the rows, batches against a plain matrix product, peers. */

import { openScanIndex, type VectorIndex } from 'vultus';
import {
  atLeast,
  atMost,
  blocks,
  dimension,
  neighbour,
  type Print,
  randomUnits,
  rowOf,
  sizeName,
  timed,
} from './gallery-figures.ts';
import { openPgvector, openProduct, openSqliteVec, openUsearch, type Peer } from './gallery-peers.ts';
import { openReadBound } from './read-bound.ts';
import { median } from './report.ts';

/** What to search and how often. */
export interface SearchSettings {
  readonly rows: number;
  readonly rounds: number;
  readonly peers: boolean;
}

/** Rows that are made anew; see {@link blocks}. */
const freshRows = 65_536;

/** Peers are slow to fill: above this they are left out. */
const mostForPeers = 200_000;

/** Measures one size. */
export async function benchSearch({ rows, rounds, peers }: SearchSettings, print: Print): Promise<void> {
  const fresh = randomUnits(Math.min(rows, freshRows));
  const queries = Array.from({ length: 256 }, (_, i) =>
    neighbour(rowOf(fresh, (i * 251) % (fresh.length / dimension))),
  );
  const index = await filled(fresh, rows, 'int8');
  await benchOne(index, queries, { rows, rounds, bytes: rows * dimension }, print);
  if (peers && rows <= mostForPeers) await benchPeers(index, fresh, { rows, rounds }, queries, print);
  await benchBatches(index, queries, fresh, rows, print);
  await index.close();
  await benchFloats(fresh, queries, rows, rounds, print);
}

async function filled(fresh: Float32Array, rows: number, codes: 'int8' | 'float32'): Promise<VectorIndex> {
  const index = await openScanIndex({ dimension, precision: 'float32', codes });
  for (const block of blocks(fresh, rows)) index.add(block);
  return index;
}

interface OneSettings {
  readonly rows: number;
  readonly rounds: number;
  /** What a scan reads. */
  readonly bytes: number;
}

/** Searches and bare reads by turns. */
async function benchOne(
  index: VectorIndex,
  queries: readonly Float32Array[],
  { rows, rounds, bytes }: OneSettings,
  print: Print,
  codes = 'int8',
): Promise<void> {
  const bound = await openReadBound(bytes);
  const [times, limits]: [number[], number[]] = [[], []];
  for (let i = -2; i < rounds; i++) {
    const query = queries[(i + 2) % queries.length] as Float32Array;
    const time = await timed(() => index.search({ queries: query, k: 10, minScore: -1 }));
    const limit = await bound.time();
    if (i < 0) continue;
    times.push(time);
    limits.push(limit);
  }
  await bound.close();
  const own = median(times);
  const size = sizeName(rows);
  const isInt8 = codes === 'int8';
  const absolute = !isInt8 ? undefined : rows === 100_000 ? 6 : rows === 1_000_000 ? 50 : undefined;
  print(atMost(`${size}, one probe, exact top 10, ${codes} scan`, own, 'ms', absolute));
  print({ what: `${size}, merely reading the ${codes} rows, all cores`, value: median(limits), unit: 'ms' });
  const ratio = median(times.map((time, i) => time / (limits[i] as number)));
  const most = rows < 1_000_000 ? undefined : isInt8 ? 1.7 : 1.5;
  print(atMost(`${size}, one probe ÷ reading, ${codes} scan`, ratio, 'x', most));
}

async function benchFloats(
  fresh: Float32Array,
  queries: readonly Float32Array[],
  rows: number,
  rounds: number,
  print: Print,
): Promise<void> {
  const index = await filled(fresh, rows, 'float32');
  await benchOne(index, queries, { rows, rounds, bytes: 4 * rows * dimension }, print, 'float32');
  await index.close();
}

async function benchPeers(
  index: VectorIndex,
  fresh: Float32Array,
  { rows, rounds }: { readonly rows: number; readonly rounds: number },
  queries: readonly Float32Array[],
  print: Print,
): Promise<void> {
  const data = new Float32Array(rows * dimension);
  let at = 0;
  for (const block of blocks(fresh, rows)) {
    data.set(block, at);
    at += block.length;
  }
  const peers: readonly (readonly [Peer, number])[] = [
    [await openUsearch(data, dimension), 1],
    [await openSqliteVec(data, dimension), 15],
    [await openPgvector(data, dimension, 10_000), 10],
  ];
  for (const [peer, least] of peers) {
    const [times, ratios]: [number[], number[]] = [[], []];
    for (let i = 0; i < Math.max(3, rounds / 3); i++) {
      const query = queries[i] as Float32Array;
      const mine = await timed(() => index.search({ queries: query, k: 10, minScore: -1 }));
      const time = ((await timed(() => peer.search(query))) * rows) / peer.rows;
      times.push(time);
      ratios.push(time / mine);
    }
    const note = peer.rows === rows ? '' : `, scaled from ${peer.rows}`;
    print({ what: `${sizeName(rows)}, ${peer.name}${note}`, value: median(times), unit: 'ms' });
    print(atLeast(`${sizeName(rows)}, how much faster than ${peer.name}`, median(ratios), 'x', least));
    await peer.close();
  }
}

/** Batches, and the bare float32 product of ONNX Runtime (as fast as OpenBLAS) over the same rows and queries. */
async function benchBatches(
  index: VectorIndex,
  queries: readonly Float32Array[],
  fresh: Float32Array,
  rows: number,
  print: Print,
): Promise<void> {
  const size = sizeName(rows);
  for (const count of [16, 256]) {
    const batch = new Float32Array(count * dimension);
    for (let i = 0; i < count; i++) batch.set(queries[i] as Float32Array, i * dimension);
    const product = await openProduct(fresh, batch, dimension);
    const ask = (): Promise<unknown> => index.search({ queries: batch, k: 10, minScore: -1 });
    await ask();
    const [times, products]: [number[], number[]] = [[], []];
    for (let i = 0; i < 3; i++) {
      times.push((await timed(ask)) / count);
      products.push(((await timed(() => product.run())) * rows * dimension) / fresh.length / count);
    }
    const [own, plain] = [median(times), median(products)];
    const isBar = rows === 1_000_000 && count === 256;
    print(atMost(`${size}, batch of ${count}, exact top 10, per probe`, own, 'ms', isBar ? 12 : undefined));
    print({ what: `${size}, float32 product alone, ${count} at once, per probe`, value: plain, unit: 'ms' });
    print(atMost(`${size}, batch of ${count} ÷ float32 product`, own / plain, 'x', isBar ? 1.25 : undefined));
    await product.close();
  }
}
