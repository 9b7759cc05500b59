/**
 * The command that fits a preset's calibration: `node eval/dist/calibrate-command.js --preset balanced --pairs F --images DIR`.
 * Pictures lie in one folder per person. Writes packages/models/calibration/<contract id>.json.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { calibrate, compareAll } from './calibration.ts';
import { embedFiles } from './embeddings.ts';
import { openEmbeddingEngine } from './engine.ts';
import { parsePairs } from './pairs.ts';

const help = `Usage: node eval/dist/calibrate-command.js --preset NAME --pairs FILE --images DIR [options]

Compares every picture that the pairs file names with every other one and fits thresholds and probability.
Pictures lie in one folder per person below DIR.

  --preset NAME   fast, balanced, accurate, open, or one of your manifest
  --data TEXT     what the pictures are, for the record
  --fmr RATE      the rate whose threshold the SDK uses by default (1e-4)
  --out FILE      default: packages/models/calibration/<contract id>.json
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      preset: { type: 'string' },
      pairs: { type: 'string' },
      images: { type: 'string' },
      data: { type: 'string', default: '' },
      fmr: { type: 'string', default: '1e-4' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { preset, pairs: file, images, data, fmr } = values;
  if (values.help || preset === undefined || file === undefined || images === undefined) {
    process.stdout.write(help);
    return values.help ? 0 : 2;
  }
  await using engine = await openEmbeddingEngine({ preset });
  const pairs = parsePairs(await readFile(file, 'utf8'), file);
  const names = [...new Set(pairs.flatMap(({ fileA, fileB }) => [fileA, fileB]))].sort();
  const paths = names.map((name) => join(images, name));
  const prints = await embedFiles(engine, paths, {
    onProgress: (done, total) => {
      if (done % 100 === 0 || done === total) process.stderr.write(`\r${done}/${total} pictures`);
    },
  });
  process.stderr.write('\n');
  const labelled = names.flatMap((name) => {
    const print = prints.get(join(images, name));
    return print ? [{ person: dirname(name), print }] : [];
  });
  const sets = compareAll(labelled);
  const people = new Set(labelled.map(({ person }) => person)).size;
  const day = new Date().toISOString().slice(0, 10);
  const measuredOn =
    `${data || 'Pictures'}: ${labelled.length} pictures of ${people} people, each compared with each ` +
    `(${sets.genuine.length} same-person, ${sets.impostors.length} stranger pairs), ${day}`;
  const calibration = calibrate(sets, { version: '1', measuredOn, defaultFmr: fmr });
  const id = engine.contract?.id ?? preset;
  const out = values.out ?? fileURLToPath(new URL(`../../packages/models/calibration/${id}.json`, import.meta.url));
  await writeFile(out, `${JSON.stringify(calibration, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(calibration, null, 2)}\n`);
  return 0;
}

process.exitCode = await main();
