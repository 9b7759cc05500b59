/** Runs the recipes: fetch each package once, convert what is missing or changed, check the bytes, write the manifest. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleManifest } from './assemble.ts';
import { fetchFiles, sha256 } from './fetch.ts';
import { encodeModel } from './onnx/index.ts';
import { type PackageName, packages } from './packages.ts';
import { type Pins, readPins, writePins } from './pins.ts';
import { readPresets } from './presets.ts';
import type { Progress } from './progress.ts';
import type { Recipe } from './recipe.ts';

/** How a build runs. */
export interface BuildOptions {
  /** Folder for the .onnx files and manifest.json. */
  readonly out: string;
  /** Ids to build; default all. The manifest lists whatever is there afterwards. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Convert again even what is there and right. */
  readonly force?: boolean;
  /** Accept the bytes that come out and write them to pins.json, instead of checking against it. */
  readonly pin?: boolean;
  readonly progress: Progress;
}

/** What a build did. */
export interface BuildReport {
  readonly built: readonly string[];
  readonly kept: readonly string[];
}

/** Builds the models of the recipes into `options.out`. A file is replaced whole or not at all. */
export async function buildModels(recipes: readonly Recipe[], options: BuildOptions): Promise<BuildReport> {
  const { out, progress } = options;
  await mkdir(out, { recursive: true });
  const pins: Record<string, Pins[string]> = { ...(await readPins()) };
  const todo: Recipe[] = [];
  const present = new Set<string>();
  for (const recipe of recipes) {
    const built = await isBuilt(recipe, pins, out);
    if (built) present.add(recipe.id);
    const chosen = options.only?.has(recipe.id) ?? true;
    if (chosen && (options.force || !built)) todo.push(recipe);
  }
  const sources = fetchSources(todo, progress);
  for (const [done, recipe] of todo.entries()) {
    progress.step(done, todo.length, `fetching ${recipe.id}`);
    const files = await sources(recipe);
    progress.step(done, todo.length, `converting ${recipe.id}`);
    const bytes = encodeModel(recipe.convert(files));
    const pin = { sha256: sha256(bytes), bytes: bytes.length };
    if (options.pin) pins[recipe.id] = pin;
    else assertPinned(recipe, pins, pin.sha256);
    await replaceFile(join(out, `${recipe.id}.onnx`), bytes);
    present.add(recipe.id);
    progress.step(done + 1, todo.length, `${recipe.id} ${(bytes.length / 1e6).toFixed(1)} MB`);
  }
  progress.end();
  if (options.pin) await writePins(pins);
  const listed = recipes.filter((recipe) => present.has(recipe.id));
  const manifest = assembleManifest(listed, pins, await readPresets());
  await replaceFile(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  const built = new Set(todo.map((recipe) => recipe.id));
  return { built: [...built], kept: [...present].filter((id) => !built.has(id)) };
}

/** Starts one download per package, all at once; the function returned gives a recipe its files in order. */
export function fetchSources(
  recipes: readonly Recipe[],
  progress: Progress,
): (recipe: Recipe) => Promise<readonly Uint8Array[]> {
  const byPackage = new Map<PackageName, Promise<Map<string, Uint8Array>>>();
  for (const name of new Set(recipes.map((recipe) => recipe.from))) {
    const files = recipes.filter((recipe) => recipe.from === name).flatMap((recipe) => recipe.files);
    const source = packages[name];
    const download = fetchFiles(source, files).catch((error: unknown) => {
      throw new Error(`${source.name}@${source.version} could not be read: ${(error as Error).message}`, {
        cause: error,
      });
    });
    download.then(
      () => progress.note(`${source.name}@${source.version} read`),
      () => {}, // told where it is awaited
    );
    byPackage.set(name, download);
  }
  return async (recipe) => {
    const found = await byPackage.get(recipe.from);
    return recipe.files.map((file) => found?.get(file.path) ?? new Uint8Array());
  };
}

async function isBuilt(recipe: Recipe, pins: Pins, out: string): Promise<boolean> {
  try {
    return sha256(await readFile(join(out, `${recipe.id}.onnx`))) === pins[recipe.id]?.sha256;
  } catch {
    return false;
  }
}

function assertPinned(recipe: Recipe, pins: Pins, actual: string): void {
  const expected = pins[recipe.id]?.sha256;
  if (actual === expected) return;
  throw new Error(
    `Expected ${recipe.id}.onnx with SHA-256 ${expected ?? '(none pinned)'}, got ${actual}: the recipe or the converter has changed. Prove it (--prove) and accept it with --pin`,
  );
}

async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  await writeFile(draft, content);
  await rename(draft, path);
}
