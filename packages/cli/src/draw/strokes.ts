/** Lettering as paths, for machines on which SVG text would come out as empty boxes. */

import { strokeLetters } from './strokes.data.ts';

/** One run of letters in one weight. */
export interface StrokeRun {
  readonly text: string;
  readonly bold: boolean;
}

/** Where the line of letters goes, in pixels. */
export interface StrokePlace {
  /** Centre of the line. */
  readonly x: number;
  readonly baseline: number;
  readonly font: number;
  /** The line is drawn smaller where it would be wider. */
  readonly most: number;
}

/** Grid units: the gap after a letter, a blank, the space between runs; and what a small capital is scaled by. */
const gap = 1.5;
const blank = 2.5;
const between = 4;
const smallCapital = 0.8;
/** Height of a capital in ems. */
const capital = 0.7;

/** The runs one after another as SVG paths. */
export function strokeText(
  runs: readonly StrokeRun[],
  { x, baseline, font, most }: StrokePlace,
  colour: string,
): string {
  const widths = runs.map(({ text }) => runWidth(text));
  const total = widths.reduce((sum, width) => sum + width, 0) + between * (runs.length - 1);
  const unit = Math.min((font * capital) / 6, most / Math.max(1, total));
  let left = x - (total * unit) / 2;
  const paths = runs.map(({ text, bold }, at) => {
    const d = runPath(text, left, baseline, unit);
    left += ((widths[at] ?? 0) + between) * unit;
    return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${round(unit * (bold ? 1.15 : 0.75))}" stroke-linecap="round" stroke-linejoin="round"/>`;
  });
  return paths.join('');
}

function runWidth(text: string): number {
  return Math.max(0, [...plain(text)].reduce((sum, letter) => sum + advance(letter), 0) - gap);
}

function runPath(text: string, left: number, baseline: number, unit: number): string {
  let x = left;
  let d = '';
  for (const letter of plain(text)) {
    const scale = unit * scaleOf(letter);
    for (const line of lines(letter)) {
      d += line
        .map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${round(x + px * scale)} ${round(baseline + (py - 6) * scale)}`)
        .join('');
    }
    x += advance(letter) * unit;
  }
  return d;
}

function advance(letter: string): number {
  if (letter === ' ') return blank;
  const widest = Math.max(0, ...lines(letter).flatMap((line) => line.map(([x]) => x)));
  return widest * scaleOf(letter) + gap;
}

/** Polylines of grid points; a letter that the alphabet lacks is a question mark. */
function lines(letter: string): (readonly [number, number])[][] {
  if (letter === ' ') return [];
  const data = strokeLetters[letter.toUpperCase()] ?? strokeLetters['?'] ?? '';
  return data.split(' ').map((line) => (line.match(/../g) ?? []).map((pair) => [Number(pair[0]), Number(pair[1])]));
}

function scaleOf(letter: string): number {
  return letter !== letter.toUpperCase() ? smallCapital : 1;
}

/** Without accents, which the alphabet lacks. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '');
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
