/** Levels: sizes, one decode each, the bound, recovery after a failure. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noisePicture } from '../testing/pictures.ts';
import { createPicture, levelSize, type PictureDecoder } from './picture.ts';
import { resizeImage } from './resize.ts';

function counting(decoder: Partial<PictureDecoder> = {}) {
  const image = noisePicture(40, 30);
  const calls = { full: 0, shrink: 0 };
  const picture = createPicture({
    width: 40,
    height: 30,
    full: async () => {
      calls.full++;
      return image;
    },
    shrink: async (from, width, height) => {
      calls.shrink++;
      return resizeImage(from, width, height);
    },
    ...decoder,
  });
  return { picture, image, calls };
}

describe('createPicture', () => {
  it('decodes once, and each level once, also when asked at the same time', async () => {
    const { picture, image, calls } = counting();
    const [a, b, c] = await Promise.all([picture.pixels(20), picture.pixels(20), picture.pixels()]);
    expect(a).toBe(b);
    expect(c).toBe(image);
    expect({ width: a.width, height: a.height }).toEqual({ width: 20, height: 15 });
    expect(calls).toEqual({ full: 1, shrink: 1 });
  });

  it('never enlarges', async () => {
    const { picture, image } = counting();
    expect(await picture.pixels(40)).toBe(image);
    expect(await picture.pixels(4000)).toBe(image);
    expect(await picture.pixels(Number.POSITIVE_INFINITY)).toBe(image);
  });

  it('keeps four levels', async () => {
    const { picture, calls } = counting();
    for (const side of [10, 11, 12, 13, 13, 10, 14, 10, 11]) await picture.pixels(side);
    // 10 stays in use and is kept; 11 was the oldest when 14 came.
    expect(calls).toEqual({ full: 1, shrink: 6 });
  });

  it('prefers the decoder’s own reduction where it has one', async () => {
    const { picture, calls } = counting({
      reduced: (w, h) => (w <= 20 ? Promise.resolve(noisePicture(w, h)) : undefined),
    });
    await picture.pixels(20);
    expect(calls).toEqual({ full: 0, shrink: 0 });
    await picture.pixels(30);
    expect(calls).toEqual({ full: 1, shrink: 1 });
  });

  it('a failure is not kept', async () => {
    let fail = true;
    const { picture } = counting({
      full: async () => {
        if (fail) throw new Error('once');
        return noisePicture(40, 30);
      },
    });
    await expect(picture.pixels(10)).rejects.toThrow('once');
    await expect(picture.pixels()).rejects.toThrow('once');
    fail = false;
    expect((await picture.pixels(10)).width).toBe(10);
  });

  it('refuses a long side below 1', async () => {
    const { picture } = counting();
    for (const side of [0, -1, 0.5, Number.NaN]) await expect(picture.pixels(side)).rejects.toThrow('at least 1');
  });

  it('level sizes keep the aspect to the pixel and fit the long side', () => {
    const side = fc.integer({ min: 1, max: 30_000 });
    fc.assert(
      fc.property(side, side, side, (w, h, long) => {
        const size = levelSize(w, h, long);
        expect(Math.max(size.width, size.height)).toBe(Math.min(long, Math.max(w, h)));
        const factor = Math.max(size.width, size.height) / Math.max(w, h);
        expect(Math.abs(size.width - Math.max(1, w * factor))).toBeLessThanOrEqual(0.5 + 1e-9);
        expect(Math.abs(size.height - Math.max(1, h * factor))).toBeLessThanOrEqual(0.5 + 1e-9);
      }),
    );
  });
});
