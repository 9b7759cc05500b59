/** A factor study for people: lines on a terminal, a table or a curve for each factor, heat maps of where the head points. */

import type { FactorResult, FactorRow } from './factors.ts';
import type { FactorsReport } from './factors-command.ts';
import { gridMap, gridTable } from './grid-chart.ts';
import type { Report, ReportSection } from './report.ts';

/** The figures as lines for people. */
export function factorsTable(result: FactorsReport): string {
  const { rows, pairs, poses } = result;
  const presets = presetsOf(rows);
  const head = ['factor', 'level', 'no face', ...presets.map((preset) => `${preset}: loss, missed`)];
  const ordered = [...rows.slice(0, 1), ...factorNames(result).flatMap((name) => factorRows(result, name))];
  const lines = ordered.map(({ factor, level, check, noFace, presets: figures }) => [
    factor,
    check ? `${level} ${check}` : level,
    `${(noFace * 100).toFixed(0)} %`,
    ...presets.map((preset) => {
      const figure = figures[preset];
      return figure ? `${figure.reduction.toFixed(3)}, ${(figure.missed * 100).toFixed(0)} %` : '–';
    }),
  ]);
  const grids = presets.flatMap((preset) => {
    if (poses === undefined) return [];
    return [
      '',
      `${preset}: loss of similarity by where the head points (pictures)`,
      ...columns(gridTable(poses, preset)),
    ];
  });
  return [`${pairs} pairs of one person`, ...columns([head, ...lines]), ...grids].join('\n');
}

/** The figures as a report: a table or a curve for each factor. */
export function factorsReport(result: FactorsReport): Report {
  const { rows, pairs, faceHeight, poses } = result;
  const grids = presetsOf(rows).flatMap((preset): ReportSection[] => {
    if (poses === undefined) return [];
    return [
      {
        heading: `Turned heads: ${preset}`,
        sentence: `What turning the head takes from the similarity to the same person’s frontal pictures; ${poses.pictures} pictures of ${poses.people} people.`,
        chart: { map: gridMap(poses, preset, `Turned heads: ${preset}`) },
      },
    ];
  });
  const unchanged = Object.entries(rows[0]?.presets ?? {})
    .map(([preset, { similarity }]) => `${similarity.toFixed(3)} (${preset})`)
    .join(', ');
  return {
    title: 'What harms similarity',
    lead: `${pairs} pairs of one person, faces ${faceHeight.toFixed(0)} pixels high: one picture of each is changed, the other is not. Unchanged, the mean similarity is ${unchanged}.`,
    sections: [...factorNames(result).map((name) => factorSection(result, name)), ...grids],
  };
}

/** The factors of a study, in their order. */
export function factorNames({ rows }: FactorResult): string[] {
  return [...new Set(rows.map(({ factor }) => factor))].filter((name) => name !== 'Unchanged');
}

/** The rows of a factor along its axis, from the mildest on: where checks trip they stand among the levels. */
export function factorRows({ rows, axes }: Pick<FactorResult, 'rows' | 'axes'>, name: string): FactorRow[] {
  const own = rows.filter(({ factor }) => factor === name);
  if (axes[name] === undefined) return own;
  const levels = own.filter(({ check }) => check === undefined);
  const isFalling = (levels[0]?.value ?? 0) > (levels.at(-1)?.value ?? 0);
  return own.toSorted((a, b) => ((a.value ?? 0) - (b.value ?? 0)) * (isFalling ? -1 : 1));
}

/** One factor as a chart over its axis: curves of mean similarity, and where the engine's checks trip. */
export function factorChart({ rows, axes }: FactorResult, name: string) {
  const own = factorRows({ rows, axes }, name);
  const levels = own.filter((row) => row.value !== undefined && row.check === undefined);
  const values = own.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const axis = axes[name];
  if (axis === undefined || levels.length < 2) return undefined;
  const series = presetsOf(rows).map((preset) => ({
    label: preset,
    points: levels
      .map((row) => ({ x: row.value ?? 0, y: row.presets[preset]?.similarity ?? 0 }))
      .sort((a, b) => a.x - b.x),
  }));
  const ends = series.reduce((sum, { points }) => sum + (points.at(-1)?.y ?? 0), 0) / series.length;
  return {
    x: { label: axis, min: Math.min(...values), max: Math.max(...values) },
    y: { label: 'Mean similarity', min: 0, max: 1 },
    series,
    // Where the curves do not end.
    legend: ends < 0.5 ? ('top' as const) : ('bottom' as const),
    guides: own.flatMap(({ check, value }) => (check && value !== undefined ? [{ x: value, label: check }] : [])),
  };
}

/** What a factor's chart shows, in a sentence. */
export function factorSentence({ rows }: FactorResult, name: string): string {
  const checks = rows.filter(({ factor, check }) => factor === name && check !== undefined);
  const isName = /^(Gaussian|JPEG)/.test(name);
  const what = name === 'Worn' ? 'wearing something' : isName ? name : name.toLowerCase();
  const where =
    checks.length > 0 ? ' The dashed line is where half of the pictures have tripped the engine’s check.' : '';
  return `What ${what} makes of the similarity of one person’s two pictures, and the share that the threshold would miss.${where}`;
}

function factorSection(result: FactorResult, name: string): ReportSection {
  const presets = presetsOf(result.rows);
  const own = factorRows(result, name);
  const chart = factorChart(result, name);
  return {
    heading: name,
    sentence: factorSentence(result, name),
    ...(chart && { chart }),
    table: {
      head: [result.axes[name] ?? name, 'no face', ...presets.flatMap((preset) => [preset, 'missed'])],
      rows: own.map(({ level, check, noFace, presets: figures }) => [
        check ? `${level} (${check})` : level,
        `${(noFace * 100).toFixed(0)} %`,
        ...presets.flatMap((preset) => {
          const figure = figures[preset];
          return figure ? [figure.similarity.toFixed(3), `${(figure.missed * 100).toFixed(0)} %`] : ['–', '–'];
        }),
      ]),
    },
  };
}

function presetsOf(rows: readonly FactorRow[]): string[] {
  return Object.keys(rows[0]?.presets ?? {});
}

/** Cells as lines, each column as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 2))
      .join('')
      .trimEnd(),
  );
}
