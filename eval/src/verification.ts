/** 1:1 verification: accuracy with the threshold of the other folds, TAR at FAR, EER, AUC, distributions, groups. */

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { toProbability, VultusError } from 'vultus';
import { bootstrapPeople, type Interval } from './bootstrap.ts';
import { type Comparisons, comparePairs, type PrintsByFile } from './comparisons.ts';
import { type Histogram, histogram, type Reliability, reliability } from './distribution.ts';
import { type EmbeddingEngine, type EmbedFilesOptions, embedOrSkip } from './embeddings.ts';
import { type GroupReport, groupErrors, type Labels } from './groups.ts';
import {
  accuracyAt,
  auc,
  bestThreshold,
  equalErrorRate,
  type Roc,
  type RocPoint,
  roc,
  type ScoredPairs,
  tarAtFar,
  thinRoc,
} from './metrics.ts';
import { countRepeated, type Pair } from './pairs.ts';

/** Options of {@link evaluateVerification}. */
export interface VerificationOptions extends EmbedFilesOptions, MeasureOptions {
  readonly engine: EmbeddingEngine;
  readonly pairs: readonly Pair[];
  /** Folder that the file names of the pairs start from. */
  readonly images: string;
}

/** What {@link measureVerification} may be told besides the comparisons. */
export interface MeasureOptions {
  /** The threshold to count accepted strangers at; default: the engine's calibrated one, if any. */
  readonly threshold?: number;
  readonly labels?: Labels;
  /** Sets of people drawn for the intervals; default 200. */
  readonly draws?: number;
}

/** TAR at one FAR. */
export interface OperatingPoint {
  readonly tar: number;
  readonly threshold: number;
  /** Where 95 of 100 sets of people drawn by lot put the TAR. */
  readonly interval: Interval;
  /** Stranger pairs that this FAR lets pass; below about 30 the figure is rough. */
  readonly strangers: number;
}

/** The figures of one run; JSON-safe. Rates are 0…1. */
export interface VerificationResult {
  readonly contract?: { readonly id: string; readonly version: string; readonly sha256: string };
  /** `repeated` counts lines that name a pair of an earlier line again. */
  readonly pairs: {
    readonly total: number;
    readonly same: number;
    readonly different: number;
    readonly repeated: number;
  };
  readonly pictures: number;
  readonly people: number;
  /** Mean over the folds of the accuracy at the threshold chosen on the other folds, and its sample deviation; with folds only. */
  readonly accuracy?: { readonly mean: number; readonly deviation: number };
  readonly folds: readonly {
    readonly fold: string;
    readonly accuracy: number;
    readonly threshold: number;
    readonly pairs: number;
  }[];
  /** Of best accuracy over all pairs. */
  readonly bestThreshold: number;
  readonly eer: number;
  readonly eerInterval: Interval;
  readonly auc: number;
  /** From 1e-1 down to the lowest rate that lets half a stranger pair pass. */
  readonly tarAtFar: Readonly<Record<string, OperatingPoint>>;
  /** At the threshold that ships with the preset, or the one given. */
  readonly atThreshold?: {
    readonly threshold: number;
    readonly strangersAccepted: number;
    readonly strangersAcceptedRate: number;
    readonly sameRejected: number;
    readonly sameRejectedRate: number;
    readonly accuracy: number;
  };
  /** The calibrated thresholds, and what they do on these pairs. */
  readonly thresholds: readonly {
    readonly fmr: string;
    readonly threshold: number;
    readonly far: number;
    readonly frr: number;
  }[];
  /** Pictures in which no face was found, and what they cost: their pairs are rejected at every threshold. */
  readonly failures: {
    readonly pictures: readonly string[];
    readonly pairs: number;
    /** Share of all pictures: failure to enrol. */
    readonly rate: number;
    /** Of the pictures: those that could not be read as such. */
    readonly unreadable: readonly string[];
  };
  readonly histograms: { readonly similarity: Histogram; readonly probability?: Histogram };
  /** Whether the calibrated probabilities are right on these pairs, at even odds. */
  readonly reliability?: Reliability;
  /** By label, where labels were given: errors at `atThreshold`. */
  readonly groups?: readonly GroupReport[];
  /** Thinned to what a drawing needs. */
  readonly roc: readonly RocPoint[];
  /** Every pair's similarity in the order of the list (`null`: no face) for `eval compare`; up to 50,000 pairs. */
  readonly scores?: {
    readonly same: readonly (0 | 1)[];
    readonly similarity: readonly (number | null)[];
    readonly people: readonly (readonly [number, number])[];
  };
}

