/** The gallery's speed: search against the limit of memory and against peers, enrolling, loading, and telling others. */

import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  cosine,
  type EmbeddingContract,
  type Faceprint,
  Gallery,
  openScanIndex,
  type Precision,
  type VectorIndex,
} from 'vultus';
import { openPgvector, openSqliteVec, openUsearch, type Peer } from './gallery-peers.ts';
import { openReadBound } from './read-bound.ts';

const dimension = 512;
const contract: EmbeddingContract = { id: 'bench', version: '1', sha256: '0'.repeat(64), dimension };

const help = `npm run bench -- gallery: speed of the gallery
  --rows N[,N…]      gallery sizes (default 100000)
  --precision P      float32, float16 or int8 (default float32)
  --rounds N         searches per figure (default 21)
  --no-peers         leave out usearch, sqlite-vec and pgvector
  --stored N         rows for enrolling into SQLite and loading (default 50000)
  --postgres URL     measure PostgreSQL: enrolling, loading, how soon another process sees an enrolment
                     (default VULTUS_POSTGRES_URL)
  --out FILE         where the JSON goes (default bench/results/gallery.json)`;

/** One line of the table. */
interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The bar, in words, and whether it holds; absent for figures without one. */
  readonly bar?: string;
  readonly holds?: boolean;
}

/** Runs the bench as `argv` asks; the exit code is 1 when a bar is missed. */
export async function run(argv: readonly string[]): Promise<void> {
  const figures = await benchGallery(argv);
  process.exitCode = figures.some((figure) => figure.holds === false) ? 1 : 0;
}

/** Prints a table. @returns the figures */
export async function benchGallery(argv: readonly string[]): Promise<readonly Figure[]> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rows: { type: 'string', default: '100000' },
      precision: { type: 'string', default: 'float32' },
      rounds: { type: 'string', default: '21' },
      'no-peers': { type: 'boolean', default: false },
      stored: { type: 'string', default: '50000' },
      postgres: { type: 'string' },
      out: { type: 'string', default: join('bench', 'results', 'gallery.json') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return [];
  }
  const figures: Figure[] = [];
  const print = (figure: Figure): void => {
    figures.push(figure);
    const verdict = figure.holds === undefined ? '' : figure.holds ? '  ok' : '  MISSED';
    console.log(
      `${figure.what.padEnd(58)} ${format(figure.value).padStart(10)} ${figure.unit.padEnd(8)} ${figure.bar ?? ''}${verdict}`,
    );
  };
  for (const rows of values.rows.split(',').map(Number)) {
    await benchSearch(
      { rows, precision: values.precision as Precision, rounds: Number(values.rounds), peers: !values['no-peers'] },
      print,
    );
  }
  if (Number(values.stored) > 0) await benchSqlite(Number(values.stored), print);
  await benchLoss(print);
  const url = values.postgres ?? process.env.VULTUS_POSTGRES_URL;
  if (url !== undefined) {
    if (Number(values.stored) > 0) await benchPostgresBulk(url, Number(values.stored), print);
    await benchPostgres(url, print);
  }
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), memory: totalmem(), node: process.version };
  await mkdir(dirname(values.out), { recursive: true });
  await writeFile(
    values.out,
    `${JSON.stringify({ date: new Date().toISOString(), machine, figures }, undefined, 2)}\n`,
  );
  return figures;
}

type Print = (figure: Figure) => void;

interface SearchSettings {
  readonly rows: number;
  readonly precision: Precision;
  readonly rounds: number;
  readonly peers: boolean;
}

