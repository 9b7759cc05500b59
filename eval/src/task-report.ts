/** What the evaluation of tasks reports: rows of task, metric, value, pictures. */

/** One figure. */
export interface TaskFigure {
  readonly task: string;
  /** What was measured, on which data. */
  readonly metric: string;
  readonly value: number;
  /** `%`: the value is a share, 0…1, printed in percent. */
  readonly unit: '%' | '°' | 'years' | '';
  /** Number of pictures, faces or eyes measured. */
  readonly count: number;
  /** What `@vladmandic/human` reached by the same measure, where it has the task; on fewer pictures of the same set. */
  readonly peer?: { readonly value: number; readonly count: number };
}

/** All figures of a run. */
export interface TaskReport {
  readonly figures: readonly TaskFigure[];
  /** Data that were not there: what was not measured. */
  readonly missing: readonly string[];
}

/** The figures as a table for people. */
export function tasksTable({ figures, missing }: TaskReport): string {
  const rows = figures.map(({ task, metric, value, unit, count, peer }) => [
    task,
    metric,
    spell(value, unit),
    String(count),
    ...(peer ? [spell(peer.value, unit), String(peer.count)] : ['', '']),
  ]);
  const all = [['task', 'metric', 'value', 'n', 'human', 'n'], ...rows];
  const widths = (all[0] as string[]).map((_, column) => Math.max(...all.map((row) => (row[column] as string).length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...missing.map((name) => `not measured: ${name} is not there`)].join('\n');
}

function spell(value: number, unit: TaskFigure['unit']): string {
  if (Number.isNaN(value)) return '–';
  if (unit === '%') return `${(value * 100).toFixed(1)} %`;
  return `${value.toFixed(2)}${unit === '' ? '' : unit === '°' ? '°' : ` ${unit}`}`;
}

/** The mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : (sorted[Math.floor(sorted.length / 2)] as number);
}

/** The share of `true`; NaN of nothing. */
export function share(values: readonly boolean[]): number {
  return values.filter(Boolean).length / values.length;
}
