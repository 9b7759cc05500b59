/** What a graph (HNSW) loses against the exact search: the same probes, the same rows, side by side. */

import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  Gallery,
  type Hit,
  type HnswSearch,
  importCollection,
  openHnswIndex,
  openScanIndex,
  type VectorIndex,
} from 'vultus';
import { median, printTable, resultsFolder, round2, writeResult } from './report.ts';

const help = `npm run bench -- hnsw: what a graph index misses
  --rows N        gallery size (default 50000)
  --probes N      probes for each cosine (default 150)
  --faces FILE    a gallery export (docs/formats.md): real faces, filled up with synthetic ones of the same spread;
                  people with several pictures are searched for by one that is left out
  --settings S    connectivity/expansionAdd/expansionSearch, several separated by commas
                  (default 16/128/64,16/128/256,32/256/512)`;

const cosines = [0.35, 0.4, 0.5, 0.6, 0.7];

/** Rows to search and real probes for them, where there are any. */
interface Data {
  readonly name: string;
  readonly dimension: number;
  readonly rows: Float32Array;
  /** The row whose noisy copies are the probes, one after the other. */
  readonly mates: readonly number[];
  /** Further pictures of enrolled people, with the rows of that person. */
  readonly pictures: readonly { readonly vector: Float32Array; readonly mates: ReadonlySet<number> }[];
}

/** Shares of one kind of probe; 1 is nothing lost. */
interface Loss {
  readonly probes: string;
  readonly mateInTop10: number;
  readonly mateInTop10Exact: number;
  readonly recallAt1: number;
  readonly recallAt10: number;
}

/** One graph over one set of rows. */
interface Result {
  readonly data: string;
  readonly rows: number;
  readonly settings: string;
  readonly probes: number;
  readonly date: string;
  readonly losses: readonly Loss[];
  /** Time of a search by the graph as a multiple of the exact one. */
  readonly timeRatio: number;
  readonly buildMsPerRow: number;
}

