/**
 * The command that measures the shipped presets: `node eval/dist/accuracy-command.js --data DIR`. Writes
 * `eval/results/verification-<data>-<preset>.json` and `eval/results/fairness.json`; `accuracy-doc` makes the page of them.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { everyPair } from './comparisons.ts';
import { defaultCacheFolder } from './embedding-cache.ts';
import { embedOrSkip } from './embeddings.ts';
import { groupErrors, parseLabels } from './groups.ts';
import { openPresets, type PresetEngine } from './preset-embedder.ts';
import { verificationCommand } from './verification-command.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    sets: { type: 'string', default: 'lfw,fairface,cfp-ff,cfp-fp' },
    presets: { type: 'string', default: 'fast,balanced,accurate,open' },
    cache: { type: 'string', default: defaultCacheFolder() },
  },
});

const results = fileURLToPath(new URL('../results/', import.meta.url));
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}`;

const sets: Readonly<
  Record<string, { readonly title: string; readonly folder: string; readonly pairs: string; readonly pad?: number }>
> = {
  lfw: { title: 'LFW folds 0 and 1 (deep-funnelled)', folder: 'verification/lfw', pairs: 'pairs.tsv' },
  'cfp-ff': {
    title: 'CFP frontal–frontal, splits 1 and 2',
    folder: 'verification/cfp',
    pairs: 'pairs_FF.tsv',
    pad: 0.5,
  },
  'cfp-fp': {
    title: 'CFP frontal–profile, splits 1 and 2',
    folder: 'verification/cfp',
    pairs: 'pairs_FP.tsv',
    pad: 0.5,
  },
};

async function main(data: string): Promise<void> {
  for (const name of values.sets.split(',')) {
    const set = sets[name];
    await using open = await openPresets({
      presets: values.presets.split(','),
      cache: values.cache,
      ...(set?.pad === undefined ? {} : { pad: set.pad }),
    });
    if (set === undefined) await measureFairness(open.presets, join(data, 'attributes', 'fairface'));
    else for (const engine of open.presets) await measure(engine, name, data);
  }
}

async function measure(engine: PresetEngine, name: string, data: string): Promise<void> {
  const { title, folder, pairs } = sets[name] as (typeof sets)[string];
  const images = join(data, folder);
  const result = await verificationCommand(engine, {
    source: { pairs: join(images, pairs), images },
    ...(name === 'lfw' ? { labels: join(images, 'lfw_gender.tsv') } : {}),
    draws: 1000,
    onProgress: report(name),
  });
  const day = new Date().toISOString().slice(0, 10);
  const document = { preset: engine.preset, data: title, machine, measured: day, ...result };
  await writeFile(join(results, `verification-${name}-${engine.preset}.json`), `${JSON.stringify(document)}\n`);
  process.stderr.write(` ${engine.preset} ${name}: ${result.accuracy?.mean}\n`);
}

/** False matches within groups of FairFace, whose labels name no people: all pictures are taken for different ones. */
async function measureFairness(engines: readonly PresetEngine[], folder: string): Promise<void> {
  const text = await readFile(join(folder, 'labels.csv'), 'utf8');
  const labels = parseLabels(text, 'labels.csv');
  const files = [...(labels.get('race')?.keys() ?? [])].sort();
  const presets: Record<string, unknown> = {};
  for (const engine of engines) {
    const paths = files.map((file) => join(folder, file));
    const { prints } = await embedOrSkip(engine, paths, { onProgress: report('fairface') });
    const pictures = paths.map((path, index) => ({
      file: files[index] as string,
      person: String(index),
      print: prints.get(path) ?? null,
    }));
    const pairs = everyPair(pictures);
    const wanted = new Map(
      ['race', 'gender', 'age'].flatMap((kind) => {
        const byFile = labels.get(kind);
        return byFile ? [[kind, byFile] as const] : [];
      }),
    );
    const threshold = engine.calibration?.thresholds['1e-3']?.threshold ?? 0.4;
    presets[engine.preset] = {
      threshold,
      noFace: pictures.filter(({ print }) => print === null).length,
      groups: groupErrors(pairs, wanted, threshold),
    };
  }
  const measured = new Date().toISOString().slice(0, 10);
  const document = {
    data: 'FairFace validation crops (CC BY 4.0)',
    pictures: files.length,
    machine,
    measured,
    presets,
  };
  await writeFile(join(results, 'fairness.json'), `${JSON.stringify(document)}\n`);
}

function report(name: string) {
  return (done: number, total: number): void => {
    if (done % 50 === 0 || done === total) process.stderr.write(`\r${name} ${done}/${total}`);
  };
}

if (values.data === undefined) {
  process.stderr.write(
    'Usage: node eval/dist/accuracy-command.js --data DIR [--sets lfw,fairface,…] [--presets fast,…]\n',
  );
  process.exitCode = 2;
} else {
  await main(values.data);
}
