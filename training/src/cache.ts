/** Features kept between runs, by what they were computed from: one small file a look. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the features lie; safe to delete. */
const cacheFolder: string = fileURLToPath(new URL('../.cache', import.meta.url));

/** Hex SHA-256 of the parts, told apart. */
export function keyOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

/** The features under a key, or `undefined`. */
export async function readFeatures(key: string): Promise<Float32Array | undefined> {
  try {
    return new Float32Array(new Uint8Array(await readFile(pathOf(key))).buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps features under a key, whole or not at all. */
export async function writeFeatures(key: string, features: Float32Array): Promise<void> {
  const path = pathOf(key);
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.part`;
  await writeFile(draft, new Uint8Array(features.buffer, features.byteOffset, features.byteLength));
  await rename(draft, path);
}

function pathOf(key: string): string {
  return join(cacheFolder, key.slice(0, 2), `${key}.f32`);
}
