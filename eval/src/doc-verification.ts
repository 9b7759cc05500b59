/** The parts of the accuracy page about two faces: thresholds, verification, groups. */

import { type Calibration, thresholdFor } from 'vultus';
import { farthestApart, type GroupErrors, type GroupReport } from './groups.ts';
import { percent, table } from './markdown.ts';
import type { VerificationResult } from './verification.ts';

/** A verification run of ours. */
export type Run = VerificationResult & {
  readonly preset: string;
  readonly data: string;
  readonly machine: string;
  readonly measured: string;
};

/** `eval/results/fairness.json`. */
export interface Fairness {
  readonly pictures: number;
  readonly measured: string;
  readonly presets: Readonly<
    Record<string, { readonly threshold: number; readonly noFace: number; readonly groups: readonly GroupReport[] }>
  >;
}

/** `eval/results/calibration.json`. */
export interface CalibrationRun {
  readonly presets: Readonly<Record<string, { readonly heldOutError: number }>>;
}

/** What people want, how to say it, and what comes of it: for a reader in a hurry. */
export function choiceTable(calibration: Calibration): string {
  const pair = (fmr: string) => {
    const { threshold = Number.NaN, tar = Number.NaN } = calibration.thresholds[fmr] ?? {};
    return `${threshold.toFixed(3)}, passed by ${percent(tar, 0)} % of true matches`;
  };
  const search = (gallerySize: number) => thresholdFor(calibration, { gallerySize, fpir: 0.01 }).toFixed(3);
  const standard = calibration.defaultFmr;
  const rows = [
    ['is this Ann? (a log-in, a door)', `nothing: \`{ fmr: ${standard} }\` is the default`, pair(standard)],
    ['the same, a mistake is harmless (an album)', '`{ fmr: 1e-3 }`', pair('1e-3')],
    ['the same, a mistake is dear', '`{ fmr: 1e-5 }`', pair('1e-5')],
    ['who of 100 is this?', '`{ gallerySize: 100, fpir: 0.01 }`', search(100)],
    ['who of 10,000 is this?', '`{ gallerySize: 10_000, fpir: 0.01 }`', search(10_000)],
    ['who of a million is this?', '`{ gallerySize: 1_000_000, fpir: 0.01 }`', search(1_000_000)],
  ];
  return table(['you ask', 'you say', '`balanced` uses'], rows);
}

/** How right each preset is on each set of pairs: for a reader in a hurry. */
export function accuracyTable(sets: readonly (readonly [string, readonly Run[]])[]): string {
  const presets = sets[0]?.[1].map(({ preset }) => preset) ?? [];
  const found = (runs: readonly Run[], preset: string) => runs.find((run) => run.preset === preset);
  const rows = sets.map(([title, runs]) => [
    `${title}, ${runs[0]?.pairs.total.toLocaleString('en') ?? 0} pairs`,
    ...presets.map((preset) => `${percent(found(runs, preset)?.accuracy?.mean ?? Number.NaN, 1)} %`),
  ]);
  const strangers = sets.reduce((sum, [, runs]) => sum + (runs[0]?.pairs.different ?? 0), 0);
  const accepted = (preset: string) =>
    sets.reduce((sum, [, runs]) => sum + (found(runs, preset)?.atThreshold?.strangersAccepted ?? 0), 0);
  const last = `strangers accepted at the shipped threshold, of ${strangers.toLocaleString('en')}`;
  return table(
    ['right answers', ...presets.map((preset) => `\`${preset}\``)],
    [...rows, [last, ...presets.map((preset) => String(accepted(preset)))]],
  );
}

/** Which threshold for two faces, and for a gallery; how right the probabilities are. */
export function thresholdsPart(
  calibrations: readonly (readonly [string, Calibration])[],
  run: CalibrationRun | undefined,
): string {
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
${run ? heldOutSentence(run) : ''}`;
}

function heldOutSentence({ presets }: CalibrationRun): string {
  const errors = Object.entries(presets).map(
    ([preset, { heldOutError }]) => `\`${preset}\` ${percent(heldOutError, 2)} %`,
  );
  return `
**Probabilities** of people that the fit has not seen are off by (expected calibration error at even odds): ${errors.join(', ')}.
People are dealt by lot into ten parts; pairs within each are judged by what was fitted on the other nine.
`;
}

/** One set of pairs, all presets. */
export function verificationPart(title: string, list: readonly Run[]): string {
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

/** Mistakes by group of people. */
export function fairnessPart(fairness: Fairness | undefined, lfw: readonly Run[]): string {
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

/** How many times the mistakes of one group are those of another, for a model card: the sentence of a preset. */
export function fairnessSentence({ presets }: Fairness, preset: string): string {
  const { threshold, groups } = presets[preset] as Fairness['presets'][string];
  const rate = ({ falseMatches, impostors }: GroupErrors) => percent(falseMatches / impostors, 2);
  const kinds = groups.flatMap(({ label, groups: each }) => {
    const found = farthestApart(each, 'false matches');
    if (found === undefined) return [];
    const { most, least, ratio } = found;
    const kind = label === 'race' ? 'ethnicity' : label;
    return [`by ${kind} ${ratio.toFixed(1)} times (${most.group} ${rate(most)} %, ${least.group} ${rate(least)} %)`];
  });
  return `\`${preset}\` at ${threshold.toFixed(3)}: ${kinds.join('; ')}.`;
}
