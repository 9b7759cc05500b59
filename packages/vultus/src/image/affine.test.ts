/** Affine maps: inverse, composition, stretch. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Affine, affineStretch, applyAffine, composeAffine, invertAffine, scaleAffine } from './affine.ts';

const number = (range: number) => fc.double({ min: -range, max: range, noNaN: true });
const point = fc.record({ x: number(1000), y: number(1000) });
const identity = [1, 0, 0, 0, 1, 0];
const similarity = fc
  .tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), number(Math.PI), number(1000), number(1000))
  .map(([s, t, x, y]): Affine => [s * Math.cos(t), -s * Math.sin(t), x, s * Math.sin(t), s * Math.cos(t), y]);

describe('affine maps', () => {
  it('the inverse undoes the map', () => {
    fc.assert(
      fc.property(similarity, point, (map, p) => {
        const back = applyAffine(invertAffine(map), applyAffine(map, p));
        expect(back.x).toBeCloseTo(p.x, 6);
        expect(back.y).toBeCloseTo(p.y, 6);
      }),
    );
  });

  it('a map composed with its inverse is the identity', () => {
    fc.assert(
      fc.property(similarity, (map) => {
        composeAffine(map, invertAffine(map)).forEach((v, i) => {
          expect(v).toBeCloseTo(identity[i] as number, 6);
        });
      }),
    );
  });

  it('composition applies the inner map first', () => {
    fc.assert(
      fc.property(similarity, similarity, point, (outer, inner, p) => {
        const once = applyAffine(composeAffine(outer, inner), p);
        const twice = applyAffine(outer, applyAffine(inner, p));
        expect(Math.hypot(once.x - twice.x, once.y - twice.y)).toBeLessThan(1e-6 * (1 + Math.hypot(twice.x, twice.y)));
      }),
    );
  });

  it('refuses to invert a map that flattens the plane', () => {
    expect(() => invertAffine([1, 2, 0, 2, 4, 0])).toThrow('determinant 0');
    expect(() => invertAffine([Number.NaN, 0, 0, 0, 1, 0])).toThrow('invertible');
  });

  it('stretch is the scale of a similarity and the larger axis of an uneven scale', () => {
    fc.assert(
      fc.property(similarity, (map) => {
        expect(affineStretch(map) / Math.hypot(map[0], map[3])).toBeCloseTo(1, 6);
      }),
    );
    expect(affineStretch(scaleAffine(2, 3, 5, 7))).toBeCloseTo(3, 12);
  });
});
