/** Resize against a slow twin in double precision; crop. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, noisePicture } from '../testing/pictures.ts';
import type { Image } from './image.ts';
import { cropImage, resizeImage } from './resize.ts';

/** The weight of source pixel s in target pixel t of one axis, straight from the definition. */
function weight(from: number, to: number, t: number, s: number): number {
  const ratio = from / to;
  if (ratio > 1) return Math.max(0, Math.min(s + 1, (t + 1) * ratio) - Math.max(s, t * ratio)) / ratio;
  const centre = Math.min(from - 1, Math.max(0, (t + 0.5) * ratio - 0.5));
  return Math.max(0, 1 - Math.abs(s - centre));
}

function slowResize(image: Image, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let v = 0; v < image.height; v++) {
          const wy = weight(image.height, height, y, v);
          if (wy === 0) continue;
          for (let u = 0; u < image.width; u++) {
            sum += wy * weight(image.width, width, x, u) * (image.data[(v * image.width + u) * 3 + c] as number);
          }
        }
        data[(y * width + x) * 3 + c] = Math.round(sum);
      }
    }
  }
  return { width, height, data };
}

describe('resizeImage', () => {
  it('equals its slow twin at any size, up to rounding', () => {
    const side = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(side, side, side, side, fc.integer(), (w, h, toW, toH, seed) => {
        const image = noisePicture(w, h, seed);
        expect(difference(resizeImage(image, toW, toH), slowResize(image, toW, toH)).max).toBeLessThanOrEqual(1);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps a flat colour and the mean', () => {
    const white = { width: 37, height: 19, data: new Uint8Array(37 * 19 * 3).fill(255) };
    expect(new Set(resizeImage(white, 11, 7).data)).toEqual(new Set([255]));
    const image = noisePicture(64, 64);
    const mean = (i: Image) => i.data.reduce((a, b) => a + b, 0) / i.data.length;
    expect(mean(resizeImage(image, 8, 8))).toBeCloseTo(mean(image), 0);
  });

  it('refuses sizes that are not whole and positive, and data that do not fit', () => {
    const image = noisePicture(4, 4);
    for (const [w, h] of [
      [0, 4],
      [4, -1],
      [1.5, 2],
      [Number.NaN, 2],
    ] as const) {
      expect(() => resizeImage(image, w, h)).toThrow('whole numbers');
    }
    expect(() => resizeImage({ ...image, width: 5 }, 2, 2)).toThrow('expected 60 bytes');
  });
});

describe('cropImage', () => {
  it('copies the box', () => {
    const image = noisePicture(9, 7);
    const crop = cropImage(image, { x: 2, y: 3, width: 4, height: 2 });
    for (let y = 0; y < 2; y++) {
      const from = ((3 + y) * 9 + 2) * 3;
      expect(crop.data.subarray(y * 12, y * 12 + 12)).toEqual(image.data.subarray(from, from + 12));
    }
  });

  it('refuses a box that leaves the picture', () => {
    const image = noisePicture(9, 7);
    expect(() => cropImage(image, { x: 6, y: 0, width: 4, height: 2 })).toThrow('inside 9×7');
    expect(() => cropImage(image, { x: -1, y: 0, width: 4, height: 2 })).toThrow('inside 9×7');
    expect(() => cropImage(image, { x: 0.5, y: 0, width: 4, height: 2 })).toThrow('inside 9×7');
  });
});
