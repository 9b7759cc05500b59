/** Pixels into a tensor in plain JavaScript: what the kernel is checked against, and what works where there is no WebAssembly. */

import type { Image } from './image.ts';
import { type PixelEncoding, perChannel, pixelOrder, type TensorPlace } from './tensor-plan.ts';

/** Writes a picture into its place, top left. */
export function plainFill(image: Image, input: PixelEncoding, place: TensorPlace): void {
  if (input.channels === 'gray') fillGray(image, input, place);
  else fillColour(image, input, place);
}

function fillColour(image: Image, input: PixelEncoding, target: TensorPlace): void {
  const { data, width, height } = image;
  const { data: out, start } = target;
  const plane = target.width * target.height;
  const planar = input.layout === 'NCHW';
  const step = planar ? 1 : 3;
  const apart = planar ? plane : 1;
  // Pixels are read in their order; a BGR model has red in its last channel.
  const bgr = input.channels === 'bgr';
  // Plain numbers in the loop: faster than look-ups, and half as long as a loop over an array of channels.
  const [redMean, greenMean, blueMean] = pixelOrder(input.mean, bgr);
  const [redStd, greenStd, blueStd] = pixelOrder(input.std, bgr);
  const [redFactor, greenFactor, blueFactor] = [1 / redStd, 1 / greenStd, 1 / blueStd];
  const last = bgr ? -apart : apart;
  for (let y = 0; y < height; y++) {
    let from = y * width * 3;
    const end = from + width * 3;
    let to = start + y * target.width * step + (bgr ? 2 * apart : 0);
    for (; from < end; from += 3, to += step) {
      out[to] = ((data[from] as number) - redMean) * redFactor;
      out[to + last] = ((data[from + 1] as number) - greenMean) * greenFactor;
      out[to + 2 * last] = ((data[from + 2] as number) - blueMean) * blueFactor;
    }
  }
}

function fillGray(image: Image, input: PixelEncoding, target: TensorPlace): void {
  const { data, width, height } = image;
  const mean = perChannel(input.mean, 0);
  const factor = 1 / perChannel(input.std, 0);
  for (let y = 0; y < height; y++) {
    let from = y * width * 3;
    const end = from + width * 3;
    for (let to = target.start + y * target.width; from < end; from += 3, to++) {
      const luma =
        0.299 * (data[from] as number) + 0.587 * (data[from + 1] as number) + 0.114 * (data[from + 2] as number);
      target.data[to] = (luma - mean) * factor;
    }
  }
}
