/** Tests of the landmark filters. */

import { expect, test } from 'vitest';
import { createPointFilter, MotionMean, OneEuro } from './smooth.ts';

test('the mean starts when its history is full and follows the formula', () => {
  const filter = new MotionMean(2, 0.05);
  expect(filter.next([{ x: 0, y: 0 }])).toEqual([{ x: 0, y: 0 }]);
  expect(filter.next([{ x: 2, y: 0 }])).toEqual([{ x: 2, y: 0 }]);
  // D = 4; the oldest weighs exp(−4·2·0.05), the next exp(−4·1·0.05), the present 1.
  const [old, recent] = [Math.exp(-0.4), Math.exp(-0.2)];
  const [point] = filter.next([{ x: 4, y: 1e-9 }]);
  expect(point?.x).toBeCloseTo((4 + 2 * recent + 0 * old) / (1 + recent + old), 6);
});

const jitter = (frame: number) => Math.sin(frame * 12.9898) * 2;

test.each(['mean', 'one-euro'] as const)('%s: jitter shrinks at rest, a jump is followed', (kind) => {
  const filter = createPointFilter({ kind });
  let raw = 0;
  let smooth = 0;
  for (let frame = 0; frame < 120; frame++) {
    const [point] = filter.next([{ x: 100 + jitter(frame), y: 50 }], frame * 33);
    if (frame < 20) continue;
    raw += Math.abs(jitter(frame));
    smooth += Math.abs((point?.x ?? 0) - 100);
  }
  expect(smooth).toBeLessThan(0.6 * raw);
  let last = 0;
  for (let frame = 120; frame < 135; frame++) last = filter.next([{ x: 400, y: 50 }], frame * 33)[0]?.x ?? 0;
  expect(Math.abs(last - 400)).toBeLessThan(2);
});

test('one-euro takes the pause between frames into account', () => {
  const [slow, fast] = [new OneEuro(1, 0, 1), new OneEuro(1, 0, 1)] as const;
  for (const filter of [slow, fast]) filter.next([{ x: 0, y: 0 }], 0);
  const late = slow.next([{ x: 10, y: 0 }], 500)[0]?.x ?? 0;
  const soon = fast.next([{ x: 10, y: 0 }], 20)[0]?.x ?? 0;
  expect(late).toBeGreaterThan(soon * 3);
});

test('another number of points starts anew; off changes nothing', () => {
  const filter = createPointFilter({ kind: 'mean', frames: 1 });
  filter.next([{ x: 0, y: 0 }], 0);
  const two = [
    { x: 9, y: 9 },
    { x: 8, y: 8 },
  ];
  expect(filter.next(two, 1)).toEqual(two);
  expect(createPointFilter({ kind: 'off' }).next(two, 1)).toBe(two);
});
