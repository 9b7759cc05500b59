/** Manifests and model files on disk: the shipped ones of @vultus/models, and users' own. */

import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { VultusError } from '../errors.ts';
import type { CatalogSource } from './catalog.ts';

/** Where the sources of a catalog lie. */
export interface NodeModelFiles {
  /** Paths of users' manifests, or of folders with a `manifest.json`; later ones win. */
  readonly manifests?: readonly string[];
  /** Take the shipped models too; default true. */
  readonly shipped?: boolean;
}

/** The shipped models first, then the users' manifests in their order. @throws as the two functions below. */
export async function nodeSources(options: NodeModelFiles = {}): Promise<CatalogSource[]> {
  const shipped = options.shipped === false ? [] : [await shippedModels()];
  return [...shipped, ...(await Promise.all((options.manifests ?? []).map(manifestFile)))];
}

/**
 * The shipped models: the folder that the environment variable VULTUS_MODELS names, else the package @vultus/models.
 * @throws VultusError `MODEL_NOT_FOUND` saying how to get them
 */
export async function shippedModels(): Promise<CatalogSource> {
  const folder = process.env.VULTUS_MODELS;
  const path = folder ? join(folder, 'manifest.json') : resolvePackage();
  try {
    return await manifestFile(path);
  } catch (error) {
    if (error instanceof VultusError && error.code === 'MODEL_NOT_FOUND') throw noModels(path, error);
    throw error;
  }
}

/**
 * A user's manifest.
 * @param path of the JSON file, or of a folder with a `manifest.json`
 * @throws VultusError `MODEL_NOT_FOUND` when there is none, `MODEL_INVALID` when it is no JSON, `FILE_READ` otherwise
 */
export async function manifestFile(path: string): Promise<CatalogSource> {
  const file = (await isFolder(path)) ? join(path, 'manifest.json') : resolve(path);
  const text = new TextDecoder().decode(await readModelFile(file));
  const folder = dirname(file);
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw new VultusError('MODEL_INVALID', `Expected ${file} to be JSON, got: ${(error as Error).message}`, {
      cause: error,
      details: { file },
    });
  }
  return { name: file, manifest, read: (name) => readModelFile(join(folder, name)) };
}

function resolvePackage(): string {
  try {
    return createRequire(import.meta.url).resolve('@vultus/models/manifest.json');
  } catch (error) {
    throw noModels('@vultus/models', error);
  }
}

function noModels(where: string, cause: unknown): VultusError {
  return new VultusError(
    'MODEL_NOT_FOUND',
    `Expected the shipped models at ${where}, got nothing there. Build them with "npm run models" (in a clone), install @vultus/models, or set VULTUS_MODELS to their folder`,
    { cause, details: { where } },
  );
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new VultusError(
      missing ? 'MODEL_NOT_FOUND' : 'FILE_READ',
      missing
        ? `Expected a model file or manifest at ${path}, got nothing there. Shipped models are built with "npm run models"`
        : `Expected to read ${path}, got: ${(error as Error).message}`,
      { cause: error, details: { file: path } },
    );
  }
}
