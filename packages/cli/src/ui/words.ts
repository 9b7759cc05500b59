/** Small phrases that several commands print. */

import type { Terminal } from './terminal.ts';

/** `3 faces`, `1 face`, `no face`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return number === 0 ? `no ${one}` : `${number} ${number === 1 ? one : many}`;
}

/** The line above a picture's table. */
export function pictureLine(
  terminal: Terminal,
  of: { image: string; width: number; height: number; faces: number; ms: number },
): string {
  const facts = `${of.width} × ${of.height}, ${count(of.faces, 'face')}, ${of.ms.toFixed(0)} ms`;
  return `${terminal.style('bold', of.image)}  ${facts}`;
}
