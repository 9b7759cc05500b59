/** The command that writes `docs/accuracy.md` from the committed figures: `node eval/dist/accuracy-doc.js`. */

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Calibration, thresholdFor } from 'vultus';
import type { FactorResult } from './factors.ts';
import type { GroupReport } from './groups.ts';
import type { IdentificationResult } from './identification.ts';
import { rocChart } from './roc-chart.ts';
import type { VerificationResult } from './verification.ts';

type Run = VerificationResult & {
  readonly preset: string;
  readonly data: string;
  readonly machine: string;
  readonly measured: string;
};
interface Fairness {
  readonly pictures: number;
  readonly measured: string;
  readonly presets: Readonly<
    Record<string, { readonly threshold: number; readonly noFace: number; readonly groups: readonly GroupReport[] }>
  >;
}

const root = new URL('../../', import.meta.url);
const presets = ['fast', 'balanced', 'accurate', 'open'] as const;

async function main(): Promise<void> {
  const lfw = await runs('lfw');
  const calibrations = await Promise.all(
    presets.map(
      async (preset) => [preset, await read<Calibration>(`packages/models/calibration/vultus-${preset}.json`)] as const,
    ),
  );
  const parts = [
    head(lfw[0]),
    thresholdsPart(
      calibrations.flatMap(([preset, calibration]) => (calibration ? [[preset, calibration] as const] : [])),
    ),
    verificationPart('LFW, folds 0 and 1', lfw),
    '![ROC of the four presets](images/roc-lfw.svg)\n',
    verificationPart('CFP frontal–frontal', await runs('cfp-ff')),
    verificationPart('CFP frontal–profile: turned heads', await runs('cfp-fp')),
    identificationPart(await read<IdentificationResult>('eval/results/identification-lfw-balanced.json')),
    factorsPart(await read<FactorResult>('eval/results/factors-lfw.json')),
    fairnessPart(await read<Fairness>('eval/results/fairness.json'), lfw),
    await read<string>('eval/src/accuracy-limits.md'),
  ];
  await writeFile(fileURLToPath(new URL('docs/accuracy.md', root)), `${parts.filter(Boolean).join('\n')}`);
  const svg = rocChart(
    'LFW, folds 0 and 1',
    lfw.map((result) => ({ label: result.preset, result })),
  );
  await writeFile(fileURLToPath(new URL('docs/images/roc-lfw.svg', root)), svg);
}

function head(run: Run | undefined): string {
  return `# How often Vultus is right

This page is written by \`node eval/dist/accuracy-doc.js\` from the figures in \`eval/results/\`, which
\`node eval/dist/accuracy-command.js --data DIR\` makes. Measured ${run?.measured ?? ''} on ${run?.machine ?? ''}.

On pictures of your own:

\`\`\`sh
npx vultus eval verification --folder people --report report.html      # one folder a person; or --pairs, or --export
npx vultus eval identification --folder people --sizes 1000,100000
npx vultus eval factors --pairs pairs.tsv --images DIR
npx vultus eval compare a.json b.json                                  # two files of --out: is B better, or is it luck?
npx vultus calibrate --folder people --out calibration.json            # then --calibration calibration.json
\`\`\`

Each picture is embedded once and kept in \`~/.cache/vultus/eval\` under the digests of its bytes, of the embedding
contract and of the finding models; \`--no-cache\` keeps nothing. Faceprints are personal data: delete the folder when done.
`;
}

function thresholdsPart(calibrations: readonly (readonly [string, Calibration])[]): string {
  const rates = Object.keys(calibrations[0]?.[1].thresholds ?? {});
  const sizes = [100, 1000, 10_000, 100_000, 1_000_000];
  return `## Which threshold shall I use?

For "are these two the same person?" take the column of how rarely a stranger may pass. The default is 1e-4. In
brackets: the share of same-person pairs that passes, in percent. * is extrapolated, on fewer than 30 strangers.

${table(
  ['preset', ...rates.map((rate) => `1 in ${(1 / Number(rate)).toLocaleString('en')}`)],
  calibrations.map(([preset, { thresholds }]) => [
    `\`${preset}\``,
    ...Object.values(thresholds).map(
      ({ threshold, tar, extrapolated }) =>
        `${threshold.toFixed(3)}${extrapolated ? '*' : ''} (${((tar ?? 0) * 100).toFixed(1)})`,
    ),
  ]),
)}

