/** Which of several faces counts. */

import { describe, expect, it } from 'vitest';
import type { Detection } from './face.ts';
import { mainFace } from './main-face.ts';

const picture = { width: 200, height: 100 };

function face(x: number, y: number, side: number): Detection {
  return { box: { x: x - side / 2, y: y - side / 2, width: side, height: side }, score: 0.9 };
}

describe('mainFace', () => {
  it('is the largest of two in like places, whatever their order', () => {
    const small = face(60, 50, 20);
    const large = face(140, 50, 30);
    expect(mainFace([small, large], picture)).toBe(large);
    expect(mainFace([large, small], picture)).toBe(large);
  });

  it('prefers the middle over a larger face at the edge, not over a much larger one beside it', () => {
    const middle = face(100, 50, 20);
    expect(mainFace([face(190, 50, 30), middle], picture)).toBe(middle);
    const much = face(150, 40, 40);
    expect(mainFace([much, middle], picture)).toBe(much);
  });

  it('is undefined for none', () => {
    expect(mainFace([], picture)).toBeUndefined();
  });
});
