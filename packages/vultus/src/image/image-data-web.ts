/** Our pixels as those of a canvas. */

import type { Image } from './image.ts';

/** A copy with a full alpha beside each pixel. */
export function toImageData({ width, height, data }: Image): ImageData {
  const copy = new ImageData(width, height);
  const pixels = new Uint32Array(copy.data.buffer);
  for (let i = 0, from = 0; i < pixels.length; i++, from += 3) {
    const [red, green, blue] = [data[from], data[from + 1], data[from + 2]] as [number, number, number];
    pixels[i] = red | (green << 8) | (blue << 16) | 0xff000000;
  }
  return copy;
}
