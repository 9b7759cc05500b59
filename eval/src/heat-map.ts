/** A heat map as SVG: a figure in each cell, the more colour the larger it is. */

import { colours, drawing, paper, round, soft, text } from './drawing.ts';

/** A heat map. */
export interface HeatMap {
  readonly title: string;
  readonly caption?: string;
  /** What the columns and rows are, and the name of each; the first row is drawn on top. */
  readonly columns: { readonly label: string; readonly names: readonly string[] };
  readonly rows: { readonly label: string; readonly names: readonly string[] };
  /** `cells[row][column]`; `null` where nothing was measured. */
  readonly cells: readonly (readonly (HeatCell | null)[])[];
  /** The value of full colour. */
  readonly full: number;
}

/** One cell. */
export interface HeatCell {
  readonly value: number;
  /** Smaller, below the figure. */
  readonly note?: string;
}

const width = 760;
const frame = { left: 104, top: 74, right: 24, bottom: 66 };
const cellHeight = 54;

/** The heat map as a self-contained SVG document. */
export function heatMap(map: HeatMap): string {
  const cellWidth = (width - frame.left - frame.right) / map.columns.names.length;
  const height = frame.top + frame.bottom + cellHeight * map.rows.names.length;
  const x = (column: number) => frame.left + column * cellWidth;
  const y = (row: number) => frame.top + row * cellHeight;
  const bottom = height - frame.bottom;
  const middle = (frame.top + bottom) / 2;
  const parts = [
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    text(frame.left, 32, map.title, 'font-size="19" font-weight="600"'),
    text(frame.left, 54, map.caption ?? '', `font-size="13" fill="${soft}"`),
    ...map.cells.flatMap((row, r) =>
      row.flatMap((cell, c) => drawCell(cell, map.full, { x: x(c), y: y(r), width: cellWidth })),
    ),
    ...map.columns.names.map((name, c) => text(x(c + 0.5), bottom + 20, name, 'font-size="12" text-anchor="middle"')),
    ...map.rows.names.map((name, r) =>
      text(frame.left - 9, y(r) + cellHeight / 2 + 4, name, 'font-size="12" text-anchor="end"'),
    ),
    text((frame.left + width - frame.right) / 2, height - 18, map.columns.label, 'font-size="13" text-anchor="middle"'),
    text(20, middle, map.rows.label, `font-size="13" text-anchor="middle" transform="rotate(-90 20 ${middle})"`),
  ];
  return drawing(width, height, parts);
}

function drawCell(
  cell: HeatCell | null,
  full: number,
  { x, y, width: wide }: { readonly x: number; readonly y: number; readonly width: number },
): string[] {
  const box = (attributes: string) =>
    `<rect x="${round(x + 1)}" y="${round(y + 1)}" width="${round(wide - 2)}" height="${cellHeight - 2}" rx="4" ${attributes}/>`;
  if (cell === null) return [box(`fill="${soft}" fill-opacity="0.07"`)];
  // Ink stays legible on seven tenths of the colour, in light and dark.
  const share = Math.min(1, Math.max(0, cell.value / full)) * 0.66 + 0.04;
  const centre = x + wide / 2;
  return [
    box(`fill="${colours[1]}" fill-opacity="${share.toFixed(3)}"`),
    text(
      centre,
      y + cellHeight / 2 + (cell.note ? 0 : 5),
      cell.value.toFixed(2),
      'font-size="14" text-anchor="middle"',
    ),
    text(centre, y + cellHeight / 2 + 17, cell.note ?? '', 'font-size="10.5" text-anchor="middle"'),
  ];
}