async function benchSearch({ rows, precision, rounds, peers }: SearchSettings, print: Print): Promise<void> {
  const size = rows >= 1e6 ? `${rows / 1e6}M` : `${rows / 1e3}k`;
  const index = await openScanIndex({ dimension, precision });
  const data = peers && rows <= 200_000 ? new Float32Array(rows * dimension) : undefined;
  const queries: Float32Array[] = [];
  for (let row = 0; row < rows; row += 4096) {
    const vectors = randomUnits(Math.min(4096, rows - row));
    index.add(vectors);
    data?.set(vectors, row * dimension);
    if (queries.length < rounds) queries.push(neighbour(vectors.slice(0, dimension)));
  }
  const ask = (i: number): Promise<unknown> =>
    index.search({ queries: queries[i % queries.length] as Float32Array, k: 10, minScore: -1 });
  const bound = await openReadBound(rows * dimension);
  const opened: Peer[] =
    data === undefined
      ? []
      : [
          await openUsearch(data, dimension),
          await openSqliteVec(data, dimension),
          await openPgvector(data, dimension, 10_000),
        ];
  const times: number[] = [];
  const bounds: number[] = [];
  const others = opened.map((): number[] => []);
  for (let i = -2; i < rounds; i++) {
    const [own, limit] = [await timed(() => ask(i + 2)), await bound.time()];
    const each: number[] = [];
    // Slow peers answer every third round.
    for (const peer of opened)
      each.push(i % 3 === 0 ? await timed(() => peer.search(queries[0] as Float32Array)) : Number.NaN);
    if (i < 0) continue;
    times.push(own);
    bounds.push(limit);
    for (const [j, time] of each.entries()) if (!Number.isNaN(time)) others[j]?.push(time);
  }
  const own = median(times);
  const absolute = rows === 100_000 ? 6 : rows === 1_000_000 ? 50 : rows === 10_000_000 ? 400 : undefined;
  print({
    what: `${size} x ${dimension} ${precision}, one probe, exact top 10`,
    value: own,
    unit: 'ms',
    ...bar(own, absolute, 'ms when quiet'),
  });
  print({ what: `${size}, merely reading the int8 rows, all cores`, value: median(bounds), unit: 'ms' });
  const ratio = median(times.map((time, i) => time / (bounds[i] as number)));
  print({
    what: `${size}, one probe ÷ read bound`,
    value: ratio,
    unit: 'x',
    ...bar(ratio, rows >= 1_000_000 ? 1.7 : undefined, 'x'),
  });
  const wanted = [1, 15, 10];
  for (const [j, peer] of opened.entries()) {
    const scaled = (median(others[j] as number[]) * rows) / peer.rows;
    const note = peer.rows === rows ? '' : `, scaled from ${peer.rows}`;
    print({ what: `${size}, ${peer.name}${note}`, value: scaled, unit: 'ms' });
    const factor = scaled / own;
    const least = wanted[j] as number;
    print({
      what: `${size}, how much faster than ${peer.name}`,
      value: factor,
      unit: 'x',
      bar: `≥ ${least} x`,
      holds: factor >= least,
    });
  }
  for (const count of [16, 256]) await benchBatch(index, queries, count, size, print);
  for (const peer of opened) await peer.close();
  await bound.close();
  await index.close();
}

async function benchBatch(
  index: VectorIndex,
  queries: readonly Float32Array[],
  count: number,
  size: string,
  print: Print,
): Promise<void> {
  const batch = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) batch.set(queries[i % queries.length] as Float32Array, i * dimension);
  const ask = (): Promise<unknown> => index.search({ queries: batch, k: 10, minScore: -1 });
  await ask();
  const each = median([await timed(ask), await timed(ask), await timed(ask)]) / count;
  const most = size === '1M' && count === 256 ? 12 : undefined;
  print({
    what: `${size}, batch of ${count}, per probe`,
    value: each,
    unit: 'ms',
    ...bar(each, most, 'ms when quiet'),
  });
}

async function benchSqlite(rows: number, print: Print): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vultus-bench-'));
  const path = join(folder, 'faces.db');
  const items = Array.from({ length: rows }, (_, i) => ({
    faceprint: print512(randomUnits(1)),
    identity: `person ${i}`,
  }));
  const gallery = await Gallery.open(path);
  const collection = await gallery.create('bench', { contract });
  const enrolling = await timed(async () => {
    for (let i = 0; i < rows; i += 1000) await collection.enrollMany(items.slice(i, i + 1000));
  });
  await gallery.close();
  const again = await Gallery.open(path);
  const loading = await timed(() => again.open('bench'));
  await again.close();
  await rm(folder, { recursive: true });
  const [in1s, out1s] = [(1000 * rows) / enrolling, (1000 * rows) / loading];
  print({
    what: 'SQLite, enrolled per second, 1000 a transaction',
    value: in1s,
    unit: '/s',
    bar: '≥ 30000',
    holds: in1s >= 30_000,
  });
  print({ what: 'SQLite, loaded per second', value: out1s, unit: '/s', bar: '≥ 100000', holds: out1s >= 100_000 });
}

