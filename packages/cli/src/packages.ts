/** Which packages are installed, by their package.json. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The version of an installed package as this program or the SDK finds it; `undefined` when it is not there. */
export function installedVersion(name: string): string | undefined {
  const own = createRequire(import.meta.url);
  const starts = [own, ...sdkRequire(own)];
  for (const { resolve } of starts) {
    for (const folder of resolve.paths(name) ?? []) {
      const version = versionIn(join(folder, name));
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

function sdkRequire(own: NodeJS.Require): NodeJS.Require[] {
  try {
    return [createRequire(join(dirname(own.resolve('vultus/package.json')), 'index.js'))];
  } catch {
    return [];
  }
}

function versionIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
