/** Exact search by others over the same rows, for ratios of the same run. */

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';

const require = createRequire(import.meta.url);

/** One exact search by a peer. */
export interface Peer {
  readonly name: string;
  /** Rows it holds: some are too slow to fill with all of them, and their time is scaled. */
  readonly rows: number;
  search(query: Float32Array): Promise<unknown>;
  close(): Promise<void>;
}

type Database = {
  exec(sql: string): void;
  prepare(sql: string): { run(...values: unknown[]): void; all(...values: unknown[]): unknown[] };
  enableLoadExtension(allow: boolean): void;
  loadExtension(path: string): void;
  close(): void;
};

/** usearch's exact search, as many threads as cores; it wants whole arrays, not views. */
export async function openUsearch(rows: Float32Array, dimension: number): Promise<Peer> {
  const usearch = require('usearch') as {
    MetricKind: { IP: string };
    exactSearch(
      data: Float32Array,
      query: Float32Array,
      d: number,
      k: number,
      metric: string,
      threads: number,
    ): unknown;
  };
  return {
    name: 'usearch exact float32',
    rows: rows.length / dimension,
    search: async (query) =>
      usearch.exactSearch(rows, query, dimension, 10, usearch.MetricKind.IP, availableParallelism()),
    close: async () => {},
  };
}

/** sqlite-vec's virtual table in memory, cosine distance. */
export async function openSqliteVec(rows: Float32Array, dimension: number): Promise<Peer> {
  const { DatabaseSync } = require('@photostructure/sqlite') as {
    DatabaseSync: new (path: string, options: { allowExtension: boolean }) => Database;
  };
  const db = new DatabaseSync(':memory:', { allowExtension: true });
  db.enableLoadExtension(true);
  db.loadExtension((require('sqlite-vec') as { getLoadablePath(): string }).getLoadablePath());
  db.exec(`CREATE VIRTUAL TABLE face USING vec0 (vector float[${dimension}] distance_metric=cosine)`);
  const insert = db.prepare('INSERT INTO face (vector) VALUES (?)');
  db.exec('BEGIN');
  for (let at = 0; at < rows.length; at += dimension) insert.run(new Uint8Array(rows.slice(at, at + dimension).buffer));
  db.exec('COMMIT');
  const nearest = db.prepare('SELECT rowid, distance FROM face WHERE vector MATCH ? AND k = 10');
  return {
    name: 'sqlite-vec float32',
    rows: rows.length / dimension,
    search: async (query) => nearest.all(new Uint8Array(query.slice().buffer)),
    close: async () => db.close(),
  };
}

/** pgvector without an index, in PGlite (PostgreSQL in WebAssembly), on a part of the rows. */
export async function openPgvector(rows: Float32Array, dimension: number, part: number): Promise<Peer> {
  const { PGlite } = await import('@electric-sql/pglite');
  const { vector } = await import('@electric-sql/pglite-pgvector');
  const db = await PGlite.create({ extensions: { vector } });
  await db.exec(
    `CREATE EXTENSION vector; CREATE TABLE face (id serial, v vector(${dimension})); ALTER TABLE face ALTER v SET STORAGE PLAIN;`,
  );
  const text = (at: number): string => `[${[...rows.subarray(at, at + dimension)].map((x) => x.toFixed(6)).join(',')}]`;
  for (let row = 0; row < part; row += 500) {
    const values = Array.from({ length: Math.min(500, part - row) }, (_, i) => `('${text((row + i) * dimension)}')`);
    await db.exec(`INSERT INTO face (v) VALUES ${values.join(',')}`);
  }
  return {
    name: 'pgvector exact (PGlite)',
    rows: part,
    search: (query) => db.query(`SELECT id FROM face ORDER BY v <#> '[${[...query].join(',')}]' LIMIT 10`),
    close: () => db.close(),
  };
}

/** A bare matrix product: every row by every query in float32, on all cores, without picking the best. */
export interface Product {
  run(): Promise<void>;
  close(): Promise<void>;
}

/** ONNX Runtime's, whose sgemm is as fast as OpenBLAS. */
export async function openProduct(rows: Float32Array, queries: Float32Array, dimension: number): Promise<Product> {
  const ort = require('onnxruntime-node') as typeof import('onnxruntime-node');
  const { encodeModel, GraphBuilder } = await import('@vultus/models/onnx');
  const graph = new GraphBuilder();
  const inputs = [graph.input('rows', ['N', 'D']), graph.input('queries', ['D', 'Q'])];
  graph.output('scores', graph.node('MatMul', inputs), ['N', 'Q']);
  const session = await ort.InferenceSession.create(encodeModel(graph.build('product')), {
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 4,
  });
  const count = queries.length / dimension;
  const columns = new Float32Array(queries.length);
  for (let q = 0; q < count; q++) {
    for (let i = 0; i < dimension; i++) columns[i * count + q] = queries[q * dimension + i] as number;
  }
  const height = rows.length / dimension;
  const scores = new ort.Tensor('float32', new Float32Array(height * count), [height, count]);
  const feeds = {
    rows: new ort.Tensor('float32', rows, [height, dimension]),
    queries: new ort.Tensor('float32', columns, [dimension, count]),
  };
  return {
    run: async () => {
      await session.run(feeds, { scores });
    },
    close: () => session.release(),
  };
}
