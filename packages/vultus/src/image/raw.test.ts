/** Every pixel format, stride and rotation against a slow twin. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noisePicture } from '../testing/pictures.ts';
import type { PixelFormat, RawPixels, Rotation } from './image.ts';
import { rawToImage, rotateImage } from './raw.ts';

const formats: readonly PixelFormat[] = ['rgb', 'bgr', 'rgba', 'bgra', 'gray', 'nv12', 'nv21', 'i420'];
const rotations: readonly Rotation[] = [0, 90, 180, 270];

/** The colour of one raw pixel, from the definition of its format. */
function colour(raw: RawPixels, stride: number, x: number, y: number): number[] {
  const { data, format, height } = raw;
  const byte = (i: number) => data[i] as number;
  const step = { rgb: 3, bgr: 3, rgba: 4, bgra: 4, gray: 1, nv12: 1, nv21: 1, i420: 1 }[format];
  const at = y * stride + x * step;
  if (format === 'gray') return [byte(at), byte(at), byte(at)];
  if (format === 'rgb' || format === 'rgba') return [byte(at), byte(at + 1), byte(at + 2)];
  if (format === 'bgr' || format === 'bgra') return [byte(at + 2), byte(at + 1), byte(at)];
  const [cx, cy, luma] = [x >> 1, y >> 1, byte(at)];
  const even = stride + (stride % 2);
  const first = byte(stride * height + cy * even + cx * 2);
  const second = byte(stride * height + cy * even + cx * 2 + 1);
  if (format === 'nv12') return yuv(luma, first, second);
  if (format === 'nv21') return yuv(luma, second, first);
  const half = Math.ceil(stride / 2);
  const u = stride * height + cy * half + cx;
  return yuv(luma, byte(u), byte(u + half * Math.ceil(height / 2)));
}

function yuv(y: number, u: number, v: number): number[] {
  const luma = (255 / 219) * (y - 16);
  const [kr, kb] = [0.299, 0.114];
  const red = luma + (255 / 112) * (1 - kr) * (v - 128);
  const blue = luma + (255 / 112) * (1 - kb) * (u - 128);
  const green = luma - ((255 / 112) * ((1 - kb) * kb * (u - 128) + (1 - kr) * kr * (v - 128))) / (1 - kr - kb);
  return [red, green, blue].map((value) => Math.min(255, Math.max(0, Math.round(value))));
}

describe('rawToImage', () => {
  it.each(formats)('%s: any size, stride and rotation equals the slow twin', (format) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(...rotations),
        fc.integer(),
        (width, height, padding, rotate, seed) => {
          const step = { rgb: 3, bgr: 3, rgba: 4, bgra: 4, gray: 1, nv12: 1, nv21: 1, i420: 1 }[format];
          const stride = width * step + padding;
          const data = noisePicture(stride + 2, 2 * height + 2, seed).data;
          const raw: RawPixels = { data, width, height, format, stride, rotate };
          const image = rawToImage(raw);
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              const [u, v] = {
                0: [x, y],
                90: [height - 1 - y, x],
                180: [width - 1 - x, height - 1 - y],
                270: [y, width - 1 - x],
              }[rotate] as [number, number];
              const at = (v * image.width + u) * 3;
              colour(raw, stride, x, y).forEach((value, c) => {
                expect(Math.abs((image.data[at + c] as number) - value)).toBeLessThanOrEqual(1);
              });
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('video black, white and grey come out as such', () => {
    const frame = (luma: number) => ({ data: Uint8Array.of(luma, luma, luma, luma, 128, 128), width: 2, height: 2 });
    expect(new Set(rawToImage({ ...frame(16), format: 'nv12' }).data)).toEqual(new Set([0]));
    expect(new Set(rawToImage({ ...frame(235), format: 'i420' }).data)).toEqual(new Set([255]));
    expect(new Set(rawToImage({ ...frame(126), format: 'nv21' }).data)).toEqual(new Set([128]));
  });

  it('needs no padding after the last row', () => {
    const data = new Uint8Array(10 * 2 + 6);
    expect(rawToImage({ data, width: 2, height: 3, format: 'rgb', stride: 10 }).height).toBe(3);
  });

  it.each([
    [{ width: 0 }, 'whole numbers'],
    [{ height: 2.5 }, 'whole numbers'],
    [{ width: Number.NaN }, 'whole numbers'],
    [{ format: 'yuyv' }, 'expected a format out of'],
    [{ format: 'toString' }, 'expected a format out of'],
    [{ rotate: 45 }, 'rotate 0, 90, 180 or 270'],
    [{ stride: 5 }, 'stride of at least 6'],
    [{ stride: 6.5 }, 'stride of at least 6'],
    [{ height: 3 }, 'needs 18 bytes, got 12'],
    [{ width: 100_000, height: 100_000 }, 'needs 30000000000 bytes'],
  ])('refuses %o', (change, message) => {
    const raw = { data: new Uint8Array(12), width: 2, height: 2, format: 'rgb', ...change } as RawPixels;
    expect(() => rawToImage(raw)).toThrow(message);
  });
});

describe('rotateImage', () => {
  it('turns clockwise, and four quarter turns are none', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(1, 1, 1, 2, 2, 2) };
    expect(rotateImage(image, 90)).toEqual({ width: 1, height: 2, data: Uint8Array.of(1, 1, 1, 2, 2, 2) });
    expect(rotateImage(image, 270)).toEqual({ width: 1, height: 2, data: Uint8Array.of(2, 2, 2, 1, 1, 1) });
    const noise = noisePicture(7, 5);
    expect(rotateImage(rotateImage(noise, 90), 270)).toEqual(noise);
    expect(rotateImage(rotateImage(noise, 90), 90)).toEqual(rotateImage(noise, 180));
  });
});
