/** A verification run as a report for people who know no statistics. */

import type { Histogram } from './distribution.ts';
import { det } from './metrics.ts';
import type { Report, ReportSection } from './report.ts';
import type { VerificationResult } from './verification.ts';

/** The report of one run. */
export function verificationReport(result: VerificationResult): Report {
  const { pairs, pictures, people, contract } = result;
  const count = (value: number) => value.toLocaleString('en');
  return {
    title: `How often ${contract?.id ?? 'the engine'} is right about two faces`,
    lead: `Measured on ${count(pairs.total)} pairs of ${count(pictures)} pictures of ${count(people)} people: ${count(pairs.same)} pairs show one person, ${count(pairs.different)} show two.`,
    sections: [
      thresholdSection(result),
      pointsSection(result),
      rocSection(result),
      detSection(result),
      spread(result.histograms.similarity, 'Similarity', 'Cosine similarity'),
      ...(result.histograms.probability
        ? [spread(result.histograms.probability, 'Probability', 'Probability of one person')]
        : []),
      ...reliabilitySection(result),
      ...groupSections(result),
      failureSection(result),
    ].filter((section): section is ReportSection => section !== undefined),
  };
}

function thresholdSection({ thresholds, atThreshold }: VerificationResult): ReportSection | undefined {
  if (thresholds.length === 0) return undefined;
  const shipped = atThreshold ? ` Unless told otherwise, ${atThreshold.threshold.toFixed(3)} is used.` : '';
  return {
    heading: 'Which threshold shall I use?',
    sentence: `Choose how rarely a stranger may pass; the row says which similarity to ask for and how many true matches that costs on these pictures.${shipped}`,
    table: {
      head: ['Stranger passes', 'threshold', 'strangers here', 'own refused here'],
      rows: thresholds.map(({ fmr, threshold, far, frr }) => [
        `1 in ${Math.round(1 / Number(fmr)).toLocaleString('en')}`,
        threshold.toFixed(3),
        percent(far, 4),
        percent(frr, 1),
      ]),
    },
  };
}

function pointsSection(result: VerificationResult): ReportSection {
  const { accuracy, eer, eerInterval, auc } = result;
  const rows = Object.entries(result.tarAtFar).map(([rate, { tar, interval, threshold, strangers }]) => [
    `1 in ${Math.round(1 / Number(rate)).toLocaleString('en')}${strangers < 30 ? ' *' : ''}`,
    percent(tar),
    `${(interval.low * 100).toFixed(2)}–${percent(interval.high)}`,
    threshold.toFixed(3),
  ]);
  return {
    heading: 'The figures',
    sentence:
      'How many own faces are accepted when so many strangers pass. With other people of the same kind, 95 times in 100 the figure would lie in the range. Rows with * rest on fewer than 30 strangers and are rough.',
    table: {
      head: ['Strangers pass', 'own faces pass', 'range', 'threshold'],
      rows: [
        ...(accuracy
          ? [
              [
                'Right answers (threshold of other pairs)',
                percent(accuracy.mean),
                `± ${percent(accuracy.deviation)}`,
                '',
              ],
            ]
          : []),
        ...rows,
        ['Equal error rate', percent(eer), `${(eerInterval.low * 100).toFixed(2)}–${percent(eerInterval.high)}`, ''],
        ['Area under the curve', auc.toFixed(5), '', ''],
      ],
    },
  };
}

function rocSection({ roc, pairs, atThreshold: at }: VerificationResult): ReportSection {
  const min = lowest(pairs.different);
  const worst = roc.filter(({ far }) => far <= 2 / pairs.different).at(-1)?.tar ?? 0;
  return {
    heading: 'Accepting the right ones',
    sentence:
      'The curve shows how many true matches pass (up) for how many strangers that pass too (right); nearer to the top left is better.',
    chart: {
      x: { label: 'Strangers accepted', min, max: 1, log: true },
      y: { label: 'Own faces accepted', min: Math.max(0, Math.min(0.95, Math.floor(worst * 20 - 0.2) / 20)), max: 1 },
      series: [{ label: 'ROC', points: roc.map(({ far, tar }) => ({ x: Math.max(far, min), y: tar })) }],
      ...(at && {
        marks: [
          {
            x: Math.max(at.strangersAcceptedRate, min),
            y: 1 - at.sameRejectedRate,
            label: `threshold ${at.threshold.toFixed(3)}`,
          },
        ],
      }),
    },
  };
}

