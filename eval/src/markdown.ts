/** Pieces of a Markdown page. */

/** A table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A share in percent without the sign; a dash for what is not a number. */
export function percent(value: number, digits: number): string {
  return Number.isFinite(value) ? (value * 100).toFixed(digits) : '–';
}
