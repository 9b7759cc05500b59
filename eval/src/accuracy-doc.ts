/**
 * The command that writes `docs/accuracy.md`, its pictures, the fairness lines of `docs/models.md` and two tables of the
 * README from the committed figures: `node eval/dist/accuracy-doc.js`.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Calibration } from 'vultus';
import { type DocPart, factorsPart, lightPart, posesPart } from './doc-factors.ts';
import {
  accuracyTable,
  type CalibrationRun,
  choiceTable,
  type Fairness,
  fairnessPart,
  fairnessSentence,
  type Run,
  thresholdsPart,
  verificationPart,
} from './doc-verification.ts';
import type { FactorResult } from './factors.ts';
import type { GridResult } from './grid.ts';
import type { IdentificationResult } from './identification.ts';
import { percent, table } from './markdown.ts';
import { rocChart } from './roc-chart.ts';

/** `eval/results/accuracy-run.json`. */
interface WholeRun {
  readonly machine: string;
  readonly total: { readonly seconds: number; readonly cpuSeconds: number };
}

/** `eval/results/speed.json`. */
interface Speed {
  readonly machine: string;
  readonly runs: readonly {
    readonly name: string;
    readonly pairs: number;
    readonly pictures: number;
    readonly seconds: number;
    readonly cpuSeconds: number;
  }[];
}

const root = new URL('../../', import.meta.url);
const presets = ['fast', 'balanced', 'accurate', 'open'] as const;
const nothing: DocPart = { text: '', images: {} };

async function main(): Promise<void> {
  const lfw = await runs('lfw');
  const [front, profile] = [await runs('cfp-ff'), await runs('cfp-fp')];
  const fairness = await read<Fairness>('eval/results/fairness.json');
  const [factors, poses, light] = [
    await read<FactorResult>('eval/results/factors-lfw.json'),
    await read<GridResult>('eval/results/poses.json'),
    await read<GridResult>('eval/results/light.json'),
  ];
  const drawn = [
    factors ? factorsPart(factors) : nothing,
    poses ? posesPart(poses) : nothing,
    light ? lightPart(light) : nothing,
  ];
  const parts = [
    head(lfw[0], await read<WholeRun>('eval/results/accuracy-run.json')),
    thresholdsPart(await calibrations(), await read<CalibrationRun>('eval/results/calibration.json')),
    verificationPart('LFW, folds 0 and 1', lfw),
    '![ROC of the four presets](images/roc-lfw.svg)\n',
    verificationPart('CFP frontal–frontal', front),
    verificationPart('CFP frontal–profile: turned heads', profile),
    identificationPart(await identifications()),
    ...drawn.map(({ text }) => text),
    fairnessPart(fairness, lfw),
    speedPart(await read<Speed>('eval/results/speed.json')),
    await read<string>('eval/src/accuracy-limits.md'),
  ];
  await write('docs/accuracy.md', parts.filter(Boolean).join('\n'));
  const roc = rocChart(
    'LFW, folds 0 and 1',
    lfw.map((result) => ({ label: result.preset, result })),
  );
  const images = Object.assign({ 'roc-lfw.svg': roc }, ...drawn.map((part) => part.images)) as Record<string, string>;
  for (const [name, svg] of Object.entries(images)) await write(`docs/images/${name}`, svg);
  if (fairness !== undefined) await writeModelCard(fairness);
  const balanced = (await calibrations()).find(([preset]) => preset === 'balanced');
  if (balanced !== undefined) await writeBetween('README.md', 'thresholds', choiceTable(balanced[1]));
  const sets = [
    ['LFW, folds 0 and 1', lfw],
    ['CFP, both faces frontal', front],
    ['CFP, frontal against profile', profile],
  ] as const;
  if (lfw.length > 0) await writeBetween('README.md', 'accuracy', accuracyTable(sets));
}

function head(run: Run | undefined, whole: WholeRun | undefined): string {
  const cost = whole
    ? ` The whole of it takes ${Math.ceil(whole.total.cpuSeconds / 60)} minutes of processor time; again with its cache, a fraction.`
    : '';
  return `# How often Vultus is right

This page is written by \`node eval/dist/accuracy-doc.js\` from the figures in \`eval/results/\`, which
\`node eval/dist/accuracy-command.js --data DIR\` makes. Measured ${run?.measured ?? ''} on ${run?.machine ?? ''}.${cost}

On pictures of your own:

\`\`\`sh
npx vultus eval verification --folder people --report report.html      # one folder a person; or --pairs, or --export
npx vultus eval identification --folder people --sizes 1000,1000000
npx vultus eval factors --folder people --report factors.html          # or --pairs; and --clips for turned heads
npx vultus eval compare a.json b.json                                  # two files of --out: is B better, or is it luck?
npx vultus calibrate --folder people --out calibration.json            # then --calibration calibration.json
\`\`\`

Each picture is embedded once and kept in \`~/.cache/vultus/eval\` under the digests of its bytes, of the embedding
contract and of the finding models; \`--no-cache\` keeps nothing. Faceprints are personal data: delete the folder when done.
`;
}

