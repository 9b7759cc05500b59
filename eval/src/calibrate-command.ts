/** What `vultus calibrate` runs: labelled pictures in, a calibration that `VultusOptions.calibration` takes out. */

import { dirname, join } from 'node:path';
import { type Calibration, thresholdFor, toProbability } from 'vultus';
import { bothKinds, calibrate, fitLogistic } from './calibration.ts';
import { type Comparisons, compareEvery, type LabelledPicture } from './comparisons.ts';
import { reliabilityOf } from './distribution.ts';
import { type EmbeddingEngine, embedOrSkip } from './embeddings.ts';
import type { ScoredPairs } from './metrics.ts';
import { readPairsFile } from './pairs.ts';
import { embedTree, readExport } from './picture-sets.ts';
import { seededRandom } from './random.ts';
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
  /** Expected calibration error on people that the fit has not seen; see {@link heldOutError}. */
  readonly heldOutError: number;
  /** Threshold by gallery size for one search in a hundred of a stranger giving a name. */
  readonly gallery: Readonly<Record<string, number>>;
}

/** Fits a calibration. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` for too few people or pictures */
export async function calibrateCommand(
  engine: EmbeddingEngine,
  options: CalibrateCommandOptions,
): Promise<CalibrationReport> {
  return calibrateOn(await labelledPictures(engine, options), engine, options);
}

/** The fitting half: labelled pictures in. @throws VultusError `INVALID_ARGUMENT` for too few people or pictures */
export function calibrateOn(
  labelled: readonly LabelledPicture[],
  engine: Pick<EmbeddingEngine, 'contract'>,
  { data = '', defaultFmr = '1e-4' }: Pick<CalibrateCommandOptions, 'data' | 'defaultFmr'>,
): CalibrationReport {
  const pictures = labelled.filter(({ print }) => print !== null);
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

/** Parts that people are dealt into for {@link heldOutError}. */
const parts = 10;

/**
 * Expected calibration error on pairs that the logistic has not seen: people are dealt by lot into ten parts, the pairs
 * within each part are judged by what was fitted on the people of the other nine, and all judgements are taken together.
 * @throws VultusError `INVALID_ARGUMENT` when a part's fit has pairs of one kind only
 */
export function heldOutError(pairs: Comparisons, seed = 1): number {
  const part = dealPeople(pairs.people, seed);
  const partOf = (file: number | undefined) => part[pairs.person[file as number] as number] as number;
  const places = Uint8Array.from(pairs.same, (_, i) => {
    const [a, b] = [partOf(pairs.fileA[i]), partOf(pairs.fileB[i])];
    return a === b ? a : parts;
  });
  const whole = bothKinds(pairs);
  const near = fitLogistic(whole.genuine, whole.impostors);
  const probability = new Float64Array(pairs.same.length).fill(Number.NaN);
  for (let held = 0; held < parts; held++) {
    const others = pick(pairs, (i) => partOf(pairs.fileA[i]) !== held && partOf(pairs.fileB[i]) !== held);
    const { genuine, impostors } = bothKinds(others);
    const logistic = fitLogistic(genuine, impostors, near);
    for (let i = 0; i < places.length; i++) {
      if (places[i] === held) probability[i] = toProbability(pairs.similarity[i] as number, { logistic });
    }
  }
  const known = (i: number) => places[i] !== parts && pairs.similarity[i] !== Number.NEGATIVE_INFINITY;
  return reliabilityOf({
    probability: probability.filter((_, i) => known(i)),
    same: pairs.same.filter((_, i) => known(i)),
  }).error;
}

/** The part of each person, as many people in each. */
function dealPeople(people: number, seed: number): Uint8Array {
  const next = seededRandom(seed);
  const order = Array.from({ length: people }, (_, person) => ({ person, lot: next() })).sort((a, b) => a.lot - b.lot);
  const part = new Uint8Array(people);
  for (const [place, { person }] of order.entries()) part[person] = place % parts;
  return part;
}

function pick({ similarity, same }: Comparisons, keep: (index: number) => boolean): ScoredPairs {
  const kept = same.map((_, i) => Number(keep(i)));
  return { similarity: similarity.filter((_, i) => kept[i] === 1), same: same.filter((_, i) => kept[i] === 1) };
}

/** The pictures of a source with who is on them. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function labelledPictures(
  engine: EmbeddingEngine,
  { source, ...options }: Pick<CalibrateCommandOptions, 'source' | 'onProgress' | 'signal'>,
): Promise<readonly LabelledPicture[]> {
  if ('folder' in source) return (await embedTree(engine, source.folder, options)).pictures;
  if ('export' in source) return (await readExport(source.export)).pictures;
  const pairs = await readPairsFile(source.pairs);
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
