/** A map in parts is one map. */

import { expect, it } from 'vitest';
import { LargeMap } from './large-map.ts';

it('does what a map does, in parts of three', () => {
  const [large, plain] = [new LargeMap<number, string>(3), new Map<number, string>()];
  for (let i = 0; i < 400; i++) {
    const key = (i * 37) % 23;
    if (i % 3 === 2) expect(large.delete(key)).toBe(plain.delete(key));
    else {
      large.set(key, `${i}`);
      plain.set(key, `${i}`);
    }
    expect(large.size).toBe(plain.size);
    for (const each of [key, key + 1]) expect(large.get(each)).toBe(plain.get(each));
  }
  expect([...large.keys()].sort()).toEqual([...plain.keys()].sort());
});
