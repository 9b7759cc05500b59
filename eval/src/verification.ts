/** 1:1 verification on a pairs file: accuracy with the threshold of the other folds, TAR at FAR, EER, AUC, strangers let in. */

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Faceprint, similarity, VultusError } from 'vultus';
import { type EmbeddingEngine, type EmbedFilesOptions, embedFiles } from './embeddings.ts';
import {
  accuracyAt,
  auc,
  bestThreshold,
  equalErrorRate,
  type RocPoint,
  roc,
  type ScoredPair,
  tarAtFar,
} from './metrics.ts';
import { countRepeated, type Pair } from './pairs.ts';

/** Options of {@link evaluateVerification}. */
export interface VerificationOptions extends EmbedFilesOptions {
  readonly engine: EmbeddingEngine;
  readonly pairs: readonly Pair[];
  /** Folder that the file names of the pairs start from. */
  readonly images: string;
  /** The threshold to count accepted strangers at; default: the engine's calibrated one, if any. */
  readonly threshold?: number;
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
  /** Mean over the folds of the accuracy at the threshold chosen on the other folds, and its sample deviation. */
  readonly accuracy: { readonly mean: number; readonly deviation: number };
  readonly folds: readonly {
    readonly fold: string;
    readonly accuracy: number;
    readonly threshold: number;
    readonly pairs: number;
  }[];
  /** Of best accuracy over all pairs. */
  readonly bestThreshold: number;
  readonly eer: number;
  readonly auc: number;
  readonly tarAtFar: Readonly<Record<'1e-2' | '1e-3', { readonly tar: number; readonly threshold: number }>>;
  /** At the threshold that ships with the preset, or the one given. */
  readonly atThreshold?: {
    readonly threshold: number;
    readonly strangersAccepted: number;
    readonly strangersAcceptedRate: number;
    readonly sameRejected: number;
    readonly sameRejectedRate: number;
    readonly accuracy: number;
  };
  /** Pictures in which no face was found, and what they cost: their pairs are rejected at every threshold. */
  readonly failures: { readonly pictures: readonly string[]; readonly pairs: number };
  readonly roc: readonly { readonly threshold: number; readonly far: number; readonly tar: number }[];
}

/**
 * Embeds every picture of the pairs once and measures. A pair with a picture in which no face is found counts as
 * rejected: an error where both show one person, right where they do not.
 * @throws VultusError `FILE_READ` naming pictures that are not there; `INVALID_ARGUMENT` for pairs that cannot be
 *   measured (fewer than two folds, one kind only); whatever the engine throws
 */
export async function evaluateVerification(options: VerificationOptions): Promise<VerificationResult> {
  const { engine, pairs, images } = options;
  const files = [...new Set(pairs.flatMap(({ fileA, fileB }) => [fileA, fileB]))];
  await assertFiles(files, images);
  const byPath = await embedFiles(
    engine,
    files.map((file) => join(images, file)),
    options,
  );
  const prints = new Map(files.map((file) => [file, byPath.get(join(images, file)) ?? null]));
  const { contract, calibration } = engine;
  const threshold = options.threshold ?? calibration?.thresholds[calibration.defaultFmr]?.threshold;
  const result = measureVerification(pairs, prints, threshold);
  if (contract === undefined) return result;
  const { id, version, sha256 } = contract;
  return { contract: { id, version, sha256 }, ...result };
}

/** The measuring half of {@link evaluateVerification}, on faceprints by file name. */
export function measureVerification(
  pairs: readonly Pair[],
  prints: ReadonlyMap<string, Faceprint | null>,
  threshold?: number,
): VerificationResult {
  const scored = pairs.map((pair) => ({ ...pair, similarity: pairSimilarity(pair, prints) }));
  const points = roc(scored);
  const folds = crossValidate(scored);
  const same = pairs.filter((pair) => pair.same).length;
  const missing = [...prints].flatMap(([file, print]) => (print === null ? [file] : []));
  return {
    pairs: { total: pairs.length, same, different: pairs.length - same, repeated: countRepeated(pairs) },
    pictures: prints.size,
    accuracy: meanAndDeviation(folds.map((fold) => fold.accuracy)),
    folds,
    bestThreshold: bestThreshold(scored),
    eer: equalErrorRate(points).rate,
    auc: auc(points),
    tarAtFar: { '1e-2': operatingPoint(points, 1e-2), '1e-3': operatingPoint(points, 1e-3) },
    ...(threshold === undefined ? {} : { atThreshold: countsAt(scored, threshold) }),
    failures: {
      pictures: missing,
      pairs: scored.filter((pair) => pair.similarity === Number.NEGATIVE_INFINITY).length,
    },
    roc: points.filter((point) => Number.isFinite(point.threshold)),
  };
}

/** −Infinity where a face is missing: rejected at every threshold. */
function pairSimilarity({ fileA, fileB }: Pair, prints: ReadonlyMap<string, Faceprint | null>): number {
  const [a, b] = [prints.get(fileA), prints.get(fileB)];
  return a && b ? similarity(a, b) : Number.NEGATIVE_INFINITY;
}

function crossValidate(scored: readonly (Pair & ScoredPair)[]): VerificationResult['folds'] {
  const names = [...new Set(scored.map((pair) => pair.fold))];
  if (names.length < 2) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected pairs of at least two folds, so that a threshold can be chosen on one and tried on the other, got ${names.length}`,
    );
  }
  return names.map((fold) => {
    const threshold = bestThreshold(scored.filter((pair) => pair.fold !== fold));
    const held = scored.filter((pair) => pair.fold === fold);
    return { fold, accuracy: accuracyAt(held, threshold), threshold, pairs: held.length };
  });
}

function operatingPoint(points: readonly RocPoint[], far: number): { tar: number; threshold: number } {
  const { tar, threshold } = tarAtFar(points, far);
  return { tar, threshold: Number.isFinite(threshold) ? threshold : 1 };
}

function countsAt(scored: readonly ScoredPair[], threshold: number): NonNullable<VerificationResult['atThreshold']> {
  const same = scored.filter((pair) => pair.same);
  const different = scored.filter((pair) => !pair.same);
  const strangersAccepted = different.filter((pair) => pair.similarity >= threshold).length;
  const sameRejected = same.filter((pair) => pair.similarity < threshold).length;
  return {
    threshold,
    strangersAccepted,
    strangersAcceptedRate: strangersAccepted / different.length,
    sameRejected,
    sameRejectedRate: sameRejected / same.length,
    accuracy: accuracyAt(scored, threshold),
  };
}

/** Mean and sample standard deviation. */
function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

async function assertFiles(files: readonly string[], images: string): Promise<void> {
  const found = await Promise.all(
    files.map((file) =>
      access(join(images, file)).then(
        () => true,
        () => false,
      ),
    ),
  );
  const missing = files.filter((_, index) => !found[index]);
  if (missing.length === 0) return;
  const named = missing.slice(0, 3).join(', ');
  throw new VultusError(
    'FILE_READ',
    `Expected all ${files.length} pictures of the pairs in ${images}, got ${files.length - missing.length}; missing: ${named}${missing.length > 3 ? ', …' : ''}`,
    { details: { missing } },
  );
}
