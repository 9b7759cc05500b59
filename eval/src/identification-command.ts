/** What `vultus eval identification` runs: people's pictures in, figures for each gallery size out. */

import { thresholdFor } from 'vultus';
import { labelledPictures } from './calibrate-command.ts';
import type { EmbeddingEngine } from './embeddings.ts';
import { evaluateIdentification, type IdentificationOptions, type IdentificationResult } from './identification.ts';
import type { Report } from './report.ts';
import type { VerificationSource } from './verification-command.ts';

/** Options of {@link identificationCommand}. */
export interface IdentificationCommandOptions extends IdentificationOptions {
  /** Of a pairs file, the pictures count and the folder of each is the person. */
  readonly source: VerificationSource;
}

/** Evaluates an engine. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function identificationCommand(
  engine: EmbeddingEngine,
  { source, sizes, onProgress, ...options }: IdentificationCommandOptions,
): Promise<IdentificationResult> {
  const { signal } = options;
  const pictures = await labelledPictures(engine, {
    source,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  const { calibration } = engine;
  const named = (sizes ?? []).flatMap((gallerySize) =>
    calibration ? [[`for ${gallerySize}`, thresholdFor(calibration, { gallerySize, fpir: 0.01 })]] : [],
  );
  const thresholds = { ...Object.fromEntries(named), ...options.thresholds };
  return evaluateIdentification(pictures, { ...options, thresholds, ...(sizes && { sizes }) });
}

/** The figures as lines for people. */
export function identificationTable({ probes, galleries, resemblance, failures }: IdentificationResult): string {
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  const rows = [
    [
      'searches',
      `${probes.enrolled} for people enrolled, ${probes.strangers} for strangers; ${failures} pictures without a face`,
    ],
    ...galleries.flatMap(({ size, synthetic, rank, points }) => [
      [`gallery of ${size.toLocaleString('en')}`, `${synthetic.toLocaleString('en')} of them synthetic`],
      ...Object.entries(rank).map(([k, share]) => [`  found within ${k}`, percent(share)]),
      ...points.map(({ name, threshold, fpir, fnir }) => [
        `  ${name} (${threshold.toFixed(3)})`,
        `stranger named ${percent(fpir)}, enrolled missed ${percent(fnir)}`,
      ]),
    ]),
    ...(resemblance
      ? [
          [
            'synthetic faces',
            `cosine with real ones ${resemblance.synthetic.mean.toFixed(3)} ± ${resemblance.synthetic.deviation.toFixed(3)}, of strangers ${resemblance.real.mean.toFixed(3)} ± ${resemblance.real.deviation.toFixed(3)}`,
          ],
        ]
      : []),
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(28)} ${value}`).join('\n');
}

/** The figures as a report. */
export function identificationReport(result: IdentificationResult): Report {
  const { galleries, probes, people } = result;
  const percent = (value: number) => `${(value * 100).toFixed(2)} %`;
  const sizes = galleries.map(({ size }) => size);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const x = { label: 'Faces in the gallery', min: least, max: Math.max(most, least * 10), log: true };
  const lowest = Math.min(...galleries.map(({ rank }) => Math.min(...Object.values(rank))));
  return {
    title: 'How often a search finds the right person',
    lead: `Pictures of ${people} people: ${probes.enrolled} searches for people enrolled, ${probes.strangers} for strangers. Larger galleries are filled up with synthetic faces.`,
    sections: [
      {
        heading: 'Found among the first',
        sentence:
          'The share of enrolled people who are the best candidate, or among the first few, as the gallery grows.',
        ...(sizes.length > 1 && {
          chart: {
            x,
            y: { label: 'Found', min: Math.max(0, Math.floor(lowest * 20 - 0.5) / 20), max: 1 },
            series: Object.keys(galleries[0]?.rank ?? {}).map((k) => ({
              label: `among the first ${k}`,
              points: galleries.map(({ size, rank }) => ({ x: size, y: rank[k] as number })),
            })),
          },
        }),
        table: {
          head: ['gallery', ...Object.keys(galleries[0]?.rank ?? {}).map((k) => `first ${k}`)],
          rows: galleries.map(({ size, rank }) => [size.toLocaleString('en'), ...Object.values(rank).map(percent)]),
        },
      },
      {
        heading: 'Strangers given a name, people missed',
        sentence: 'Each row is a threshold: a stricter one names fewer strangers and misses more of those enrolled.',
        table: {
          head: ['gallery', 'chosen', 'threshold', 'stranger named', 'enrolled missed'],
          rows: galleries.flatMap(({ size, points }) =>
            points.map(({ name, threshold, fpir, fnir }) => [
              size.toLocaleString('en'),
              name,
              threshold.toFixed(3),
              percent(fpir),
              percent(fnir),
            ]),
          ),
        },
      },
    ],
  };
}
