/** The gallery's speed against its limits: search, batches, peers, stores, other processes. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figure, Print } from './gallery-figures.ts';
import { packageFile, resultsFolder } from './report.ts';

const help = `npm run bench -- gallery [part …]: speed of the gallery against its limits
  search      one probe and batches at every size, against reading memory, a plain matrix product, and peers
  exact       every way to search against a float64 loop over all rows: about a minute
  sqlite      enrolling into a file and loading it
  loss        what float16 and int8 storage change
  fast        time and misses of the fast mode
  postgres    enrolling, loading, how soon another process sees an enrolment (needs a URL)
  huge        int8 faces in a file, opened and searched: minutes, 7 GB of disk and 8 GB of memory at 10 million

Without parts: all but huge. Each part replaces its own figures in bench/results/gallery.json.
  --rows N[,N…]      sizes (default: search 100000,1000000; exact 100000; fast 1000000; huge 10000000)
  --rounds N         searches per figure (default 21)
  --no-peers         leave out usearch, sqlite-vec and pgvector
  --stored N         rows for sqlite and postgres (default 100000)
  --file FILE        where huge keeps its faces; used again when it is there (default a temporary file)
  --postgres URL     default VULTUS_POSTGRES_URL`;

interface Settings {
  readonly rows: readonly number[];
  readonly rounds: number;
  readonly peers: boolean;
  readonly stored: number;
  readonly url: string | undefined;
  readonly file: string | undefined;
}

/** Each part prints its figures; `name` tells apart what is measured separately. */
interface Part {
  readonly name: string;
  run(print: Print): Promise<void>;
}

/** The parts by the word that asks for them; loaded on demand, since some need packages that others do not. */
const parts: Readonly<Record<string, (settings: Settings) => Part[]>> = {
  search: ({ rows, rounds, peers }) =>
    rows.map((size) => ({
      name: `search ${size}`,
      run: async (print) => (await import('./gallery-search.ts')).benchSearch({ rows: size, rounds, peers }, print),
    })),
  exact: ({ rows }) =>
    rows.map((size) => ({
      name: `exact ${size}`,
      run: async (print) => (await import('./gallery-exact.ts')).benchExact(size, print),
    })),
  sqlite: ({ stored }) => [
    { name: 'sqlite', run: async (print) => (await import('./gallery-stores.ts')).benchSqlite(stored, print) },
  ],
  loss: () => [{ name: 'loss', run: async (print) => (await import('./gallery-stores.ts')).benchLoss(print) }],
  fast: ({ rows }) =>
    rows.map((size) => ({
      name: `fast ${size}`,
      run: async (print) => (await import('./gallery-fast.ts')).benchFast(size, print),
    })),
  postgres: ({ url, stored }) => (url === undefined ? [] : [postgresPart(url, stored)]),
  huge: ({ rows, file }) =>
    rows.map((size) => ({
      name: `huge ${size}`,
      run: async (print) => (await import('./gallery-stores.ts')).benchHuge(size, file, print),
    })),
};

/** Sizes where `--rows` gives none. */
const usualRows: Readonly<Record<string, string>> = {
  search: '100000,1000000',
  exact: '100000',
  fast: '1000000',
  huge: '10000000',
};

function postgresPart(url: string, stored: number): Part {
  return {
    name: 'postgres',
    run: async (print) => {
      await (await import('./gallery-stores.ts')).benchPostgresBulk(url, stored, print);
      await (await import('./gallery-follow.ts')).benchFollow(url, print);
    },
  };
}

/** Runs the parts that `argv` asks for; the exit code is 1 when a limit is missed, 2 for an unknown part. */
export async function run(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      rounds: { type: 'string', default: '21' },
      'no-peers': { type: 'boolean', default: false },
      stored: { type: 'string', default: '100000' },
      postgres: { type: 'string' },
      file: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const asked = positionals.length > 0 ? positionals : Object.keys(parts).filter((part) => part !== 'huge');
  if (values.help || asked.some((part) => parts[part] === undefined)) {
    console.log(help);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  let isMissed = false;
  for (const part of asked) {
    const settings: Settings = {
      rows: (values.rows ?? usualRows[part] ?? '').split(',').map(Number),
      rounds: Number(values.rounds),
      peers: !values['no-peers'],
      stored: Number(values.stored),
      url: values.postgres ?? process.env.VULTUS_POSTGRES_URL,
      file: values.file,
    };
    for (const each of parts[part]?.(settings) ?? []) {
      const figures = await measure(each);
      isMissed ||= figures.some((figure) => figure.holds === false);
    }
  }
  process.exitCode = isMissed ? 1 : 0;
}

async function measure({ name, run: work }: Part): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const load = loadavg()[0] as number;
  console.log(`\n${name}`);
  await work((figure) => {
    figures.push(figure);
    console.log(`  ${lineOf(figure)}`);
  });
  keep(name, { date: new Date().toISOString(), loadAverage: Math.round(load * 10) / 10, figures });
  return figures;
}

function lineOf({ what, value, unit, limit, holds }: Figure): string {
  const verdict = holds === undefined ? '' : holds ? '  holds' : '  MISSED';
  return `${what.padEnd(72)} ${format(value).padStart(9)} ${unit.padEnd(3)} ${limit ?? ''}${verdict}`.trimEnd();
}

function format(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value === 0 ? '0' : value.toPrecision(3);
}

interface Results {
  readonly bench: 'gallery';
  readonly machine: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly parts: Readonly<Record<string, unknown>>;
}

/** Puts a part's figures into the results, beside those of other parts. */
function keep(name: string, part: unknown): void {
  const file = join(resultsFolder, 'gallery.json');
  const former = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>) : {};
  const packages = ['onnxruntime-node', 'usearch', 'sqlite-vec', '@electric-sql/pglite', '@photostructure/sqlite'];
  const version = (each: string): string =>
    (JSON.parse(readFileSync(packageFile(each, 'package.json'), 'utf8')) as { version: string }).version;
  const results: Results = {
    bench: 'gallery',
    machine: { cpu: cpus()[0]?.model.trim(), cores: availableParallelism(), memoryGB: Math.round(totalmem() / 1e9) },
    versions: { node: process.versions.node, ...Object.fromEntries(packages.map((each) => [each, version(each)])) },
    parts: { ...former.parts, [name]: part },
  };
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}