function identificationPart(results: readonly (readonly [string, IdentificationResult])[]): string {
  const [first] = results;
  if (first === undefined) return '';
  const { probes } = first[1];
  const rows = results.flatMap(([preset, { galleries }]) =>
    galleries.map(({ size, rank, points }) => {
      const point = points.find(({ name }) => name === `for ${size}`);
      return [
        `\`${preset}\``,
        size.toLocaleString('en'),
        percent(rank['1'] ?? Number.NaN, 2),
        percent(rank['10'] ?? Number.NaN, 2),
        point?.threshold.toFixed(3) ?? '–',
        point ? percent(point.fpir, 2) : '–',
        point ? percent(point.fnir, 2) : '–',
      ];
    }),
  );
  const alike = results.flatMap(([preset, { resemblance: found }]) => {
    if (found === undefined) return [];
    const spread = ({ mean, deviation, high }: typeof found.real) =>
      `${mean.toFixed(3)} ± ${deviation.toFixed(3)}, ${high.toFixed(3)}`;
    return [[`\`${preset}\``, spread(found.synthetic), spread(found.real)]];
  });
  return `## Searching a gallery (LFW)

${probes.enrolled} searches for people enrolled with one picture each, ${probes.strangers} for strangers, through the gallery's exact index.
Larger galleries are filled up with synthetic faces spread as the real ones. The threshold is
\`thresholdFor({ gallerySize, fpir: 0.01 })\`; it means to name one stranger in a hundred. Rates in percent.

${table(['preset', 'gallery', 'rank 1', 'rank 10', 'threshold', 'stranger named', 'enrolled missed'], rows)}

How like strangers the synthetic faces are: cosine with real faces, mean ± deviation and 99.9th percentile.

${table(['preset', 'synthetic', 'real strangers'], alike)}
`;
}

function speedPart(speed: Speed | undefined): string {
  if (speed === undefined) return '';
  return `## How long it takes

\`node eval/dist/speed-command.js --data DIR\`, ${speed.machine}, \`balanced\`:

${table(
  ['what', 'pairs', 'pictures', 'seconds', 'processor seconds'],
  speed.runs.map(({ name, pairs, pictures, seconds, cpuSeconds }) => [
    name,
    pairs.toLocaleString('en'),
    pictures.toLocaleString('en'),
    seconds.toFixed(1),
    cpuSeconds.toFixed(1),
  ]),
)}
`;
}

/** The fairness lines of the model card. */
async function writeModelCard(fairness: Fairness): Promise<void> {
  const lines = Object.keys(fairness.presets).map((preset) => `- ${fairnessSentence(fairness, preset)}`);
  await writeBetween('docs/models.md', 'fairness', lines.join('\n'));
}

/** Puts text between `<!-- word: written by … -->` and `<!-- /word -->` of a page. */
async function writeBetween(path: string, word: string, text: string): Promise<void> {
  const [start, end] = [`<!-- ${word}: written by node eval/dist/accuracy-doc.js -->`, `<!-- /${word} -->`];
  const page = (await read<string>(path)) ?? '';
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path}: expected "${start}" and "${end}"`);
  await write(path, `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`);
}

async function calibrations(): Promise<(readonly [string, Calibration])[]> {
  const found = await Promise.all(
    presets.map(
      async (preset) => [preset, await read<Calibration>(`packages/models/calibration/vultus-${preset}.json`)] as const,
    ),
  );
  return found.flatMap(([preset, calibration]) => (calibration ? [[preset, calibration] as const] : []));
}

async function identifications(): Promise<(readonly [string, IdentificationResult])[]> {
  const found = await Promise.all(
    presets.map(
      async (preset) =>
        [preset, await read<IdentificationResult>(`eval/results/identification-lfw-${preset}.json`)] as const,
    ),
  );
  return found.flatMap(([preset, result]) => (result ? [[preset, result] as const] : []));
}

async function runs(data: string): Promise<Run[]> {
  const found = await Promise.all(
    presets.map((preset) => read<Run>(`eval/results/verification-${data}-${preset}.json`)),
  );
  return found.filter((run) => run !== undefined);
}

/** A file of the repository: JSON parsed, text as it is; undefined when it is not there. */
async function read<T>(path: string): Promise<T | undefined> {
  try {
    const text = await readFile(new URL(path, root), 'utf8');
    return (path.endsWith('.json') ? JSON.parse(text) : text) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(fileURLToPath(new URL(path, root)), text);
}

await main();
