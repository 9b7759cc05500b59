/** Made-up pictures for tests. */

import type { Image } from '../image/image.ts';

/** A picture of reproducible noise. */
export function noisePicture(width: number, height: number, seed = 1): Image {
  const data = new Uint8Array(width * height * 3);
  let state = seed >>> 0;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return { width, height, data };
}

/** A picture whose pixels are given by a function of their position, each channel 0…255. */
export function drawnPicture(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 3);
  }
  return { width, height, data };
}

/** A smooth picture: what an interpolation can be compared on. Waves are about 60 pixels long, times `wavelength`. */
export function smoothPicture(width: number, height: number, wavelength = 1): Image {
  return drawnPicture(width, height, (x, y) => [
    127 + 120 * Math.sin(x / wavelength / 9) * Math.cos(y / wavelength / 13),
    127 + 120 * Math.cos((x + y) / wavelength / 11),
    (255 * x) / width,
  ]);
}

/** Largest and mean absolute difference of two pictures of one size, in grey levels. */
export function difference(a: Image, b: Image): { readonly max: number; readonly mean: number } {
  if (a.width !== b.width || a.height !== b.height)
    return { max: Number.POSITIVE_INFINITY, mean: Number.POSITIVE_INFINITY };
  let max = 0;
  let sum = 0;
  a.data.forEach((value, i) => {
    const d = Math.abs(value - (b.data[i] as number));
    max = Math.max(max, d);
    sum += d;
  });
  return { max, mean: sum / a.data.length };
}