const rates = ['1e-1', '1e-2', '1e-3', '1e-4', '1e-5', '1e-6'] as const;
const mostScores = 50_000;

/**
 * Embeds every picture of the pairs once and measures. A pair with a picture in which no face is found counts as
 * rejected: an error where both show one person, right where they do not.
 * @throws VultusError `FILE_READ` naming pictures that are not there; `INVALID_ARGUMENT` for pairs that cannot be
 *   measured (fewer than two folds, one kind only); whatever the engine throws
 */
export async function evaluateVerification(options: VerificationOptions): Promise<VerificationResult> {
  const { engine, pairs, images } = options;
  assertFolds(pairs);
  const files = [...new Set(pairs.flatMap(({ fileA, fileB }) => [fileA, fileB]))];
  await assertFiles(files, images);
  const paths = files.map((file) => join(images, file));
  const { prints: byPath, unreadable } = await embedOrSkip(engine, paths, options);
  const prints: PrintsByFile = new Map(files.map((file, index) => [file, byPath.get(paths[index] as string) ?? null]));
  const missing = files.filter((file) => prints.get(file) === null);
  const comparisons = comparePairs(pairs, prints);
  const broken = files.filter((_, index) => unreadable.includes(paths[index] as string));
  const result = measureVerification(comparisons, engine, { missing, unreadable: broken }, options);
  return { ...result, pairs: { ...result.pairs, repeated: countRepeated(pairs) } };
}

/** Before the work begins, for it may take an hour. */
function assertFolds(pairs: readonly Pair[]): void {
  if (pairs.length === 0 || new Set(pairs.map(({ fold }) => fold)).size > 1) return;
  throw new VultusError(
    'INVALID_ARGUMENT',
    'Expected pairs of at least two folds, so that a threshold can be chosen on one and tried on the other, got one',
  );
}

/** The measuring half: everything that follows from comparisons. @throws VultusError `INVALID_ARGUMENT` for one kind only, or NaN */
export function measureVerification(
  pairs: Comparisons,
  { contract, calibration }: Pick<EmbeddingEngine, 'contract' | 'calibration'>,
  failed: { readonly missing: readonly string[]; readonly unreadable: readonly string[] },
  options: MeasureOptions = {},
): VerificationResult {
  const curve = roc(pairs);
  const folds = crossValidate(pairs);
  const same = pairs.same.reduce((sum, value) => sum + value, 0);
  const total = pairs.same.length;
  const threshold = options.threshold ?? calibration?.thresholds[calibration.defaultFmr]?.threshold;
  return {
    ...(contract && { contract: { id: contract.id, version: contract.version, sha256: contract.sha256 } }),
    pairs: { total, same, different: total - same, repeated: 0 },
    pictures: pairs.files.length,
    people: pairs.people,
    ...(folds.length > 1 && { accuracy: meanAndDeviation(folds.map((fold) => fold.accuracy)) }),
    folds,
    bestThreshold: bestThreshold(pairs),
    eer: equalErrorRate(curve).rate,
    auc: auc(curve),
    ...withIntervals(pairs, curve, total - same, options.draws),
    ...(threshold === undefined ? {} : { atThreshold: countsAt(pairs, threshold) }),
    thresholds: Object.entries(calibration?.thresholds ?? {}).map(([fmr, { threshold: at }]) => {
      const { strangersAcceptedRate: far, sameRejectedRate: frr } = countsAt(pairs, at);
      return { fmr, threshold: at, far, frr };
    }),
    failures: {
      pictures: failed.missing,
      pairs: pairs.similarity.reduce((sum, value) => sum + Number(value === Number.NEGATIVE_INFINITY), 0),
      rate: failed.missing.length / pairs.files.length,
      unreadable: failed.unreadable,
    },
    histograms: {
      similarity: histogram(pairs, { min: -0.5, max: 1, bins: 75 }),
      ...(calibration && {
        probability: histogram(pairs, { min: 0, max: 1, bins: 50, read: (value) => toProbability(value, calibration) }),
      }),
    },
    ...(calibration && { reliability: reliability(pairs, calibration) }),
    ...(options.labels && threshold !== undefined && { groups: groupErrors(pairs, options.labels, threshold) }),
    roc: thinRoc(curve),
    ...(total <= mostScores && { scores: scoresOf(pairs) }),
  };
}

