/** A grid of two angles as a heat map and as a table. */

import type { GridAxis, GridCell, GridResult } from './grid.ts';
import type { HeatMap } from './heat-map.ts';

/** The loss of similarity of a preset, cell by cell; below each figure the number of pictures. */
export function gridMap(grid: GridResult, preset: string, title: string): HeatMap {
  const names = axisNames(grid);
  return {
    title,
    caption: 'Mean loss of similarity to the same person’s pictures in the middle cell; below it, how many pictures.',
    columns: { label: grid.x.label, names: names.x },
    rows: { label: grid.y.label, names: names.y },
    full: 0.6,
    cells: names.y.map((_, row) =>
      names.x.map((__, column) => {
        const cell = cellAt(grid, column, row);
        if (cell === undefined) return null;
        if (cell.noFace === 1) return null;
        return { value: cell.presets[preset]?.reduction ?? 0, note: `${cell.pictures}` };
      }),
    ),
  };
}

/** The loss of similarity of a preset as rows of text, the first one the head. */
export function gridTable(grid: GridResult, preset: string): string[][] {
  const names = axisNames(grid);
  const rows = names.y.map((name, row) => [
    name,
    ...names.x.map((_, column) => {
      const cell = cellAt(grid, column, row);
      if (cell === undefined) return '';
      if (cell.noFace === 1) return `no face (${cell.pictures})`;
      return `${figure(cell.presets[preset]?.reduction ?? 0)} (${cell.pictures})`;
    }),
  ]);
  return [[`${grid.y.label} \\ ${grid.x.label}`, ...names.x], ...rows];
}

/** Names of the cells, columns from left to right and rows from the top. */
function axisNames({ x, y }: GridResult): { readonly x: string[]; readonly y: string[] } {
  return { x: cellNames(x), y: cellNames(y).reverse() };
}

function cellNames({ edges }: GridAxis): string[] {
  const sign = (value: number) => (value < 0 ? `−${-value}` : `${value}`);
  return edges.slice(1).map((edge, index) => `${sign(edges[index] as number)}…${sign(edge)}`);
}

/** Rows are counted from the top here, from the least angle in the grid. */
function cellAt({ cells, y }: GridResult, column: number, row: number): GridCell | undefined {
  const fromBelow = y.edges.length - 2 - row;
  return cells.find((cell) => cell.column === column && cell.row === fromBelow);
}

/** No minus before a zero. */
function figure(value: number): string {
  return (Math.abs(value) < 0.005 ? 0 : value).toFixed(2);
}