For "who is this?" it depends on how many faces the gallery has: every one is another chance of a false alarm. With
\`vultus.thresholdFor({ gallerySize, fpir: 0.01 })\` one stranger in a hundred is given a name (1e-4 a pair is not enough
from about a hundred faces on). All but the first column rest on extrapolated rates.

${table(
  ['preset', ...sizes.map((size) => `${size.toLocaleString('en')} faces`)],
  calibrations.map(([preset, calibration]) => [
    `\`${preset}\``,
    ...sizes.map((gallerySize) => thresholdFor(calibration, { gallerySize, fpir: 0.01 }).toFixed(3)),
  ]),
)}

Measured on ${calibrations[0]?.[1].measuredOn ?? ''}. Rates with fewer than 30 strangers above the threshold continue the
last two measured thresholds in the square root of −ln(rate), in which a Gaussian tail is a straight line.
`;
}

function verificationPart(title: string, list: readonly Run[]): string {
  const [first] = list;
  if (first === undefined) return '';
  const range = (rate: string) => (run: Run) => {
    const point = run.tarAtFar[rate];
    return point
      ? `${percent(point.tar, 1)} (${percent(point.interval.low, 1)}–${percent(point.interval.high, 1)})`
      : '–';
  };
  const missing = first.failures.pictures.length;
  return `## ${title}

${first.pairs.total.toLocaleString('en')} pairs, ${first.pictures.toLocaleString('en')} pictures of ${first.people} people; in ${missing} of them (${percent(first.failures.rate, 2)} %) no face was found, and their pairs count as refused.

${table(
  [
    'preset',
    'accuracy',
    'TAR at FAR 1e-2',
    'TAR at FAR 1e-3 *',
    'EER',
    'strangers accepted',
    'same refused',
    'probability off by',
  ],
  list.map((run) => [
    `\`${run.preset}\``,
    run.accuracy ? `${percent(run.accuracy.mean, 2)} ± ${percent(run.accuracy.deviation, 2)}` : '–',
    range('1e-2')(run),
    range('1e-3')(run),
    percent(run.eer, 2),
    `${run.atThreshold?.strangersAccepted ?? '–'} of ${run.pairs.different}`,
    percent(run.atThreshold?.sameRejectedRate ?? Number.NaN, 1),
    percent(run.reliability?.error ?? Number.NaN, 2),
  ]),
)}

All in percent. Ranges hold 95 of 100 sets of people drawn by lot. Accepted and refused: at the shipped threshold.
Probability off by: expected calibration error at even odds. * rests on at most one stranger pair.
`;
}

function identificationPart(result: IdentificationResult | undefined): string {
  if (result === undefined) return '';
  const { galleries, probes, resemblance } = result;
  return `## Searching a gallery (\`balanced\`, LFW)

${probes.enrolled} searches for people enrolled with one picture each, ${probes.strangers} for strangers, through the gallery's exact index.
Larger galleries are filled up with synthetic faces spread as the real ones${resemblance ? ` (cosine with real faces ${resemblance.synthetic.mean.toFixed(3)} ± ${resemblance.synthetic.deviation.toFixed(3)}, between real strangers ${resemblance.real.mean.toFixed(3)} ± ${resemblance.real.deviation.toFixed(3)}; 99.9th percentile ${resemblance.synthetic.high.toFixed(3)} and ${resemblance.real.high.toFixed(3)})` : ''}.

