/** A table for people: columns as wide as their cells, numbers to the right. */

import { stripVTControlCharacters } from 'node:util';

/** A column's title and side. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** The lines of a table, header first; cells may hold colours. `head` styles the header. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  head: (text: string) => string = (text) => text,
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(...[title, ...rows.map((row) => row[index] ?? '')].map(cellWidth)),
  );
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? '';
        const blank = ' '.repeat(Math.max(0, (widths[index] ?? 0) - cellWidth(cell)));
        return align === 'right' ? blank + cell : cell + blank;
      })
      .join('  ')
      .trimEnd();
  return [head(line(columns.map(({ title }) => title))), ...rows.map(line)];
}

/** Terminal cells that a text takes; East Asian wide characters and emoji take two, colours none. */
export function cellWidth(text: string): number {
  let sum = 0;
  for (const { segment } of new Intl.Segmenter().segment(stripVTControlCharacters(text))) {
    const code = segment.codePointAt(0) ?? 0;
    const wide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xff00 && code <= 0xff60) ||
      code >= 0x1f300;
    sum += wide ? 2 : 1;
  }
  return sum;
}
