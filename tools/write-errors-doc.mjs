/** Writes docs/errors.md from the table of codes; `--check` fails when the page is out of date. */

import { readFileSync, writeFileSync } from 'node:fs';
import { errorCodes } from '../packages/vultus/dist/errors.js';

const path = new URL('../docs/errors.md', import.meta.url);
const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
const page = `# Errors

Everything that Vultus throws on purpose is a \`VultusError\`: a stable \`code\`, a message that says what was expected, what
came and what to do, \`details\` for programs (never pixels or embeddings), and the \`cause\` where there is one.

\`\`\`ts
import { Vultus, VultusError } from 'vultus';

await using vultus = await Vultus.open();
try {
  await vultus.compare('a.jpg', 'b.jpg');
} catch (error) {
  if (error instanceof VultusError && error.code === 'NO_FACE') console.log(error.message);
  else throw error;
}
\`\`\`

Not finding something is no error: \`detect\` returns an empty list, \`embed\` and \`detectLargest\` return \`null\`, \`identify\`
returns no candidate. Only calls that cannot go on without a face (\`compare\`) throw \`NO_FACE\`.

| code | meaning |
| --- | --- |
${rows.join('\n')}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== page) {
    console.error('docs/errors.md is out of date: run "npm run docs:errors"');
    process.exit(1);
  }
} else {
  writeFileSync(path, page);
}
