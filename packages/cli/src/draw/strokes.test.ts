/** The stroke alphabet: every letter stays on its grid, lines fit their place. */

import { describe, expect, it } from 'vitest';
import { strokeLetters } from './strokes.data.ts';
import { strokeText } from './strokes.ts';

const coordinates = (svg: string) =>
  [...svg.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));

describe('strokeText', () => {
  it('has letters on the grid only', () => {
    for (const [letter, data] of Object.entries(strokeLetters)) {
      expect(data, letter).toMatch(/^([0-4][0-7])+( ([0-4][0-7])+)*$/);
    }
  });

  it('centres a line between its capitals and the baseline', () => {
    const points = coordinates(
      strokeText([{ text: 'HOH', bold: true }], { x: 100, baseline: 50, font: 20, most: 500 }, '#000'),
    );
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    expect((Math.min(...xs) + Math.max(...xs)) / 2).toBeCloseTo(100, 1);
    expect(Math.max(...ys)).toBeCloseTo(50, 1);
    expect(Math.min(...ys)).toBeCloseTo(36, 1);
  });

  it('shrinks a line that would be too wide', () => {
    const runs = [
      { text: 'A very long name', bold: true },
      { text: '0.71', bold: false },
    ];
    const xs = coordinates(strokeText(runs, { x: 60, baseline: 20, font: 20, most: 80 }, '#000')).map(({ x }) => x);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(19.9);
    expect(Math.max(...xs)).toBeLessThanOrEqual(100.1);
  });

  it('draws accented letters without accents and others as a question mark', () => {
    const place = { x: 0, baseline: 0, font: 10, most: 100 };
    const draw = (text: string) => strokeText([{ text, bold: true }], place, '#000');
    expect(draw('Zoë')).toBe(draw('Zoe'));
    expect(draw('中')).toBe(draw('?'));
  });
});