function detSection({ roc, pairs }: VerificationResult): ReportSection {
  const [minX, minY] = [lowest(pairs.different), lowest(pairs.same)];
  const points = det(roc).map(({ far, frr }) => ({ x: Math.max(far, minX), y: Math.max(frr, minY) }));
  return {
    heading: 'Both kinds of mistakes',
    sentence:
      'Own faces refused (up) against strangers accepted (right): making one rarer makes the other more frequent; nearer to the bottom left is better.',
    chart: {
      x: { label: 'Strangers accepted', min: minX, max: 1, log: true },
      y: { label: 'Own faces refused', min: minY, max: 1, log: true },
      series: [{ label: 'DET', points }],
    },
  };
}

function spread({ min, max, genuine, impostors }: Histogram, name: string, label: string): ReportSection {
  const shares = [genuine, impostors].map((counts) => {
    const total = counts.reduce((sum, value) => sum + value, 0) || 1;
    return counts.map((value) => value / total);
  }) as [number[], number[]];
  const used = (shares[0] as number[]).map((value, i) => value + (shares[1][i] as number) > 0);
  const width = (max - min) / genuine.length;
  const [first, last] = [used.indexOf(true), used.lastIndexOf(true) + 1];
  const steps = (values: readonly number[]) =>
    values.flatMap((y, i) => [
      { x: min + i * width, y },
      { x: min + (i + 1) * width, y },
    ]);
  const highest = Math.max(...shares.flat());
  return {
    heading: `${name} of one person and of strangers`,
    sentence: `Each hill shows how often a ${name.toLowerCase()} occurs; where the hills overlap, mistakes happen.`,
    chart: {
      x: { label, min: Math.max(min, min + (first - 1) * width), max: Math.min(max, min + (last + 1) * width) },
      y: { label: 'Share of pairs', min: 0, max: Math.ceil(highest * 11) / 10 },
      series: [
        { label: 'one person', points: steps(shares[0]), area: true },
        { label: 'strangers', points: steps(shares[1]), area: true },
      ],
      legend: 'top',
    },
  };
}

function reliabilitySection({ reliability }: VerificationResult): ReportSection[] {
  if (reliability === undefined) return [];
  const points = reliability.bins
    .filter(({ weight }) => weight > 0.002)
    .map(({ promised, actual }) => ({ x: promised, y: actual }));
  return [
    {
      heading: 'Does the probability keep its promise?',
      sentence: `Of pairs said to be one person with 70 %, 70 % should be so: the nearer to the straight line, the better. The mean distance is ${percent(reliability.error)}.`,
      chart: {
        x: { label: 'Promised', min: 0, max: 1 },
        y: { label: 'True, with as many strangers as matches', min: 0, max: 1 },
        series: [
          { label: 'measured', points },
          {
            label: 'perfect',
            points: [
              { x: 0, y: 0 },
              { x: 1, y: 1 },
            ],
          },
        ],
      },
    },
  ];
}

function groupSections({ groups, atThreshold }: VerificationResult): ReportSection[] {
  return (groups ?? []).map(({ label, groups: rows, fmrRatio, fnmrRatio }) => ({
    heading: `By ${label}`,
    sentence: `Mistakes within each group at a threshold of ${atThreshold?.threshold.toFixed(3)}. Largest ratio between two groups: strangers accepted ${times(fmrRatio)}, own face refused ${times(fnmrRatio)}. Small counts say little.`,
    table: {
      head: [label, 'strangers accepted', 'of', 'own face refused', 'of'],
      rows: rows.map(({ group, falseMatches, impostors, falseNonMatches, genuine }) =>
        [group, falseMatches, impostors, falseNonMatches, genuine].map((cell) =>
          typeof cell === 'number' ? cell.toLocaleString('en') : cell,
        ),
      ),
    },
  }));
}

function failureSection({ failures, pictures }: VerificationResult): ReportSection {
  return {
    heading: 'Pictures without a face',
    sentence: `In ${failures.pictures.length} of ${pictures.toLocaleString('en')} pictures (${percent(failures.rate)}) no face was found; their ${failures.pairs.toLocaleString('en')} pairs count as refused everywhere above.`,
    ...(failures.pictures.length > 0 && {
      table: { head: ['picture'], rows: failures.pictures.slice(0, 20).map((file) => [file]) },
    }),
  };
}

function times(ratio: number | null): string {
  return ratio === null ? 'not measurable' : `${ratio.toFixed(1)} times`;
}

function lowest(count: number): number {
  return 10 ** Math.floor(Math.log10(1 / Math.max(10, count)));
}

function percent(value: number, digits = 2): string {
  return `${(value * 100).toFixed(digits)} %`;
}
