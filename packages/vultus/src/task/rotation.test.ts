/** Rotations: angles and back, the signs, the best fit. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aboutView,
  fitRotation,
  fromAngles,
  type Matrix3,
  multiply,
  nearestRotation,
  toAngles,
  toVector,
  type Vector3,
} from './rotation.ts';

const angles = fc.record({
  yaw: fc.double({ min: -85, max: 85, noNaN: true }),
  pitch: fc.double({ min: -170, max: 170, noNaN: true }),
  roll: fc.double({ min: -170, max: 170, noNaN: true }),
});

function apply(m: Matrix3, [x, y, z]: Vector3): Vector3 {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

describe('rotations', () => {
  it('come back as the angles they were made from', () => {
    fc.assert(
      fc.property(angles, (given) => {
        const found = toAngles(fromAngles(given));
        for (const axis of ['yaw', 'pitch', 'roll'] as const) expect(found[axis]).toBeCloseTo(given[axis], 5);
      }),
    );
  });

  it('point the nose to the left for yaw < 0, up for pitch > 0, and turn clockwise for roll > 0', () => {
    const nose: Vector3 = [0, 0, -1];
    expect(apply(fromAngles({ yaw: -30, pitch: 0, roll: 0 }), nose)[0]).toBeLessThan(-0.4);
    expect(apply(fromAngles({ yaw: 0, pitch: 30, roll: 0 }), nose)[1]).toBeLessThan(-0.4);
    // The crown of the head moves to the right.
    expect(apply(fromAngles({ yaw: 0, pitch: 0, roll: 30 }), [0, -1, 0])[0]).toBeGreaterThan(0.4);
  });

  it('are found from points that they turned, at any scale and place', () => {
    const points: Vector3[] = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
      [0, 0, 3],
      [1, 1, 1],
    ];
    fc.assert(
      fc.property(angles, fc.double({ min: 0.01, max: 500, noNaN: true }), (given, scale) => {
        const matrix = fromAngles(given);
        const moved = points.map(
          (point) => apply(matrix, point).map((value) => 7 + scale * value) as unknown as Vector3,
        );
        for (const [i, value] of fitRotation(points, moved).entries())
          expect(value).toBeCloseTo(matrix[i] as number, 5);
      }),
    );
  });

  it('are their own nearest rotation, and averages of two lie between', () => {
    const [a, b] = [aboutView(10), aboutView(30)];
    const mean = a.map((value, i) => (value + (b[i] as number)) / 2) as unknown as Matrix3;
    expect(toAngles(nearestRotation(mean)).roll).toBeCloseTo(20, 6);
    expect(toAngles(nearestRotation(a)).roll).toBeCloseTo(10, 6);
    expect(toAngles(multiply(a, b)).roll).toBeCloseTo(40, 6);
  });

  it('are axis times angle, half a turn included', () => {
    expect(toVector(fromAngles({ yaw: 0, pitch: 0, roll: 90 }))[2]).toBeCloseTo(Math.PI / 2, 6);
    expect(toVector(fromAngles({ yaw: 0, pitch: 0, roll: 0 }))).toEqual([0, 0, 0]);
    const half = toVector(aboutView(180));
    expect(Math.hypot(...half)).toBeCloseTo(Math.PI, 6);
    expect(Math.abs(half[2])).toBeCloseTo(Math.PI, 6);
  });
});
