/** The parts of the accuracy page about what harms similarity: changes of pictures, turned heads, light; with their charts. */

import { type LineChart, lineChart } from './chart.ts';
import type { FactorResult, FactorRow } from './factors.ts';
import { factorChart, factorNames, factorRows, factorSentence } from './factors-report.ts';
import type { GridResult } from './grid.ts';
import { gridMap, gridTable } from './grid-chart.ts';
import { heatMap } from './heat-map.ts';
import { percent, table } from './markdown.ts';

/** A part of the page, and the pictures that it shows by file name. */
export interface DocPart {
  readonly text: string;
  readonly images: Readonly<Record<string, string>>;
}

/** A table for each factor, and a curve for each that has an axis. */
export function factorsPart(result: FactorResult): DocPart {
  const factors = factorNames(result);
  const images = factors.flatMap((name) => {
    const chart = factorChart(result, name);
    if (chart === undefined) return [];
    const drawn: LineChart = {
      title: name,
      caption: 'Mean similarity of the changed picture to an untouched one of the same person.',
      ...chart,
    };
    return [[imageName(name), lineChart(drawn)] as const];
  });
  const shown = new Set(images.map(([name]) => name));
  const sections = factors.map((name) => {
    const image = shown.has(imageName(name))
      ? `\n![${name}: mean similarity by preset](images/${imageName(name)})\n`
      : '';
    return `### ${name}

${factorSentence(result, name)}

${factorTable(result, name)}
${image}`;
  });
  const text = `## What harms similarity

${result.pairs} people from LFW with two pictures each, faces ${result.faceHeight.toFixed(0)} pixels high; one of the two is changed. For each preset:
mean loss of similarity, and in brackets the share that the default threshold then misses, in percent (unchanged:
${unchanged(result)}). *No face*: the share in which none is found; those count as missed. The
rows in bold are where the engine's own check trips: each picture is changed until \`quality\` says so, and the level is
the median; at that point enrolment is refused.

${sections.join('\n')}`;
  return { text, images: Object.fromEntries(images) };
}

function unchanged({ rows }: FactorResult): string {
  const figures = Object.entries(rows[0]?.presets ?? {});
  return figures.map(([preset, { missed }]) => `\`${preset}\` ${percent(missed, 0)}`).join(', ');
}

function factorTable(result: FactorResult, name: string): string {
  const { rows, axes } = result;
  const presets = Object.keys(rows[0]?.presets ?? {});
  const cells = (row: FactorRow) => {
    const figures = presets.map((preset) => {
      const figure = row.presets[preset];
      if (figure === undefined || row.noFace === 1) return '–';
      return `${figure.reduction.toFixed(3)} (${percent(figure.missed, 0)})`;
    });
    const level = row.check ? `**${row.level}: ${row.check}**` : row.level;
    return [level, percent(row.noFace, 0), ...figures];
  };
  return table(
    [axes[name] ?? name, 'no face', ...presets.map((preset) => `\`${preset}\``)],
    factorRows(result, name).map(cells),
  );
}

/** Heat maps and tables of yaw and pitch. */
export function posesPart(grid: GridResult): DocPart {
  const part = gridParts(grid, 'poses', 'Turned heads');
  const text = `## Turned heads

Mean loss of similarity to the same person's frontal pictures, over where the head points (yaw < 0: the nose points to the
picture's left edge; pitch > 0: up), and in brackets how many pictures; people weigh the same. ${grid.pictures.toLocaleString('en')} pictures of
${grid.people} people of CFP and LFW, and frames of six clips of one person each; the task \`pose\` sorted them. Steep pitch comes
from the clips alone, of which one shows a rendered head: take those cells as a hint.

${part.text}`;
  return { text, images: part.images };
}

/** Heat maps and tables of light from the side and from above. */
export function lightPart(grid: GridResult): DocPart {
  const part = gridParts(grid, 'light', 'Light');
  const text = `## Light from the side

Extended Yale B, ${grid.pictures} pictures of ${grid.people} people under one lamp each, one of them as thumbnails of 24 pixels: mean loss of
similarity to the same person lit from the camera's direction. Only two people: the order of magnitude, no more.

${part.text}`;
  return { text, images: part.images };
}

function gridParts(grid: GridResult, name: string, title: string): DocPart {
  const presets = Object.keys(grid.cells[0]?.presets ?? {});
  const images = presets.map(
    (preset) => [`${name}-${preset}.svg`, heatMap(gridMap(grid, preset, `${title}: ${preset}`))] as const,
  );
  const tables = presets.map((preset) => {
    const [head = [], ...rows] = gridTable(grid, preset);
    return `**\`${preset}\`**\n\n${table(head, rows)}\n\n![${title}, ${preset}: a heat map](images/${name}-${preset}.svg)\n`;
  });
  return { text: tables.join('\n'), images: Object.fromEntries(images) };
}

function imageName(factor: string): string {
  return `factor-${factor.toLowerCase().replaceAll(' ', '-')}.svg`;
}
