/** The ROC of verification runs as a picture. */

import { lineChart } from './chart.ts';
import type { VerificationResult } from './verification.ts';

/** One run and what to call it. */
export interface RocRun {
  readonly label: string;
  readonly result: Pick<VerificationResult, 'roc' | 'atThreshold' | 'pairs'>;
}

/** The ROC with a logarithmic axis of false accepts, as SVG; the shipped threshold is marked when there is one run. */
export function rocChart(title: string, runs: readonly RocRun[]): string {
  const fewest = Math.min(...runs.map(({ result }) => 1 / result.pairs.different));
  const min = 10 ** Math.floor(Math.log10(fewest));
  const worst = Math.min(...runs.map(({ result }) => tarNear(result.roc, fewest)));
  const bottom = Math.max(0, Math.min(0.95, Math.floor(worst * 20 - 0.2) / 20));
  const marks = runs.length > 1 ? [] : runs.flatMap(({ result }) => markOf(result, min));
  return lineChart({
    title,
    caption: 'How many genuine pairs pass (up) when so many strangers pass (right). Nearer to the top left is better.',
    x: { label: 'False accepts (share of stranger pairs)', min, max: 1, log: true },
    y: { label: 'True accepts (share of same-person pairs)', min: bottom, max: 1 },
    series: runs.map(({ label, result }) => ({
      label,
      points: result.roc.map(({ far, tar }) => ({ x: Math.max(far, min), y: tar })),
    })),
    marks,
  });
}

function tarNear(points: VerificationResult['roc'], far: number): number {
  return points.filter((point) => point.far <= far).at(-1)?.tar ?? 0;
}

function markOf({ atThreshold }: RocRun['result'], min: number) {
  if (atThreshold === undefined) return [];
  const { strangersAcceptedRate, sameRejectedRate, threshold } = atThreshold;
  const label = `shipped threshold ${threshold.toFixed(3)}`;
  return [{ x: Math.max(strangersAcceptedRate, min), y: 1 - sameRejectedRate, label }];
}
