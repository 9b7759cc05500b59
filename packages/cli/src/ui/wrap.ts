/** Text broken into lines between words. */

import { cellWidth } from './table.ts';

/** Lines of at most `width` terminal cells; a longer word has a line to itself. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && cellWidth(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The same with a label before the first line and the others indented below it. */
export function hanging(label: string, text: string, width: number): string[] {
  const indent = cellWidth(label);
  return wrapped(text, width - indent).map((line, index) => `${index === 0 ? label : ' '.repeat(indent)}${line}`);
}
