/** The affine warp against slow twins: bilinear in double precision, and a heavily supersampled reference when it shrinks. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, noisePicture, smoothPicture } from '../testing/pictures.ts';
import { type Affine, applyAffine } from './affine.ts';
import type { Image } from './image.ts';
import { rotateImage } from './raw.ts';
import { cropImage, resizeImage } from './resize.ts';
import { warpAffine } from './warp.ts';

/** One bilinear sample, straight from the definition: black outside, edge pixels repeated inside. */
function sample(image: Image, x: number, y: number, c: number): number {
  if (x < 0 || y < 0 || x > image.width || y > image.height) return 0;
  const u = Math.min(Math.max(x - 0.5, 0), image.width - 1);
  const v = Math.min(Math.max(y - 0.5, 0), image.height - 1);
  const at = (i: number, j: number) =>
    image.data[(Math.min(j, image.height - 1) * image.width + Math.min(i, image.width - 1)) * 3 + c] as number;
  const [i, j] = [Math.floor(u), Math.floor(v)];
  const top = at(i, j) * (1 - (u - i)) + at(i + 1, j) * (u - i);
  const bottom = at(i, j + 1) * (1 - (u - i)) + at(i + 1, j + 1) * (u - i);
  return top * (1 - (v - j)) + bottom * (v - j);
}

/** Mean of `grid`² samples per target pixel; grid 1 is plain bilinear. */
function slowWarp(image: Image, map: Affine, width: number, height: number, grid: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    let sum = 0;
    for (let g = 0; g < grid * grid; g++) {
      const p = { x: x + ((g % grid) + 0.5) / grid, y: y + (Math.floor(g / grid) + 0.5) / grid };
      const q = applyAffine(map, p);
      sum += sample(image, q.x, q.y, c);
    }
    data[i] = Math.round(sum / grid / grid);
  }
  return { width, height, data };
}

/** A turn by `angle` and a scale about the picture's middle, as a map from a target of the given side. */
function turn(image: Image, side: number, scale: number, angle: number): Affine {
  const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const half = side / 2;
  return [c, -s, image.width / 2 - c * half + s * half, s, c, image.height / 2 - s * half - c * half];
}

describe('warpAffine', () => {
  it('equals plain bilinear sampling up to a shrink of 1.5', () => {
    const image = noisePicture(31, 23);
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 1.49, noNaN: true }), unit, unit, unit, (scale, a, dx, dy) => {
        const [p, q, r, s, t, u] = turn(image, 16, scale, a * Math.PI);
        const map: Affine = [p, q, r + 10 * dx, s, t, u + 10 * dy];
        const got = warpAffine(image, map, 16, 16);
        const expected = slowWarp(image, map, 16, 16, 1);
        // A sample that falls on the very edge may be judged inside by one and outside by the other.
        const wrong = got.data.filter((v, i) => Math.abs(v - (expected.data[i] as number)) > 1).length;
        expect(wrong).toBeLessThanOrEqual(3);
      }),
      { numRuns: 60 },
    );
  });

  it.each([1.6, 1.99, 2, 2.7, 3.5, 6.2, 11])('shrinking by %f stays near the supersampled reference', (scale) => {
    const image = smoothPicture(400, 380, Math.max(1, scale / 5));
    const side = Math.floor(300 / scale / 1.42);
    const map = turn(image, side, scale, 0.4);
    const { mean, max } = difference(
      warpAffine(image, map, side, side),
      slowWarp(image, map, side, side, Math.ceil(3 * scale)),
    );
    expect(mean).toBeLessThan(1.5);
    expect(max).toBeLessThan(8);
  });

  it('does not alias: noise shrunk by 8 comes out nearly flat', () => {
    const image = noisePicture(256, 256);
    const { data } = warpAffine(image, [8, 0, 0, 0, 8, 0], 32, 32);
    const mean = data.reduce((a, b) => a + b, 0) / data.length;
    const spread = Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length);
    expect(mean).toBeGreaterThan(120);
    expect(mean).toBeLessThan(135);
    expect(spread).toBeLessThan(12);
  });

  it('with the identity, whole shifts and quarter turns it moves pixels exactly', () => {
    const image = noisePicture(20, 12);
    expect(warpAffine(image, [1, 0, 0, 0, 1, 0], 20, 12)).toEqual(image);
    expect(warpAffine(image, [1, 0, 3, 0, 1, 2], 8, 5)).toEqual(cropImage(image, { x: 3, y: 2, width: 8, height: 5 }));
    expect(warpAffine(image, [0, 1, 0, -1, 0, 12], 12, 20)).toEqual(rotateImage(image, 90));
  });

  it('a plain enlargement equals resizeImage', () => {
    const image = noisePicture(20, 12);
    const warped = warpAffine(image, [0.4, 0, 0, 0, 0.4, 0], 50, 30);
    expect(difference(warped, resizeImage(image, 50, 30)).max).toBeLessThanOrEqual(1);
  });

  it('outside the picture is black, or the edge repeated', () => {
    const white = { width: 8, height: 8, data: new Uint8Array(192).fill(255) };
    for (const scale of [0.5, 1, 1.7, 4]) {
      const map: Affine = [scale, 0, -100, 0, scale, -100];
      expect(new Set(warpAffine(white, map, 4, 4).data)).toEqual(new Set([0]));
      expect(new Set(warpAffine(white, map, 4, 4, { border: 'edge' }).data)).toEqual(new Set([255]));
    }
  });

  it('never crashes: any finite map gives a picture, others a typed error', () => {
    const image = noisePicture(5, 4);
    const any = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(any, any, any, any, any, any, (a, b, c, d, e, f) => {
        expect(warpAffine(image, [a, b, c, d, e, f], 3, 2).data.length).toBe(18);
      }),
    );
    expect(() => warpAffine(image, [Number.NaN, 0, 0, 0, 1, 0], 3, 2)).toThrow('six finite numbers');
  });
});
