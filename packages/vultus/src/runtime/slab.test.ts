/** What goes into a slab comes out of it, whatever the types and sizes. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSlab, slabBytes, writeSlab } from './slab.ts';
import { type Tensor, type TensorType, tensorArrays } from './tensor.ts';

const types = Object.keys(tensorArrays) as TensorType[];

test('tensors of every type and size survive', () => {
  const tensor = fc.record({ type: fc.constantFrom(...types), length: fc.nat(40), skip: fc.nat(3) });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), tensor), (plan) => {
      const feeds = Object.fromEntries(
        Object.entries(plan).map(([name, { type, length, skip }]) => {
          const array = new tensorArrays[type](length + skip);
          for (let i = 0; i < array.length; i++) array[i] = type === 'int64' ? BigInt(i * 7) : (i * 7) % 251;
          // A view into the middle of a buffer, as slices of a batch are.
          return [name, { type, dims: [1, length], data: array.subarray(skip) } as Tensor];
        }),
      );
      const slab = new SharedArrayBuffer(slabBytes(feeds) + 3);
      const read = readSlab(slab, writeSlab(slab, feeds));
      expect(Object.keys(read)).toEqual(Object.keys(feeds));
      for (const [name, { type, dims, data }] of Object.entries(feeds)) {
        expect(read[name]).toMatchObject({ type, dims });
        expect([...(read[name]?.data ?? [])]).toEqual([...data]);
      }
    }),
  );
});
