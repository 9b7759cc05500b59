/** What every benchmark shares: medians, the table, the JSON file with the machine it was measured on. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/** Folder of the results, in the repository. */
export const resultsFolder = fileURLToPath(new URL('../results', import.meta.url));

/** The middle value; of an even number of values the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

/** `--name value` as a number ≥ 0. */
export function numberOption(args: readonly string[], name: string, fallback: number): number {
  const at = args.indexOf(`--${name}`);
  if (at < 0) return fallback;
  const value = Number(args[at + 1]);
  if (!(value >= 0)) throw new Error(`--${name}: expected a number ≥ 0, got ${args[at + 1]}`);
  return value;
}

/** What work gave, the milliseconds of wall clock it took, and those of all this process's threads on a processor. */
export async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number; cpuMs: number }> {
  const before = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { value, ms, cpuMs: (user + system) / 1000 };
}

/** The file of an installed package, also of one that keeps its `package.json` to itself. */
export function packageFile(name: string, ...path: string[]): string {
  const folder = require.resolve
    .paths(name)
    ?.map((root) => join(root, name))
    .find((candidate) => readable(join(candidate, 'package.json')));
  if (folder === undefined) throw new Error(`${name} is not installed; run npm ci`);
  return join(folder, ...path);
}

/** The photograph that all benchmarks use: `number` 1…6, 1 shows three people on 1920×1280. */
export function samplePhoto(number: number): string {
  return packageFile('@vladmandic/face-api', 'demo', `sample${number}.jpg`);
}

/** Prints rows under a heading, columns aligned; the first column is text. */
export function printTable(heading: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  process.stdout.write(`\n${heading}\n${lines.map((line) => `  ${line.trimEnd()}`).join('\n')}\n`);
}

/** Writes `results/<name>.json`: the figures, when and on what they were measured. */
export function writeResult(name: string, figures: Readonly<Record<string, unknown>>): void {
  mkdirSync(resultsFolder, { recursive: true });
  const file = join(resultsFolder, `${name}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ bench: name, date: new Date().toISOString(), ...machine(), ...figures }, null, 2)}\n`,
  );
  process.stdout.write(`\nWritten to bench/results/${name}.json\n`);
}

/** The name of a result is its own file; versions are those installed. */
function machine(): Record<string, unknown> {
  return {
    machine: {
      cpu: cpus()[0]?.model.trim(),
      cores: availableParallelism(),
      memoryGB: Math.round(totalmem() / 1e9),
      platform: `${process.platform} ${process.arch}`,
      loadAverage: loadavg().map((value) => Math.round(value * 10) / 10),
    },
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(
        ['onnxruntime-node', 'sharp', '@vladmandic/human', '@vladmandic/face-api', '@tensorflow/tfjs'].map((name) => [
          name,
          (JSON.parse(readFileSync(packageFile(name, 'package.json'), 'utf8')) as { version: string }).version,
        ]),
      ),
    },
  };
}

/** One decimal. */
export function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Two decimals. */
export function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

function readable(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/** The folder of the repository. */
export const repositoryFolder = dirname(dirname(resultsFolder));
