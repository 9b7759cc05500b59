/** Enrolling and loading, what coarser storage loses, and ten million faces from a file. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, cosine, Gallery } from 'vultus';
import {
  atLeast,
  atMost,
  contract,
  dimension,
  faceprint,
  neighbour,
  type Print,
  randomUnits,
  sizeName,
  timed,
  turned,
} from './gallery-figures.ts';
import { openReadBound } from './read-bound.ts';
import { median } from './report.ts';

/** Rows of one transaction. */
const batch = 1000;

/** A file that is gone afterwards. */
async function withFile(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vultus-bench-'));
  try {
    await work(join(folder, 'faces.db'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Enrolling in transactions of 1000, then opening the file anew. */
export function benchSqlite(rows: number, print: Print): Promise<void> {
  return withFile(async (path) => {
    const { enrolling, loading } = await fillAndLoad(path, rows);
    print(atLeast('SQLite, enrolled per second, 1000 a transaction', (1000 * rows) / enrolling, '/s', 30_000));
    print(atLeast('SQLite, loaded per second', (1000 * rows) / loading, '/s', 100_000));
  });
}

/** The same two figures for a PostgreSQL server. */
export async function benchPostgresBulk(url: string, rows: number, print: Print): Promise<void> {
  const { enrolling, loading } = await fillAndLoad(url, rows);
  print({ what: 'PostgreSQL, enrolled per second, 1000 a transaction', value: (1000 * rows) / enrolling, unit: '/s' });
  print({ what: 'PostgreSQL, loaded per second', value: (1000 * rows) / loading, unit: '/s' });
}

async function fillAndLoad(url: string, rows: number): Promise<{ enrolling: number; loading: number }> {
  const name = `bench ${process.pid}`;
  const vectors = randomUnits(rows);
  const gallery = await Gallery.open(url);
  const collection = await gallery.create(name, { contract });
  const enrolling = await timed(async () => {
    for (let row = 0; row < rows; row += batch) await enrol(collection, vectors, row, Math.min(batch, rows - row));
  });
  await collection.close();
  const again = await Gallery.open(url);
  const loading = await timed(() => again.open(name));
  await again.close();
  await gallery.delete(name);
  await gallery.close();
  return { enrolling, loading };
}

function enrol(collection: Collection, vectors: Float32Array, row: number, count: number): Promise<string[]> {
  return collection.enrollMany(
    Array.from({ length: count }, (_, i) => ({
      faceprint: faceprint(vectors.subarray((row + i) * dimension, (row + i + 1) * dimension)),
      identity: `person ${row + i}`,
    })),
  );
}

/** What storage does to similarities: the largest change among 300 pairs, and what a face takes. */
export async function benchLoss(print: Print): Promise<void> {
  const bytes = { float32: 4 * dimension, float16: 2 * dimension, int8: dimension + 4 };
  for (const precision of ['float32', 'float16', 'int8'] as const) {
    const gallery = await Gallery.open('memory:');
    const collection = await gallery.create('loss', { contract, precision });
    let worst = 0;
    for (let i = 0; i < 300; i++) {
      const vector = randomUnits(1);
      const probe = neighbour(vector);
      await collection.enroll(faceprint(vector), 'A', { id: '00000000-0000-7000-8000-000000000000' });
      const { similarity } = await collection.verify(faceprint(probe), 'A');
      worst = Math.max(worst, Math.abs(similarity - cosine(vector, probe)));
    }
    await gallery.close();
    print({ what: `${precision} storage, bytes a face`, value: bytes[precision], unit: 'B' });
    print({ what: `${precision} storage, largest change of a similarity`, value: worst, unit: '' });
  }
}

/**
 * So many int8 faces in one SQLite file: filled, opened, searched. Takes minutes, and as much disk as the vectors.
 * @param file kept, and used again when it is there; default a temporary one
 */
export async function benchHuge(rows: number, file: string | undefined, print: Print): Promise<void> {
  if (file === undefined) return withFile((path) => benchHuge(rows, path, print));
  if (!existsSync(file)) await fillHuge(file, rows, print);
  const size = sizeName(rows);
  print({ what: `${size} int8, size of the file`, value: (await stat(file)).size / 1e9, unit: 'GB' });
  const gallery = await Gallery.open(file);
  const start = performance.now();
  const collection = await gallery.open('huge');
  const loading = performance.now() - start;
  print({ what: `${size} int8, opened in`, value: loading / 1000, unit: 's' });
  print(atLeast(`${size} int8, loaded per second`, (1000 * collection.size) / loading, '/s', 100_000));
  print(atMost(`${size} int8, resident memory`, process.memoryUsage.rss() / 1e9, 'GB', 24));
  await searchHuge(collection, size, print);
  await gallery.close();
}

/** Twenty people are searched for by another picture of theirs. */
async function searchHuge(collection: Collection, size: string, print: Print): Promise<void> {
  const times: number[] = [];
  const ratios: number[] = [];
  let found = 0;
  // A quarter of the bytes: beside ten million faces there is no room for as much again.
  const bound = await openReadBound((collection.size * dimension) / 4);
  for (let i = 0; i < 20; i++) {
    const identity = `person ${Math.floor((i * collection.size) / 20)}`;
    const [row] = collection.iterate({ identity });
    const probe = faceprint(neighbour(row?.faceprint.vector ?? new Float32Array(dimension)));
    const start = performance.now();
    const [best] = await collection.identify(probe, { topK: 10, threshold: -1 });
    const time = performance.now() - start;
    times.push(time);
    ratios.push(time / (4 * (await bound.time())));
    if (best?.identity === identity) found += 1;
  }
  await bound.close();
  print(atMost(`${size} int8, one probe, exact top 10`, median(times), 'ms', 400));
  print(atMost(`${size} int8, one probe ÷ reading, scaled from a quarter`, median(ratios), 'x', 1.7));
  print(atLeast(`${size} int8, mates at a cosine of 0.6 found first`, found / times.length, '', 1));
}

async function fillHuge(path: string, rows: number, print: Print): Promise<void> {
  const gallery = await Gallery.open(path);
  const collection = await gallery.create('huge', { contract, precision: 'int8' });
  const fresh = randomUnits(16 * batch);
  let enrolling = 0;
  for (let row = 0; row < rows; row += batch) {
    const from = ((row / batch) % 16) * batch * dimension;
    const vectors = turned(fresh.subarray(from, from + batch * dimension));
    const items = Array.from({ length: batch }, (_, i) => ({
      faceprint: faceprint(vectors.subarray(i * dimension, (i + 1) * dimension)),
      identity: `person ${row + i}`,
    }));
    enrolling += await timed(() => collection.enrollMany(items));
  }
  print({ what: `${sizeName(rows)} int8, enrolled per second`, value: (1000 * rows) / enrolling, unit: '/s' });
  await gallery.close();
}
