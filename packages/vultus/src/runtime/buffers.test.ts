/** Spare buffers come back by size and never exceed their limit. */

import { expect, test } from 'vitest';
import { BufferStore } from './buffers.ts';

test('a given buffer is taken again, by size', () => {
  const store = new BufferStore();
  const buffer = store.take(64);
  expect(buffer.byteLength).toBe(64);
  store.give(buffer);
  expect(store.take(32)).not.toBe(buffer);
  expect(store.take(64)).toBe(buffer);
  expect(store.take(64)).not.toBe(buffer);
});

test('the limit holds, and old sizes make room', () => {
  const store = new BufferStore(100);
  const [old, fresh, huge] = [new ArrayBuffer(60), new ArrayBuffer(50), new ArrayBuffer(101)];
  store.give(old);
  store.give(fresh);
  store.give(huge);
  store.give(new ArrayBuffer(0));
  expect(store.take(60)).not.toBe(old);
  expect(store.take(50)).toBe(fresh);
  expect(store.take(101)).not.toBe(huge);
});
