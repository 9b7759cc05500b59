/** What `vultus eval verification` runs: pairs file and folder in; a JSON-safe report, a table and a ROC picture out. */

import { readFile, writeFile } from 'node:fs/promises';
import { svgToPng } from './chart.ts';
import type { EmbeddingEngine } from './embeddings.ts';
import { parsePairs } from './pairs.ts';
import { rocChart } from './roc-chart.ts';
import { evaluateVerification, type VerificationResult } from './verification.ts';

/** Options of {@link verificationCommand}. */
export interface VerificationCommandOptions {
  /** Path of the pairs file: tab-separated, columns fold, same, fileA, fileB. */
  readonly pairs: string;
  /** Folder that the file names start from. */
  readonly images: string;
  /** The threshold to count accepted strangers at; default: the calibrated one of the engine. */
  readonly threshold?: number;
  /** Where to write the ROC: `.png`, or `.svg`. */
  readonly chart?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Evaluates an engine on a pairs file. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT`; see {@link evaluateVerification} */
export async function verificationCommand(
  engine: EmbeddingEngine,
  options: VerificationCommandOptions,
): Promise<VerificationResult> {
  const { pairs: file, chart, ...rest } = options;
  const pairs = parsePairs(await readFile(file, 'utf8'), file);
  const result = await evaluateVerification({ engine, pairs, ...rest });
  if (chart !== undefined) {
    const label = engine.contract?.id ?? 'engine';
    const svg = rocChart(`Verification: ${label}`, [{ label, result }]);
    await writeFile(chart, chart.endsWith('.svg') ? svg : await svgToPng(svg));
  }
  return result;
}

/** The report as lines for people. */
export function verificationTable(result: VerificationResult): string {
  const percent = (value: number, digits = 2) => `${(value * 100).toFixed(digits)} %`;
  const { accuracy, pairs, atThreshold: at, failures } = result;
  const lines = [
    ['pairs', `${pairs.total} (${pairs.same} same, ${pairs.different} different) of ${result.pictures} pictures`],
    ['accuracy', `${percent(accuracy.mean, 3)} ± ${percent(accuracy.deviation, 3)} over ${result.folds.length} folds`],
    ['TAR at FAR 1e-2', percent(result.tarAtFar['1e-2'].tar)],
    ['TAR at FAR 1e-3', percent(result.tarAtFar['1e-3'].tar)],
    ['equal error rate', percent(result.eer)],
    ['AUC', result.auc.toFixed(5)],
    ['best threshold', result.bestThreshold.toFixed(4)],
    ...(at === undefined
      ? []
      : [
          [
            `strangers accepted at ${at.threshold.toFixed(4)}`,
            `${at.strangersAccepted} (${percent(at.strangersAcceptedRate, 3)})`,
          ],
          [`same rejected at ${at.threshold.toFixed(4)}`, `${at.sameRejected} (${percent(at.sameRejectedRate, 2)})`],
        ]),
    ['no face found', `${failures.pictures.length} pictures, ${failures.pairs} pairs (rejected)`],
  ];
  return lines.map(([name = '', value = '']) => `${name.padEnd(30)} ${value}`).join('\n');
}
