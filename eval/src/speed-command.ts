/**
 * The command that times an evaluation: `node eval/dist/speed-command.js --data DIR [--preset balanced]`. 6,000 pairs of
 * some 7,000 pictures from an empty cache, interrupted on the way and taken up again; the same once more from the
 * cache; and all pairs of the LFW pictures, over a million. Writes `eval/results/speed.json`.
 */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelledPictures } from './calibrate-command.ts';
import { compareEvery } from './comparisons.ts';
import { cachedEngine } from './embedding-cache.ts';
import type { EmbeddingEngine } from './embeddings.ts';
import { finderSettings, openEmbeddingEngine } from './engine.ts';
import { type Pair, readPairsFile } from './pairs.ts';
import { machineName, writeResult } from './results.ts';
import { runScript } from './script.ts';
import { addCosts, type Cost, timed } from './timed.ts';
import { evaluateVerification, measureVerification } from './verification.ts';

const options = {
  data: { type: 'string' },
  preset: { type: 'string', default: 'balanced' },
  pairs: { type: 'string', default: '6000' },
  cache: { type: 'string' },
} as const;

/** Values of the options. */
type Chosen = Readonly<Record<'preset' | 'pairs', string> & { cache?: string | undefined }>;

interface Timed extends Cost {
  readonly name: string;
  readonly pairs: number;
  readonly pictures: number;
}

async function main(values: Chosen, data: string): Promise<void> {
  const cache = values.cache ?? (await mkdtemp(join(tmpdir(), 'vultus-speed-')));
  await using plain = await openEmbeddingEngine({ preset: values.preset });
  const engine = cachedEngine(plain, { folder: cache, settings: finderSettings(plain.models) });
  try {
    const pairs = await manyPairs(data, Number(values.pairs));
    const files = new Set(pairs.flatMap(({ fileA, fileB }) => [fileA, fileB]));
    const about = { pairs: pairs.length, pictures: files.size };
    const interrupted = await stopHalfWay(engine, pairs, data);
    const rest = await timed(() => evaluateVerification({ engine, pairs, images: data, onProgress: report }));
    const runs: Timed[] = [
      {
        name: 'from pictures to figures (stopped half-way and taken up again)',
        ...about,
        ...addCosts(interrupted, rest),
      },
      {
        name: 'again, from the cache',
        ...about,
        ...(await timed(() => evaluateVerification({ engine, pairs, images: data }))),
      },
      await millionPairs(engine, data),
    ];
    for (const run of runs) {
      process.stdout.write(
        `${run.name}: ${run.pairs.toLocaleString('en')} pairs, ${run.pictures.toLocaleString('en')} pictures, ${run.seconds} s, ${run.cpuSeconds} s of processor time\n`,
      );
    }
    process.stdout.write(`${machineName}\n`);
    await writeResult('speed', { preset: values.preset, runs });
  } finally {
    if (values.cache === undefined) await rm(cache, { recursive: true, force: true });
  }
}

/** LFW's and CFP's own pairs; the rest are strangers among FairFace crops, whose pictures are all of different people. */
async function manyPairs(data: string, count: number): Promise<Pair[]> {
  const lists = [
    ['verification/lfw', 'pairs.tsv'],
    ['verification/cfp', 'pairs_FF.tsv'],
    ['verification/cfp', 'pairs_FP.tsv'],
  ] as const;
  const own = await Promise.all(
    lists.map(async ([folder, list]) => {
      const pairs = await readPairsFile(join(data, folder, list));
      return pairs.map((pair) => ({ ...pair, fileA: `${folder}/${pair.fileA}`, fileB: `${folder}/${pair.fileB}` }));
    }),
  );
  const pairs = own.flat().slice(0, count);
  const folder = 'attributes/fairface-train';
  const strangers = (await readdir(join(data, folder), { recursive: true }))
    .filter((name) => name.endsWith('.jpg'))
    .sort();
  const more = Array.from({ length: count - pairs.length }, (_, i): Pair => {
    const [a, b] = [strangers[2 * i] as string, strangers[2 * i + 1] as string];
    return { fold: String(i % 2), same: false, fileA: `${folder}/${a}`, fileB: `${folder}/${b}` };
  });
  return [...pairs, ...more];
}

/** Ends the work after half of the pictures, as a person or a power cut would. */
async function stopHalfWay(engine: EmbeddingEngine, pairs: readonly Pair[], images: string) {
  const stop = new AbortController();
  return timed(async () => {
    const onProgress = (done: number, total: number): void => {
      report(done, total);
      if (done * 2 >= total) stop.abort();
    };
    await evaluateVerification({ engine, pairs, images, signal: stop.signal, onProgress }).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
  });
}

async function millionPairs(engine: EmbeddingEngine, data: string): Promise<Timed> {
  const images = join(data, 'verification/lfw');
  const pictures = await labelledPictures(engine, { source: { pairs: join(images, 'pairs.tsv'), images } });
  let pairs = 0;
  const time = await timed(async () => {
    const again = await labelledPictures(engine, { source: { pairs: join(images, 'pairs.tsv'), images } });
    const result = measureVerification(compareEvery(again), engine, { missing: [], unreadable: [] });
    pairs = result.pairs.total;
  });
  return { name: 'every pair of the LFW pictures, from the cache', pairs, pictures: pictures.length, ...time };
}

function report(done: number, total: number): void {
  if (done % 100 === 0 || done === total) process.stderr.write(`\r${done}/${total}  `);
}

const usage = 'node eval/dist/speed-command.js --data DIR [--preset balanced] [--pairs 6000] [--cache DIR]';
await runScript({ usage, options, required: 'data' }, main);
