/** Tests of the box filter. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoxFilter } from './kalman.ts';

const at = (x: number, y = 100, size = 60) => ({ x, y, width: size, height: size });

test('learns a steady motion and carries it on', () => {
  const filter = new BoxFilter(at(0));
  for (let frame = 1; frame <= 60; frame++) {
    filter.predict(1000 / 30, true);
    filter.correct(at(4 * frame));
  }
  expect(filter.velocity.x).toBeCloseTo(120, 0);
  filter.predict(500, true);
  expect(filter.box.x).toBeCloseTo(300, -1);
});

test('two short steps foresee the same place as one long one', () => {
  const [one, two] = [new BoxFilter(at(0)), new BoxFilter(at(0))] as const;
  for (const filter of [one, two]) {
    filter.predict(40, true);
    filter.correct(at(8));
  }
  one.predict(80, true);
  two.predict(40, true);
  two.predict(40, true);
  expect(two.box.x).toBeCloseTo(one.box.x, 9);
});

test('a face out of sight keeps its size', () => {
  const filter = new BoxFilter(at(0, 0, 50));
  for (let frame = 1; frame < 20; frame++) {
    filter.predict(33, true);
    filter.correct(at(0, 0, 50 + 3 * frame));
  }
  const { width } = filter.box;
  filter.predict(1000, false);
  expect(filter.box.width).toBe(width);
});

test('stays finite and between estimate and measurement', () => {
  const box = fc.record({
    x: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
    y: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
    width: fc.double({ min: 1, max: 1e4, noNaN: true }),
    height: fc.double({ min: 1, max: 1e4, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(box, fc.integer({ min: 1, max: 5000 })), { minLength: 2, maxLength: 30 }),
      (steps) => {
        const [first, ...rest] = steps;
        const filter = new BoxFilter(first?.[0] ?? at(0));
        for (const [measured, pause] of rest) {
          filter.predict(pause, true);
          const before = filter.box;
          filter.correct(measured);
          const after = filter.box.x + filter.box.width / 2;
          const centres = [before.x + before.width / 2, measured.x + measured.width / 2];
          expect(after).toBeGreaterThanOrEqual(Math.min(...centres) - 1e-6);
          expect(after).toBeLessThanOrEqual(Math.max(...centres) + 1e-6);
          expect(filter.box.width).toBeGreaterThanOrEqual(1);
        }
      },
    ),
  );
});
