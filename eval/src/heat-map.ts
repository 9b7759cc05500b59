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

const layouts = {
  wide: {
    width: 760,
    frame: { left: 104, top: 74, right: 24, bottom: 66 },
    cell: 54,
    name: 12,
    label: 13,
    figure: 14,
    note: 10.5,
  },
  narrow: {
    width: 380,
    frame: { left: 62, top: 10, right: 6, bottom: 58 },
    cell: 40,
    name: 8.5,
    label: 12,
    figure: 11,
    note: 8,
  },
} as const;

type Layout = (typeof layouts)['wide' | 'narrow'];

/**
 * The heat map as a self-contained SVG document.
 * @param room `narrow` is for phones: smaller, without title and caption
 */
export function heatMap(map: HeatMap, room: 'wide' | 'narrow' = 'wide'): string {
  const layout = layouts[room];
  const { width, frame, cell: cellHeight, name: letters, label } = layout;
  const cellWidth = (width - frame.left - frame.right) / map.columns.names.length;
  const height = frame.top + frame.bottom + cellHeight * map.rows.names.length;
  const x = (column: number) => frame.left + column * cellWidth;
  const y = (row: number) => frame.top + row * cellHeight;
  const bottom = height - frame.bottom;
  const middle = (frame.top + bottom) / 2;
  const titles = [
    text(frame.left, 32, map.title, 'font-size="19" font-weight="600"'),
    text(frame.left, 54, map.caption ?? '', `font-size="13" fill="${soft}"`),
  ];
  const upright = label + 2;
  // In narrow columns the two ends of a name stand below each other.
  const lines = (name: string) => (room === 'wide' ? [name] : name.split(/(?<=…)/));
  const parts = [
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    ...(room === 'wide' ? titles : []),
    ...map.cells.flatMap((row, r) =>
      row.flatMap((cell, c) => drawCell(cell, map.full, { x: x(c), y: y(r), width: cellWidth }, layout)),
    ),
    ...map.columns.names.flatMap((name, c) =>
      lines(name).map((part, i) =>
        text(x(c + 0.5), bottom + 8 + letters + i * (letters + 1), part, `font-size="${letters}" text-anchor="middle"`),
      ),
    ),
    ...map.rows.names.map((name, r) =>
      text(frame.left - 7, y(r) + cellHeight / 2 + 4, name, `font-size="${letters}" text-anchor="end"`),
    ),
    text(
      (frame.left + width - frame.right) / 2,
      height - 14,
      map.columns.label,
      `font-size="${label}" text-anchor="middle"`,
    ),
    text(
      upright,
      middle,
      map.rows.label,
      `font-size="${label}" text-anchor="middle" transform="rotate(-90 ${upright} ${middle})"`,
    ),
  ];
  return drawing(width, height, parts);
}

function drawCell(
  cell: HeatCell | null,
  full: number,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  { cell: height, figure, note }: Layout,
): string[] {
  const box = (attributes: string) =>
    `<rect x="${round(x + 1)}" y="${round(y + 1)}" width="${round(width - 2)}" height="${height - 2}" rx="4" ${attributes}/>`;
  if (cell === null) return [box(`fill="${soft}" fill-opacity="0.07"`)];
  // Ink stays legible on seven tenths of the colour, in light and dark.
  const share = Math.min(1, Math.max(0, cell.value / full)) * 0.66 + 0.04;
  const [centre, middle] = [x + width / 2, y + height / 2];
  // No minus before a zero.
  const value = (Math.abs(cell.value) < 0.005 ? 0 : cell.value).toFixed(2);
  return [
    box(`fill="${colours[1]}" fill-opacity="${share.toFixed(3)}"`),
    text(centre, middle + (cell.note ? 0 : 5), value, `font-size="${figure}" text-anchor="middle"`),
    text(centre, middle + note + 5, cell.note ?? '', `font-size="${note}" text-anchor="middle"`),
  ];
}
