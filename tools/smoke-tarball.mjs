/** Packs every published package, installs the tarballs into a fresh folder and uses them there as a stranger would. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const workspaces = ['packages/vultus', 'packages/models', 'eval', 'packages/cli'];
const folder = mkdtempSync(join(tmpdir(), 'vultus-smoke-'));
const sample = join(root, 'node_modules/@vladmandic/face-api/demo/sample1.jpg');

/** What a new user types first. */
const program = `import { Gallery, Vultus, type Face } from 'vultus';

const vultus = await Vultus.open();
const faces = await vultus.analyze('sample.jpg', { tasks: ['embed'] });
const first: Face | undefined = faces[0];
if (first === undefined || faces[0]?.embed.vector.length !== vultus.contract.dimension) throw new Error('No faceprint');
const gallery = await Gallery.open('memory:');
const people = await gallery.ensure('people', { contract: vultus.contract });
await people.enroll(faces[0].embed, 'Ann');
const [best] = await people.identify(faces[0].embed);
if (best?.identity !== 'Ann') throw new Error('Ann is not known');
await gallery.close();
await vultus.close();
`;

try {
  for (const workspace of workspaces)
    run('npm', ['pack', '--silent', '--pack-destination', folder], join(root, workspace));
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const app = join(folder, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'smoke', private: true, type: 'module' }));
  run('npm', ['install', '--no-audit', '--no-fund', ...tarballs.map((name) => join(folder, name))], app);
  writeFileSync(join(app, 'use.ts'), program);
  cpSync(sample, join(app, 'sample.jpg'));
  run(
    join(root, 'node_modules/.bin/tsc'),
    [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--skipLibCheck',
      '--typeRoots',
      join(root, 'node_modules/@types'),
      '--types',
      'node',
      'use.ts',
    ],
    app,
  );
  run(process.execPath, ['use.js'], app);
  const { faces } = JSON.parse(run('npx', ['vultus', 'detect', 'sample.jpg', '--json'], app));
  if (!(faces.length > 0)) throw new Error('The installed command found no face on the sample');
  console.log(
    `smoke: ${tarballs.length} tarballs install, type-check and run; the command found ${faces.length} faces`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, args, cwd) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
