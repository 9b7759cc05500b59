/** Whether this machine can draw letters: without any font installed, every letter of an SVG becomes the same empty box. */

import sharp from 'sharp';
import type { Lettering } from './label-svg.ts';
import { fontFamily } from './text.ts';

let known: Promise<Lettering> | undefined;

/** `font` where two different letters come out different; asked once per process. */
export function lettersHere(): Promise<Lettering> {
  known ??= Promise.all(['i', 'W'].map(drawLetter)).then(([narrow, wide]) =>
    narrow !== undefined && wide !== undefined && narrow.equals(wide) ? 'strokes' : 'font',
  );
  return known;
}

function drawLetter(letter: string): Promise<Buffer> {
  const text = `<text x="4" y="24" font-family="${fontFamily.replaceAll('"', "'")}" font-size="20">${letter}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32">${text}</svg>`;
  return sharp(Buffer.from(svg)).raw().toBuffer();
}