function withIntervals(pairs: Comparisons, curve: Roc, strangers: number, draws: number | undefined) {
  const measurable = rates.filter((rate) => Number(rate) * strangers >= 0.5);
  const numbers = measurable.map(Number);
  const spread = bootstrapPeople(pairs, { rates: numbers, ...(draws === undefined ? {} : { draws }) });
  const points = measurable.map((rate, index) => {
    const { tar, threshold } = tarAtFar(curve, Number(rate));
    const interval = spread.tar[index] as Interval;
    const point = { tar, threshold: Number.isFinite(threshold) ? threshold : 1, interval };
    return [rate, { ...point, strangers: Number(rate) * strangers }] as const;
  });
  return { eerInterval: spread.eer, tarAtFar: Object.fromEntries(points) };
}

function crossValidate(pairs: Comparisons): VerificationResult['folds'] {
  const { folds } = pairs;
  if (folds === undefined || folds.names.length < 2) return [];
  return folds.names.map((fold, index) => {
    const threshold = bestThreshold(pick(pairs, (i) => folds.of[i] !== index));
    const held = pick(pairs, (i) => folds.of[i] === index);
    return { fold, accuracy: accuracyAt(held, threshold), threshold, pairs: held.same.length };
  });
}

function pick({ similarity, same }: ScoredPairs, keep: (index: number) => boolean): ScoredPairs {
  return { similarity: similarity.filter((_, i) => keep(i)), same: same.filter((_, i) => keep(i)) };
}

function countsAt(pairs: ScoredPairs, threshold: number): NonNullable<VerificationResult['atThreshold']> {
  let [same, strangersAccepted, sameRejected] = [0, 0, 0];
  for (let i = 0; i < pairs.same.length; i++) {
    const isAccepted = (pairs.similarity[i] as number) >= threshold;
    same += pairs.same[i] as number;
    if (isAccepted && pairs.same[i] === 0) strangersAccepted++;
    if (!isAccepted && pairs.same[i] === 1) sameRejected++;
  }
  return {
    threshold,
    strangersAccepted,
    strangersAcceptedRate: strangersAccepted / (pairs.same.length - same),
    sameRejected,
    sameRejectedRate: sameRejected / same,
    accuracy: 1 - (strangersAccepted + sameRejected) / pairs.same.length,
  };
}

function scoresOf(pairs: Comparisons): NonNullable<VerificationResult['scores']> {
  const person = (file: number | undefined) => pairs.person[file as number] as number;
  return {
    same: Array.from(pairs.same, (value) => value as 0 | 1),
    similarity: Array.from(pairs.similarity, (value) => (Number.isFinite(value) ? Number(value.toFixed(6)) : null)),
    people: Array.from(pairs.fileA, (file, index) => [person(file), person(pairs.fileB[index])] as const),
  };
}

/** Mean and sample standard deviation. */
function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

async function assertFiles(files: readonly string[], images: string): Promise<void> {
  const missing: string[] = [];
  for (const file of files) {
    await access(join(images, file)).catch(() => missing.push(file));
  }
  if (missing.length === 0) return;
  const named = missing.slice(0, 3).join(', ');
  throw new VultusError(
    'FILE_READ',
    `Expected all ${files.length} pictures of the pairs in ${images}, got ${files.length - missing.length}; missing: ${named}${missing.length > 3 ? ', …' : ''}`,
    { details: { missing } },
  );
}
