/** Tensors from pictures against the definition. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noisePicture } from '../testing/pictures.ts';
import { imagesToTensor, type PixelEncoding } from './tensor.ts';

describe('imagesToTensor', () => {
  it('equals (pixel − mean) / std in every layout and channel order', () => {
    const numbers = (min: number, max: number) =>
      fc.oneof(
        fc.array(fc.double({ min, max, noNaN: true }), { minLength: 1, maxLength: 1 }),
        fc.array(fc.double({ min, max, noNaN: true }), { minLength: 3, maxLength: 3 }),
      );
    fc.assert(
      fc.property(
        fc.constantFrom('NCHW', 'NHWC'),
        fc.constantFrom('rgb', 'bgr', 'gray'),
        numbers(-255, 255),
        numbers(0.5, 255),
        fc.integer({ min: 1, max: 3 }),
        (layout, channels, mean, std, count) => {
          const gray = channels === 'gray';
          const input = {
            layout,
            channels,
            mean: gray ? mean.slice(0, 1) : mean,
            std: gray ? std.slice(0, 1) : std,
          } as PixelEncoding;
          const images = Array.from({ length: count }, (_, i) => noisePicture(5, 4, i));
          const tensor = imagesToTensor(images, input);
          const c = gray ? 1 : 3;
          expect(tensor.dims).toEqual(layout === 'NCHW' ? [count, c, 4, 5] : [count, 4, 5, c]);
          for (let i = 0; i < tensor.data.length; i++) {
            const n = Math.floor(i / (c * 20));
            const inside = i % (c * 20);
            const channel = layout === 'NCHW' ? Math.floor(inside / 20) : inside % c;
            const pixel = layout === 'NCHW' ? inside % 20 : Math.floor(inside / c);
            const [r, g, b] = images[n]?.data.subarray(pixel * 3, pixel * 3 + 3) ?? [0, 0, 0];
            const value = gray
              ? 0.299 * (r as number) + 0.587 * (g as number) + 0.114 * (b as number)
              : ([r, g, b] as number[])[channels === 'bgr' ? 2 - channel : channel];
            const m = input.mean[channel] ?? (input.mean[0] as number);
            const s = input.std[channel] ?? (input.std[0] as number);
            expect(tensor.data[i]).toBeCloseTo(((value as number) - m) / s, 3);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses nothing, mixed sizes and a wrong number of means', () => {
    const input: PixelEncoding = { layout: 'NCHW', channels: 'rgb', mean: [0], std: [1] };
    expect(() => imagesToTensor([], input)).toThrow('at least one');
    expect(() => imagesToTensor([noisePicture(2, 2), noisePicture(2, 3)], input)).toThrow('one size');
    expect(() => imagesToTensor([noisePicture(2, 2)], { ...input, mean: [1, 2] })).toThrow('1 or 3 numbers');
  });
});
