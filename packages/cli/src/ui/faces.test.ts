/** Faces for people: tables where they fit, blocks where not, values in a few words. */

import { describe, expect, it } from 'vitest';
import { faceLines, type ReadFace } from './faces.ts';
import { cellWidth } from './table.ts';
import { valueText } from './value.ts';

const face: ReadFace = {
  box: { x: 10, y: 20, width: 30.4, height: 40 },
  score: 0.9,
  age: { years: 28.3, bracket: '20-29', distribution: { '10-19': 0.005, '20-29': 0.7, '30-39': 0.295 } },
  mouth: { openness: 0.5, open: true },
};

describe('faceLines', () => {
  it('is a table where every line fits', () => {
    const lines = faceLines([face, face], ['mouth'], 100);
    expect(lines).toEqual([
      'face   x   y  width  height  score  mouth',
      '   1  10  20     30      40  0.900  openness 0.50, open true',
      '   2  10  20     30      40  0.900  openness 0.50, open true',
    ]);
  });

  it('is a block a face where a line does not, within the width', () => {
    const lines = faceLines([face], ['age', 'mouth'], 60);
    expect(lines).toEqual([
      'face 1  at 10, 20, size 30 × 40, score 0.900',
      '  age    years 28.30, bracket 20-29, distribution (20-29',
      '         0.70, 30-39 0.29)',
      '  mouth  openness 0.50, open true',
    ]);
    for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(60);
  });

  it('is nothing without faces', () => {
    expect(faceLines([], ['age'], 80)).toEqual([]);
  });
});

describe('valueText', () => {
  it.each([
    [undefined, '–'],
    [0.125, '0.13'],
    [{ x: 875.8, y: 554.2 }, '876, 554'],
    [{ leftEye: { x: 1, y: 2 } }, 'leftEye (1, 2)'],
    [{ error: 'EYES_CLOSED' }, 'not measurable: EYES_CLOSED'],
    [{ hidden: [] }, 'hidden none'],
    [{ hidden: ['eyes', 'nose'] }, 'hidden eyes nose'],
    [{ matrix: [1, 0, 0] }, 'matrix 3 values'],
    [{ a: 0.1, b: 0.4, c: 0.2, d: 0.3 }, 'b 0.40, d 0.30, c 0.20'],
    [{ contract: { id: 'vultus-balanced', dimension: 512 } }, 'vultus-balanced, 512-d'],
  ])('%j is "%s"', (value, text) => {
    expect(valueText(value)).toBe(text);
  });
});
