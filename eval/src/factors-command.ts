/** What `vultus eval factors` runs: pairs of one person in, tables and curves of what harms similarity out. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCacheFolder } from './embedding-cache.ts';
import { alterableFace, evaluateFactors, type FactorResult } from './factors.ts';
import { parsePairs } from './pairs.ts';
import { openPresets } from './preset-embedder.ts';
import type { Report, ReportSection } from './report.ts';

/** Options of {@link factorsCommand}. */
export interface FactorsCommandOptions {
  /** A pairs file: of each person the first pair with `same` = 1 counts. */
  readonly pairs: string;
  readonly images: string;
  readonly presets: readonly string[];
  /** People at most; default 100. */
  readonly limit?: number;
  readonly cache?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Runs a study on the pairs of one person in a pairs file. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function factorsCommand(options: FactorsCommandOptions): Promise<FactorResult> {
  const { presets, images, limit = 100, cache = defaultCacheFolder() } = options;
  const pairs = parsePairs(await readFile(options.pairs, 'utf8'), options.pairs).filter(({ same }) => same);
  const first = new Map(pairs.toReversed().map((pair) => [pair.fileA, pair]));
  const chosen = pairs.filter((pair) => first.get(pair.fileA) === pair).slice(0, limit);
  await using open = await openPresets({ presets, cache });
  const pictures = await Promise.all(
    chosen.map(async ({ fileA, fileB }) => ({
      changed: new Uint8Array(await readFile(join(images, fileA))),
      untouched: new Uint8Array(await readFile(join(images, fileB))),
    })),
  );
  const engine = {
    presets: open.presets.map(({ preset, calibration }) => ({
      preset,
      threshold: calibration?.thresholds[calibration.defaultFmr]?.threshold ?? 0.4,
    })),
    embedBytes: open.embedBytes,
    findFace: (picture: Uint8Array) => alterableFace(open.engine, picture),
  };
  const { onProgress, signal } = options;
  return await evaluateFactors(engine, pictures, { ...(onProgress && { onProgress }), ...(signal && { signal }) });
}

/** The figures as lines for people. */
export function factorsTable({ rows, pairs }: FactorResult): string {
  const presets = Object.keys(rows[0]?.presets ?? {});
  const head = ['factor', 'level', 'no face', ...presets.map((preset) => `${preset}: loss, missed`)];
  const lines = rows.map(({ factor, level, noFace, presets: figures }) => [
    factor,
    level,
    `${(noFace * 100).toFixed(0)} %`,
    ...presets.map((preset) => {
      const figure = figures[preset];
      return figure ? `${figure.reduction.toFixed(3)}, ${(figure.missed * 100).toFixed(0)} %` : '–';
    }),
  ]);
  const widths = [16, 21, 9, ...presets.map(() => 24)];
  const table = [head, ...lines].map((cells) => cells.map((cell, i) => cell.padEnd(widths[i] as number)).join(''));
  return [`${pairs} pairs of one person`, ...table].join('\n');
}

/** The figures as a report: a table or a curve for each factor. */
export function factorsReport(result: FactorResult): Report {
  const { rows, axes, pairs, faceHeight } = result;
  const presets = Object.keys(rows[0]?.presets ?? {});
  const names = [...new Set(rows.map(({ factor }) => factor))];
  return {
    title: 'What harms similarity',
    lead: `${pairs} pairs of one person, faces ${faceHeight.toFixed(0)} pixels high: one picture of each is changed, the other is not.`,
    sections: names.map((name): ReportSection => {
      const own = rows.filter(({ factor }) => factor === name);
      const values = own.flatMap(({ value }) => (value === undefined ? [] : [value]));
      const axis = axes[name];
      return {
        heading: name,
        sentence: `What ${name === 'Worn' ? 'things worn' : name.toLowerCase()} makes of the similarity of one person’s two pictures, and the share that the threshold would miss.`,
        ...(axis &&
          values.length > 1 && {
            chart: {
              x: { label: axis, min: Math.min(...values), max: Math.max(...values) },
              y: { label: 'Mean similarity', min: 0, max: 1 },
              series: presets.map((preset) => ({
                label: preset,
                points: own.map((each) => ({ x: each.value ?? 0, y: each.presets[preset]?.similarity ?? 0 })),
              })),
            },
          }),
        table: {
          head: [axis ?? name, 'no face', ...presets.flatMap((preset) => [preset, 'missed'])],
          rows: own.map(({ level, noFace, presets: figures }) => [
            level,
            `${(noFace * 100).toFixed(0)} %`,
            ...presets.flatMap((preset) => {
              const figure = figures[preset];
              return figure ? [figure.similarity.toFixed(3), `${(figure.missed * 100).toFixed(0)} %`] : ['–', '–'];
            }),
          ]),
        },
      };
    }),
  };
}
