/** Fails when a link or picture of a page names a file or heading of this repository that is not there. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pages, root } from './pages.mjs';

let links = 0;
const problems = [];
for (const page of pages) {
  const text = readFileSync(root + page, 'utf8').replace(/```[\s\S]*?```/g, '');
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    links++;
    const [path, heading] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(root + file)) problems.push(`${page}: no ${target}`);
    else if (heading !== undefined && !headingsOf(file).has(heading)) problems.push(`${page}: no heading ${target}`);
  }
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  console.error(`\n${problems.length} dead links`);
  process.exit(1);
}
console.log(`links: ${links} within the repository lead somewhere`);

/** The anchors of a page, as GitHub makes them. */
function headingsOf(file) {
  const headings = readFileSync(root + file, 'utf8').matchAll(/^#+ (.*)$/gm);
  return new Set(
    Array.from(headings, ([, text]) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