${table(
  ['gallery', 'rank 1', 'rank 10', 'recommended threshold', 'stranger named', 'enrolled missed'],
  galleries.map(({ size, rank, points }) => {
    const point = points.find(({ name }) => name === `for ${size}`);
    return [
      size.toLocaleString('en'),
      percent(rank['1'] ?? Number.NaN, 2),
      percent(rank['10'] ?? Number.NaN, 2),
      point?.threshold.toFixed(3) ?? '–',
      point ? percent(point.fpir, 2) : '–',
      point ? percent(point.fnir, 2) : '–',
    ];
  }),
)}
`;
}

function factorsPart(result: FactorResult | undefined): string {
  if (result === undefined) return '';
  const names = Object.keys(result.rows[0]?.presets ?? {});
  return `## What harms similarity

${result.pairs} pairs of one person from LFW, faces ${result.faceHeight.toFixed(0)} pixels high; one picture of each pair is changed. For each
preset: mean loss of similarity, and in brackets the share that the default threshold then misses, in percent.

${table(
  ['factor', 'level', 'no face', ...names.map((name) => `\`${name}\``)],
  result.rows.map(({ factor, level, noFace, presets: figures }) => [
    result.axes[factor] ?? factor,
    level,
    percent(noFace, 0),
    ...names.map((name) => {
      const figure = figures[name];
      if (figure === undefined || noFace === 1) return '–';
      return `${figure.reduction.toFixed(3)} (${percent(figure.missed, 0)})`;
    }),
  ]),
)}
`;
}

function fairnessPart(fairness: Fairness | undefined, lfw: readonly Run[]): string {
  const gender = lfw.flatMap((run) => (run.groups ?? []).map((report) => ({ preset: run.preset, ...report })));
  const lfwTable = table(
    ['preset', 'group', 'strangers accepted', 'same refused'],
    gender.flatMap(({ preset, groups }) =>
      groups.map(({ group, falseMatches, impostors, falseNonMatches, genuine }) => [
        `\`${preset}\``,
        group,
        `${falseMatches} of ${impostors}`,
        `${falseNonMatches} of ${genuine}`,
      ]),
    ),
  );
  const parts = [`## By group\n`];
  if (fairness !== undefined) {
    const names = Object.keys(fairness.presets);
    const kinds = fairness.presets[names[0] ?? '']?.groups ?? [];
    parts.push(`**False matches**, FairFace validation crops: ${fairness.pictures} pictures, each compared with all others of its group, at the
threshold for 1e-3. FairFace labels name no people: every picture is taken for a different person, so a person who is there
twice counts as a false match, and false non-matches cannot be measured. Rates in percent.
`);
    parts.push(
      table(
        ['group', ...names.map((name) => `\`${name}\``)],
        kinds.flatMap(({ label, groups }) => [
          ...groups.map(({ group }) => [
            `${label}: ${group}`,
            ...names.map((name) => {
              const found = fairness.presets[name]?.groups.find((each) => each.label === label);
              const errors = found?.groups.find((each) => each.group === group);
              return errors?.fmr == null ? '–' : `${percent(errors.fmr, 3)} (${errors.falseMatches})`;
            }),
          ]),
          [
            `${label}: **largest ratio**`,
            ...names.map((name) => {
              const ratio = fairness.presets[name]?.groups.find((each) => each.label === label)?.fmrRatio;
              return ratio == null ? 'a group has none' : `**${ratio.toFixed(1)}**`;
            }),
          ],
        ]),
      ),
      '',
    );
  }
  if (gender.length > 0) {
    parts.push(
      '**Both kinds of mistakes by gender**, LFW pairs whose two pictures are labelled, at the shipped threshold:\n',
      lfwTable,
      '',
    );
  }
  return parts.length > 1 ? parts.join('\n') : '';
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function percent(value: number, digits: number): string {
  return Number.isFinite(value) ? (value * 100).toFixed(digits) : '–';
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

await main();