/** Runs the bench as `argv` asks. */
export async function benchHnsw(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rows: { type: 'string', default: '50000' },
      probes: { type: 'string', default: '150' },
      faces: { type: 'string' },
      settings: { type: 'string', default: '16/128/64,16/128/256,32/256/512' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const [rows, probes] = [Number(values.rows), Number(values.probes)];
  const sets = [synthetic(rows, probes)];
  if (values.faces !== undefined) sets.push(await realFaces(values.faces, rows, probes));
  const results: Result[] = [];
  for (const data of sets) {
    for (const text of values.settings.split(',')) {
      const [connectivity = 32, expansionAdd = 256, expansionSearch = 512] = text.split('/').map(Number);
      const result = await measure(data, { connectivity, expansionAdd, expansionSearch });
      results.push({ data: data.name, rows, settings: text, probes, date: new Date().toISOString(), ...result });
      // After each: a graph of a hundred thousand rows takes minutes.
      writeResult('hnsw', { results: [...formerResults(results), ...results] });
      printTable(
        `${data.name}, ${rows} rows, HNSW M ${connectivity}, efConstruction ${expansionAdd}, ef ${expansionSearch}`,
        [
          ['probe', 'mate in top 10', 'exact search', 'recall@1', 'recall@10'],
          ...result.losses.map((loss) => [
            loss.probes,
            ...[loss.mateInTop10, loss.mateInTop10Exact, loss.recallAt1, loss.recallAt10].map((share) =>
              share.toFixed(3),
            ),
          ]),
          ['graph ÷ exact search, time of one probe', '', '', '', `${round2(result.timeRatio)} x`],
          ['building, CPU milliseconds a row', '', '', '', String(round2(result.buildMsPerRow))],
        ],
      );
    }
  }
}

/** What was measured before on other rows or with other settings. */
function formerResults(results: readonly Result[]): Result[] {
  const file = join(resultsFolder, 'hnsw.json');
  if (!existsSync(file)) return [];
  const former = (JSON.parse(readFileSync(file, 'utf8')) as { readonly results: readonly Result[] }).results;
  const nameOf = ({ data, rows, settings }: Result): string => `${data} ${rows} ${settings}`;
  const fresh = new Set(results.map(nameOf));
  return former.filter((result) => !fresh.has(nameOf(result)));
}

async function measure(
  data: Data,
  settings: HnswSearch,
): Promise<{ losses: Loss[]; timeRatio: number; buildMsPerRow: number }> {
  const { dimension, rows } = data;
  const index = await openHnswIndex(await openScanIndex({ dimension, precision: 'float32' }), settings);
  const before = process.cpuUsage();
  for (let at = 0; at < rows.length; at += 1024 * dimension) index.add(rows.slice(at, at + 1024 * dimension));
  while (index.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const { user, system } = process.cpuUsage(before);
  const ratios: number[] = [];
  const losses: Loss[] = [];
  const kinds: { readonly name: string; readonly probes: Data['pictures'] }[] = cosines.map((cosine) => ({
    name: `cosine ${cosine.toFixed(2)}`,
    probes: data.mates.map((mate) => ({
      vector: atCosine(rows.subarray(mate * dimension, (mate + 1) * dimension), cosine),
      mates: new Set([mate]),
    })),
  }));
  if (data.pictures.length > 0) kinds.push({ name: 'another picture', probes: [...data.pictures] });
  for (const { name, probes } of kinds) losses.push(await compare(index, name, probes, ratios));
  await index.close();
  return { losses, timeRatio: median(ratios), buildMsPerRow: (user + system) / 1000 / (rows.length / dimension) };
}

async function compare(index: VectorIndex, name: string, probes: Data['pictures'], ratios: number[]): Promise<Loss> {
  const sums = [0, 0, 0, 0];
  for (const { vector, mates } of probes) {
    const request = { queries: vector, k: 10, minScore: -1 };
    const [graph, graphMs] = await timedSearch(index, request);
    const [exact, exactMs] = await timedSearch(index, { ...request, exact: true });
    ratios.push(graphMs / exactMs);
    const shared = exact.filter(({ slot }) => graph.some((hit) => hit.slot === slot)).length;
    const shares = [
      hasMate(graph, mates),
      hasMate(exact, mates),
      graph[0]?.slot === exact[0]?.slot ? 1 : 0,
      shared / exact.length,
    ];
    for (const [i, share] of shares.entries()) sums[i] = (sums[i] as number) + share / probes.length;
  }
  const [mateInTop10 = 0, mateInTop10Exact = 0, recallAt1 = 0, recallAt10 = 0] = sums;
  return { probes: name, mateInTop10, mateInTop10Exact, recallAt1, recallAt10 };
}

function hasMate(hits: readonly Hit[], mates: ReadonlySet<number>): number {
  return hits.some(({ slot }) => mates.has(slot)) ? 1 : 0;
}

async function timedSearch(
  index: VectorIndex,
  request: Parameters<VectorIndex['search']>[0],
): Promise<[Hit[], number]> {
  const start = performance.now();
  const [hits = []] = await index.search(request);
  return [hits, performance.now() - start];
}

/** Vectors whose components shrink as those of face embeddings do: strangers' cosines 0 ± 0.065 at 512 components. */
function synthetic(count: number, probes: number): Data {
  const dimension = 512;
  const rows = new Float32Array(count * dimension);
  for (let i = 0; i < rows.length; i++) rows[i] = normal() * Math.exp(-(i % dimension) / 244);
  normalise(rows, dimension);
  return { name: 'synthetic, spread like faces', dimension, rows, mates: chosen(count, probes), pictures: [] };
}

/** The faces of an export, then synthetic ones with their mean and covariance. */
async function realFaces(file: string, count: number, probes: number): Promise<Data> {
  const gallery = await Gallery.open();
  const lines = createInterface({ input: createReadStream(file) });
  await importCollection(gallery, lines, { name: 'faces' });
  const collection = await gallery.open('faces');
  const { dimension } = collection.contract;
  const enrolled: Float32Array[] = [];
  const pictures: Data['pictures'][number][] = [];
  for (const identity of collection.identities) {
    const [first, ...others] = [...collection.iterate({ identity })].map(({ faceprint }) => faceprint.vector);
    const mates = new Set(others.map((_, i) => enrolled.length + i));
    if (others.length > 0 && first !== undefined) pictures.push({ vector: first, mates });
    enrolled.push(...(others.length > 0 ? others : first === undefined ? [] : [first]));
  }
  await gallery.close();
  const rows = new Float32Array(count * dimension);
  for (const [i, vector] of enrolled.slice(0, count).entries()) rows.set(vector, i * dimension);
  for (let i = enrolled.length; i < count; i++) rows.set(mixture(enrolled, dimension), i * dimension);
  normalise(rows, dimension);
  const name = `${enrolled.length} real faces among synthetic ones like them`;
  return { name, dimension, rows, mates: chosen(Math.min(count, enrolled.length), probes), pictures };
}

/** mean + Σ gᵢ·(vᵢ − mean)/√k over k faces by lot, gᵢ normal: like all of them and none. */
function mixture(faces: readonly Float32Array[], dimension: number): Float32Array {
  const mixed = 96;
  const made = new Float32Array(dimension);
  let rest = 1;
  for (let k = 0; k < mixed; k++) {
    const face = faces[Math.floor(Math.random() * faces.length)] as Float32Array;
    const weight = normal() / Math.sqrt(mixed);
    rest -= weight;
    for (let i = 0; i < dimension; i++) made[i] = (made[i] as number) + weight * (face[i] as number);
  }
  const mean = meanOf(faces, dimension);
  return made.map((x, i) => x + rest * (mean[i] as number));
}

const means = new WeakMap<readonly Float32Array[], Float32Array>();

function meanOf(faces: readonly Float32Array[], dimension: number): Float32Array {
  const known = means.get(faces);
  if (known !== undefined) return known;
  const mean = new Float32Array(dimension);
  for (const face of faces)
    for (let i = 0; i < dimension; i++) mean[i] = (mean[i] as number) + (face[i] as number) / faces.length;
  means.set(faces, mean);
  return mean;
}

function chosen(count: number, probes: number): number[] {
  return Array.from({ length: probes }, () => Math.floor(Math.random() * count));
}

/** A unit vector at this cosine from the given one, otherwise in any direction. */
function atCosine(vector: Float32Array, cosine: number): Float32Array {
  const noise = vector.map(() => normal());
  const along = noise.reduce((sum, x, i) => sum + x * (vector[i] as number), 0);
  const across = noise.map((x, i) => x - along * (vector[i] as number));
  const length = Math.sqrt(across.reduce((sum, x) => sum + x * x, 0));
  return across.map((x, i) => (Math.sqrt(1 - cosine * cosine) / length) * x + cosine * (vector[i] as number));
}

function normalise(rows: Float32Array, dimension: number): void {
  for (let at = 0; at < rows.length; at += dimension) {
    let sum = 0;
    for (let i = at; i < at + dimension; i++) sum += (rows[i] as number) ** 2;
    const scale = 1 / Math.sqrt(sum);
    for (let i = at; i < at + dimension; i++) rows[i] = (rows[i] as number) * scale;
  }
}

function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
