/** How a learnt head does on held-out samples: by output, by group, by class. */

import type { HeadOutput, Sample } from './head.ts';

/** What a head said of a held-out sample: the numbers of each output. */
export interface Answer {
  readonly sample: Sample;
  readonly said: Readonly<Record<string, readonly number[]>>;
}

/** One measured number. */
export interface Figure {
  readonly output: string;
  /** `right`, `mean error`, or a group's or label's name. */
  readonly metric: string;
  /** A share for classes, a mean absolute error for values. */
  readonly value: number;
  readonly count: number;
}

/** All figures: over everything first, then by right label, then by group. */
export function figuresOf(answers: readonly Answer[], outputs: readonly HeadOutput[]): Figure[] {
  return outputs.flatMap((output) => {
    const known = answers.filter(({ sample }) => sample.truth[output.name] !== undefined);
    const all = meanFigure(output, output.kind === 'classes' ? 'right' : 'mean error', known);
    const labels = output.kind === 'classes' ? output.labels : [];
    const byLabel = labels.map((label) =>
      meanFigure(
        output,
        `right, ${label}`,
        known.filter(({ sample }) => sample.truth[output.name] === label),
      ),
    );
    const groups = [...new Set(known.flatMap(({ sample }) => Object.keys(sample.groups ?? {})))];
    const byGroup = groups.flatMap((group) => {
      const names = [...new Set(known.map(({ sample }) => sample.groups?.[group] ?? ''))].filter(Boolean).sort();
      return names.map((name) =>
        meanFigure(
          output,
          `${group} ${name}`,
          known.filter(({ sample }) => sample.groups?.[group] === name),
        ),
      );
    });
    return [all, ...byLabel, ...byGroup].filter(({ count }) => count > 0);
  });
}

function meanFigure(output: HeadOutput, metric: string, answers: readonly Answer[]): Figure {
  const scores = answers.map((answer) => scoreOf(output, answer));
  const value = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
  return { output: output.name, metric, value, count: scores.length };
}

/** 1 for a right class and 0 for a wrong one; the distance of a value from what is right. */
function scoreOf(output: HeadOutput, { sample, said }: Answer): number {
  const numbers = said[output.name] ?? [];
  const right = sample.truth[output.name];
  if (output.kind === 'value') return Math.abs((numbers[0] ?? 0) - Number(right));
  return output.labels[numbers.indexOf(Math.max(...numbers))] === right ? 1 : 0;
}

/** A Markdown table. */
export function figuresTable(figures: readonly Figure[], outputs: readonly HeadOutput[]): string {
  const rows = figures.map(({ output, metric, value, count }) => {
    const isShare = outputs.find(({ name }) => name === output)?.kind === 'classes';
    return [output, metric, isShare ? `${(100 * value).toFixed(1)} %` : value.toFixed(3), String(count)];
  });
  const head = ['output', 'held out', 'value', 'faces'];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |\n`;
  const rule = `| ${widths.map((width, i) => (i < 2 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |\n`;
  return `${line(head)}${rule}${rows.map(line).join('')}`;
}
