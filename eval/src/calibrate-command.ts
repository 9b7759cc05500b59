/** What `vultus calibrate` runs: labelled pictures in, a calibration that `VultusOptions.calibration` takes out. */

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Calibration, thresholdFor } from 'vultus';
import { bothKinds, calibrate, fitLogistic } from './calibration.ts';
import { type Comparisons, compareEvery, type LabelledPicture } from './comparisons.ts';
import { reliability } from './distribution.ts';
import { type EmbeddingEngine, embedOrSkip } from './embeddings.ts';
import { parsePairs } from './pairs.ts';
import { embedTree, readExport } from './picture-sets.ts';
import type { VerificationSource } from './verification-command.ts';

/** Options of {@link calibrateCommand}. */
export interface CalibrateCommandOptions {
  /** Of a pairs file, all pictures are compared with each other; the folder of each is the person. */
  readonly source: VerificationSource;
  /** What the pictures are, for the record. */
  readonly data?: string;
  /** The rate whose threshold `match` uses: a key of the table, default `1e-4`. */
  readonly defaultFmr?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A calibration, and how far off its probabilities are on people that it was not fitted on. */
export interface CalibrationReport {
  readonly calibration: Calibration;
  /** Expected calibration error: each half of the people judged by what was fitted on the other half. */
  readonly heldOutError: number;
  /** Threshold by gallery size for one search in a hundred of a stranger giving a name. */
  readonly gallery: Readonly<Record<string, number>>;
}

/** Fits a calibration. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` for too few people or pictures */
export async function calibrateCommand(
  engine: EmbeddingEngine,
  options: CalibrateCommandOptions,
): Promise<CalibrationReport> {
  const { data = '', defaultFmr = '1e-4' } = options;
  const pictures = (await labelledPictures(engine, options)).filter(({ print }) => print !== null);
  const every = compareEvery(pictures);
  const sets = bothKinds(every);
  const day = new Date().toISOString().slice(0, 10);
  const measuredOn =
    `${data || 'Pictures'}: ${pictures.length} pictures of ${every.people} people, each compared with each ` +
    `(${sets.genuine.length} same-person, ${sets.impostors.length} stranger pairs), ${day}`;
  const fitted = calibrate(sets, { version: '1', measuredOn, defaultFmr });
  const calibration = { ...fitted, ...(engine.contract && { contract: engine.contract.sha256 }) };
  const sizes = [100, 1000, 10_000, 100_000, 1_000_000];
  return {
    calibration,
    heldOutError: heldOutError(every),
    gallery: Object.fromEntries(
      sizes.map((gallerySize) => [gallerySize, round(thresholdFor(calibration, { gallerySize, fpir: 0.01 }))]),
    ),
  };
}

/** Expected calibration error with the logistic of one half of the people on pairs of the other half; mean of both ways. */
export function heldOutError(pairs: Comparisons): number {
  const halves = [0, 1].map((half) => {
    const isIn = (file: number | undefined) => (pairs.person[file as number] as number) % 2 === half;
    const kept = pairs.same.map((_, i) => Number(isIn(pairs.fileA[i]) && isIn(pairs.fileB[i])));
    return {
      similarity: pairs.similarity.filter((_, i) => kept[i] === 1),
      same: pairs.same.filter((_, i) => kept[i] === 1),
    };
  });
  const [first, second] = halves as [(typeof halves)[0], (typeof halves)[0]];
  const errors = [
    [first, second],
    [second, first],
  ].map(([fitted, held]) => {
    const { genuine, impostors } = bothKinds(fitted as typeof first);
    return reliability(held as typeof first, { logistic: fitLogistic(genuine, impostors) }).error;
  });
  return ((errors[0] as number) + (errors[1] as number)) / 2;
}

/** The pictures of a source with who is on them. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function labelledPictures(
  engine: EmbeddingEngine,
  { source, ...options }: Pick<CalibrateCommandOptions, 'source' | 'onProgress' | 'signal'>,
): Promise<readonly LabelledPicture[]> {
  if ('folder' in source) return (await embedTree(engine, source.folder, options)).pictures;
  if ('export' in source) return (await readExport(source.export)).pictures;
  const pairs = parsePairs(await readFile(source.pairs, 'utf8'), source.pairs);
  const files = [...new Set(pairs.flatMap(({ fileA, fileB }) => [fileA, fileB]))].sort();
  const paths = files.map((file) => join(source.images, file));
  const { prints } = await embedOrSkip(engine, paths, options);
  return files.map((file, index) => ({
    file,
    person: dirname(file),
    print: prints.get(paths[index] as string) ?? null,
  }));
}

/** The report as lines for people. */
export function calibrationTable({ calibration, heldOutError: error, gallery }: CalibrationReport): string {
  const rows = [
    ['measured on', calibration.measuredOn],
    ...Object.entries(calibration.thresholds).map(([rate, { threshold, tar, extrapolated }]) => [
      `one false match in ${Math.round(1 / Number(rate)).toLocaleString('en')}`,
      `${threshold.toFixed(4)}, ${((tar ?? 0) * 100).toFixed(1)} % of same-person pairs pass${extrapolated ? ' (extrapolated)' : ''}`,
    ]),
    ...Object.entries(gallery).map(([size, threshold]) => [
      `gallery of ${Number(size).toLocaleString('en')}`,
      `${threshold.toFixed(4)} for one stranger in 100 given a name`,
    ]),
    ['probability is off by', `${(error * 100).toFixed(2)} % on people not fitted on`],
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(32)} ${value}`).join('\n');
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
