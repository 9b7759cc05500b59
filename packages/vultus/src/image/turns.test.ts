/** Turns come one per turn of the event loop, in the order asked for. */

import { expect, test } from 'vitest';
import { nextTurn } from './turns.ts';

test('callers take turns in order, and timers run in between', async () => {
  const order: string[] = [];
  let ticks = 0;
  let working = true;
  const tick = () => {
    ticks++;
    if (working) setImmediate(tick);
  };
  setImmediate(tick);
  const worker = async (name: string) => {
    for (let piece = 0; piece < 3; piece++) {
      await nextTurn();
      order.push(name);
    }
  };
  await Promise.all([worker('a'), worker('b'), worker('c')]);
  working = false;
  expect(order).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
  expect(ticks).toBeGreaterThanOrEqual(9);
});
