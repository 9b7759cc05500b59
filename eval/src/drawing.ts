/** What charts are drawn with: SVG text in a handful of colours that a page can replace, and PNG of it. */

import sharp from 'sharp';

/** Colours of curves, in their order. */
export const colours = ['#2563a8', '#c2572b', '#3c8a4e', '#7d4fa0', '#8a6d1f'] as const;
/** Of text and axes. */
export const ink = '#1f2733';
/** Of what matters less. */
export const soft = '#5b6675';
/** Of grid lines. */
export const faint = '#dfe3e8';
/** Of the ground. */
export const paper = '#ffffff';

/** The colours above as variables of a page, which follow light and dark. */
const variables: readonly (readonly [colour: string, variable: string])[] = [
  ...colours.map((colour, index) => [colour, `--series-${index + 1}`] as const),
  [ink, '--ink'],
  [soft, '--soft'],
  [faint, '--faint'],
  [paper, '--paper'],
];

/** A chart as part of a page that sets `--ink`, `--soft`, `--faint`, `--paper` and `--series-1` to `--series-5`. */
export function forPage(svg: string): string {
  return variables.reduce((svgText, [colour, variable]) => svgText.replaceAll(colour, `var(${variable})`), svg);
}

/** Shapes as a self-contained SVG document; no fonts but the system's. */
export function drawing(width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Inter, Helvetica, Arial, sans-serif" fill="${ink}">${parts.join('')}</svg>\n`;
}

/** The SVG as PNG bytes, at twice its size. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}

/** A straight line. */
export function line(x1: number, y1: number, x2: number, y2: number, colour: string, thickness = 1): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${thickness}"/>`;
}

/** A line of text, escaped; nothing for an empty one. */
export function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return content === '' ? '' : `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped}</text>`;
}

/** To hundredths of a pixel. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
