/** What `vultus eval verification` runs: pairs, a folder tree or a gallery export in; a JSON-safe report, a table and charts out. */

import { VultusError } from 'vultus';
import { compareEvery } from './comparisons.ts';
import type { EmbeddingEngine } from './embeddings.ts';
import { readLabels } from './groups.ts';
import { readPairsFile } from './pairs.ts';
import { embedTree, type PictureSet, readExport } from './picture-sets.ts';
import { evaluateVerification, measureVerification, type VerificationResult } from './verification.ts';

/** What is measured: pairs with the folder of their pictures, or a folder per person, or a gallery's export. */
export type VerificationSource =
  | { readonly pairs: string; readonly images: string }
  | { readonly folder: string }
  | { readonly export: string };

/** Options of {@link verificationCommand}. */
export interface VerificationCommandOptions {
  readonly source: VerificationSource;
  /** The threshold to count accepted strangers at; default: the calibrated one of the engine. */
  readonly threshold?: number;
  /** File of labels; see `readLabels`. */
  readonly labels?: string;
  readonly draws?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Evaluates an engine. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT`; see {@link evaluateVerification} */
export async function verificationCommand(
  engine: EmbeddingEngine,
  options: VerificationCommandOptions,
): Promise<VerificationResult> {
  const { source, labels: file, ...rest } = options;
  const labels = file === undefined ? {} : { labels: await readLabels(file) };
  if ('pairs' in source) {
    const pairs = await readPairsFile(source.pairs);
    return evaluateVerification({ engine, pairs, images: source.images, ...rest, ...labels });
  }
  const set = 'folder' in source ? await embedTree(engine, source.folder, rest) : await readExport(source.export);
  const { pictures, unreadable } = set;
  assertSameContract(set, engine);
  const missing = pictures.filter(({ print }) => print === null).map(({ file: name }) => name);
  return measureVerification(compareEvery(pictures), engine, { missing, unreadable }, { ...rest, ...labels });
}

function assertSameContract({ pictures }: PictureSet, { contract }: EmbeddingEngine): void {
  const found = pictures.find(({ print }) => print !== null)?.print?.contract;
  if (found === undefined || contract === undefined || found.sha256 === contract.sha256) return;
  throw new VultusError(
    'EMBEDDING_MISMATCH',
    `Expected faceprints of ${contract.id}, got ${found.id}. Choose its preset with --preset, so that its thresholds are used`,
  );
}

/** The report as lines for people. */
export function verificationTable(result: VerificationResult): string {
  const percent = (value: number, digits = 2) => `${(value * 100).toFixed(digits)} %`;
  const { accuracy, pairs, atThreshold: at, failures, people, eerInterval: eer } = result;
  const range = ({ low, high }: { low: number; high: number }) => `(${percent(low)} … ${percent(high)})`;
  const rows = [
    ['pairs', `${pairs.total} (${pairs.same} same, ${pairs.different} different)`],
    ['pictures', `${result.pictures} of ${people} people`],
    ...(accuracy
      ? [
          [
            'accuracy',
            `${percent(accuracy.mean, 3)} ± ${percent(accuracy.deviation, 3)} over ${result.folds.length} folds`,
          ],
        ]
      : []),
    ...Object.entries(result.tarAtFar).map(([rate, { tar, interval, strangers }]) => [
      `TAR at FAR ${rate}`,
      `${percent(tar)} ${range(interval)}${strangers < 30 ? ', few strangers' : ''}`,
    ]),
    ['equal error rate', `${percent(result.eer)} ${range(eer)}`],
    ['AUC', result.auc.toFixed(5)],
    ['best threshold', result.bestThreshold.toFixed(4)],
    ...(at === undefined
      ? []
      : [
          [
            `strangers accepted at ${at.threshold.toFixed(4)}`,
            `${at.strangersAccepted} (${percent(at.strangersAcceptedRate, 3)})`,
          ],
          [`same rejected at ${at.threshold.toFixed(4)}`, `${at.sameRejected} (${percent(at.sameRejectedRate)})`],
        ]),
    ...(result.reliability ? [['probability is off by', percent(result.reliability.error)]] : []),
    [
      'no face found',
      `${failures.pictures.length} pictures (${percent(failures.rate)}), ${failures.pairs} pairs (rejected)`,
    ],
    ...(failures.unreadable.length > 0 ? [['of these not legible', String(failures.unreadable.length)]] : []),
    ...(result.groups ?? []).flatMap(({ label, groups, fmrRatio, fnmrRatio }) => [
      ...groups.map(({ group, falseMatches, impostors, falseNonMatches, genuine }) => [
        `${label} ${group}`,
        `${falseMatches} of ${impostors} strangers accepted, ${falseNonMatches} of ${genuine} same rejected`,
      ]),
      [`${label}: largest ratio`, `strangers ${fmrRatio?.toFixed(1) ?? '–'}, same ${fnmrRatio?.toFixed(1) ?? '–'}`],
    ]),
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(30)} ${value}`).join('\n');
}
