/** Every example of docs/gallery.md and docs/scaling.md runs as it stands; only servers are put in the place of those named. */

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePhoto } from '../testing/data.ts';
import { type QdrantServer, startQdrant } from '../testing/qdrant-server.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const built = fileURLToPath(new URL('../../dist/testing/pglite.js', import.meta.url));

/** The text between ```js fences of a page, with the word after `js`. */
function examples(page: string): { readonly kind: string; readonly code: string }[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/^```js ?(\w*)\n(.*?)^```$/gms)].map(([, kind = '', code = '']) => ({ kind, code }));
}

describe.skipIf(!existsSync(built))('documentation (needs the build)', () => {
  let folder = '';
  let qdrant: QdrantServer;
  beforeAll(async () => {
    qdrant = await startQdrant();
    folder = await mkdtemp(join(tmpdir(), 'vultus-docs-'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await copyFile(samplePhoto(1), join(folder, 'ann.jpg'));
    await copyFile(samplePhoto(1), join(folder, 'door.jpg'));
  });
  afterAll(async () => {
    await qdrant.stop();
    await rm(folder, { recursive: true });
  });

  /** Puts servers of our own in the place of those an example names. */
  function local(code: string): string {
    const pglite = `import { startPglite } from ${JSON.stringify(built)};
      import { pgvectorStoreOver } from ${JSON.stringify(join(built, '../../gallery/store/pgvector-node.js'))};
      const pglite = await startPglite();\n`;
    const store = '{ store: await pgvectorStoreOver(pglite.database()) }';
    const replaced = code.replace("'pgvector://faces@localhost/people'", store);
    if (replaced !== code) return `${pglite}${replaced}\nawait pglite.close();`;
    return code.replace('qdrant://localhost:6333', qdrant.url);
  }

  for (const page of ['gallery.md', 'scaling.md']) {
    it.each(examples(page).map(({ kind, code }, i) => [i + 1, kind, code] as const))(
      `${page}: example %i %s`,
      async (_number, _kind, code) => {
        const file = join(folder, 'example.mjs');
        await writeFile(file, local(code));
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
        expect(stderr).toBe('');
        for (const [, wanted = ''] of code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm))
          expect(stdout).toContain(wanted);
      },
      300_000,
    );
  }
});
