/** Finds the pictures that tests measure on; nothing outside the tests may import this. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));

/**
 * The path of a file or folder of the evaluation data, or `undefined` where it is absent (the test then skips and says so).
 * The data lie in the folder that `VULTUS_DATA` names, else beside the repository.
 */
export function dataPath(...parts: string[]): string | undefined {
  const path = join(process.env.VULTUS_DATA ?? join(repository, '..', 'shared', 'data'), ...parts);
  return existsSync(path) ? path : undefined;
}

/** The path of one of the sample photographs that an npm package brings: `samplePhoto(1)` … `samplePhoto(6)`. */
export function samplePhoto(number: 1 | 2 | 3 | 4 | 5 | 6): string {
  const main = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json');
  return join(dirname(main), 'demo', `sample${number}.jpg`);
}