/** What coarser storage does to similarities: the largest change among pairs. */
async function benchLoss(print: Print): Promise<void> {
  for (const precision of ['float16', 'int8'] as const) {
    const gallery = await Gallery.open('memory:');
    const collection = await gallery.create('loss', { contract, precision });
    let worst = 0;
    for (let i = 0; i < 300; i++) {
      const vector = randomUnits(1);
      const probe = neighbour(vector);
      await collection.enroll(print512(vector), 'A', { id: '00000000-0000-7000-8000-000000000000' });
      const { similarity } = await collection.verify(print512(probe), 'A');
      worst = Math.max(worst, Math.abs(similarity - cosine(vector, probe)));
    }
    await gallery.close();
    print({ what: `${precision} storage, largest change of a similarity`, value: worst, unit: '' });
  }
}

async function benchPostgresBulk(url: string, rows: number, print: Print): Promise<void> {
  const name = `bench bulk ${process.pid}`;
  const items = Array.from({ length: rows }, (_, i) => ({
    faceprint: print512(randomUnits(1)),
    identity: `person ${i}`,
  }));
  const gallery = await Gallery.open(url);
  const collection = await gallery.create(name, { contract });
  const enrolling = await timed(async () => {
    for (let i = 0; i < rows; i += 1000) await collection.enrollMany(items.slice(i, i + 1000));
  });
  const again = await Gallery.open(url);
  const loading = await timed(() => again.open(name));
  await again.close();
  await gallery.delete(name);
  await gallery.close();
  print({ what: 'PostgreSQL, enrolled per second, 1000 a transaction', value: (1000 * rows) / enrolling, unit: '/s' });
  print({ what: 'PostgreSQL, loaded per second', value: (1000 * rows) / loading, unit: '/s' });
}

/** A second process enrols; how long until this one identifies it. */
async function benchPostgres(url: string, print: Print): Promise<void> {
  const name = `bench ${process.pid}`;
  const gallery = await Gallery.open(url);
  const collection = await gallery.create(name, { contract });
  const child = fork(fileURLToPath(new URL('gallery-enroller.js', import.meta.url)), [url, name]);
  const message = (): Promise<number> =>
    new Promise((resolve) => child.once('message', (value) => resolve(value as number)));
  await message();
  const delays: number[] = [];
  for (let i = 0; i < 50; i++) {
    const vector = randomUnits(1);
    child.send([...vector]);
    const started = message();
    while ((await collection.identify(print512(vector), { threshold: 0.9 })).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const found = performance.timeOrigin + performance.now();
    delays.push(found - (await started));
  }
  child.disconnect();
  await gallery.delete(name);
  await gallery.close();
  const p95 = delays.sort((a, b) => a - b)[Math.floor(0.95 * delays.length)] as number;
  print({ what: 'PostgreSQL, enrol call to identifiable elsewhere, median', value: median(delays), unit: 'ms' });
  print({ what: 'PostgreSQL, the same, 95th percentile', value: p95, unit: 'ms', ...bar(p95, 50, 'ms') });
}

function bar(value: number, most: number | undefined, unit: string): { bar?: string; holds?: boolean } {
  return most === undefined ? {} : { bar: `≤ ${most} ${unit}`, holds: value <= most };
}

function print512(vector: Float32Array): Faceprint {
  return { contract, precision: 'float32', vector };
}

function randomUnits(count: number): Float32Array {
  const vectors = new Float32Array(count * dimension);
  for (let at = 0; at < vectors.length; at += dimension) {
    let sum = 0;
    for (let i = at; i < at + dimension; i++) {
      const x = Math.random() + Math.random() + Math.random() - 1.5;
      vectors[i] = x;
      sum += x * x;
    }
    const scale = 1 / Math.sqrt(sum);
    for (let i = at; i < at + dimension; i++) vectors[i] = (vectors[i] as number) * scale;
  }
  return vectors;
}

/** Another picture of the same face: cosine about 0.6. */
function neighbour(vector: Float32Array): Float32Array {
  const away = randomUnits(1);
  return vector.map((x, i) => 0.6 * x + 0.8 * (away[i] as number));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function format(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
