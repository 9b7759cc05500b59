/** The command behind `npm run train`: heads by name, from the data to the committed weights. */

import { parseArgs } from 'node:util';
import { Vultus } from 'vultus';
import { figuresTable } from './figures.ts';
import { heads } from './heads/index.ts';
import { trainHead, writeHead } from './train.ts';

const help = `Usage: npm run train -- HEAD... --data DIR [--dry]

Trains heads and writes packages/models/heads/<head>.onnx, its record, and the table of docs/models/<head>.md.
Then: npm run models -- --only <backbone> --force --pin && npm run models -- --notice

  --data DIR   the folder of the data sets; default: VULTUS_DATA
  --dry        print the figures, write nothing
  heads: ${heads.map(({ id }) => id).join(', ')}
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { data: { type: 'string' }, dry: { type: 'boolean', default: false }, help: { type: 'boolean' } },
  });
  const data = values.data ?? process.env.VULTUS_DATA;
  if (values.help || positionals.length === 0 || data === undefined) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  const chosen = positionals.map((id) => {
    const head = heads.find((each) => each.id === id);
    if (head === undefined)
      throw new Error(`Expected heads among ${heads.map((each) => each.id).join(', ')}; got ${id}`);
    return head;
  });
  await using vultus = await Vultus.open();
  const start = performance.now();
  const tell = (line: string): void => {
    process.stderr.write(`${((performance.now() - start) / 1000).toFixed(0)} s  ${line}\n`);
  };
  for (const head of chosen) {
    const trained = await trainHead(vultus, head, data, tell);
    process.stdout.write(
      `${head.id}: ${(trained.bytes.length / 1000).toFixed(0)} kB\n${figuresTable(trained.figures, head.outputs)}`,
    );
    if (!values.dry) await writeHead(head, trained);
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`train: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
