/** The Markdown pages of this repository, by their paths from its root. */

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's folder, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const readmes = ['', 'eval/', 'training/', ...readdirSync(`${root}packages`).map((name) => `packages/${name}/`)];

/** Every README, CONTRIBUTING and CHANGELOG, and the pages of docs/. */
export const pages = [
  ...readmes.map((folder) => `${folder}README.md`).filter((page) => existsSync(root + page)),
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs/', 'docs/models/'].flatMap((folder) =>
    readdirSync(root + folder).flatMap((name) => (name.endsWith('.md') ? [folder + name] : [])),
  ),
];
