/** Pictures of one size → the float tensor that a model takes. */

import { VultusError } from '../errors.ts';
import { checkImage } from './check.ts';
import type { Image } from './image.ts';

/** How pixels become numbers: value = (pixel − mean[c]) / std[c], c in the model's channel order, pixel 0…255. */
export interface PixelEncoding {
  readonly layout: 'NCHW' | 'NHWC';
  /** `gray` is BT.601 luma: 0.299 R + 0.587 G + 0.114 B. */
  readonly channels: 'rgb' | 'bgr' | 'gray';
  /** Per channel, or one for all, in pixel units. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A float tensor as the runtime takes it: dims [N, C, H, W] or [N, H, W, C], row-major. */
export interface ImageTensor {
  readonly type: 'float32';
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * Packs pictures of equal size into one batch. Throws `INVALID_ARGUMENT` for no pictures, different sizes,
 * or a mean or std that is neither one number nor one per channel.
 */
export function imagesToTensor(images: readonly Image[], input: PixelEncoding): ImageTensor {
  const first = images[0];
  if (first === undefined) throw new VultusError('INVALID_ARGUMENT', 'imagesToTensor: expected at least one picture');
  const { width, height } = first;
  const channels = input.channels === 'gray' ? 1 : 3;
  const plane = width * height;
  const data = new Float32Array(images.length * channels * plane);
  const tables = valueTables(input, channels);
  images.forEach((image, index) => {
    checkImage(image);
    if (image.width !== width || image.height !== height) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `imagesToTensor: expected pictures of one size, got ${width}×${height} and ${image.width}×${image.height}`,
      );
    }
    const start = index * channels * plane;
    if (input.channels === 'gray') fillGray(image, input, data, start);
    else fillColour(image, input, tables, data, start);
  });
  const shape = input.layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
  return { type: 'float32', dims: [images.length, ...shape], data };
}

/** The value of each of the 256 pixel levels, per channel of the model: a look-up is faster than the arithmetic. */
function valueTables(input: PixelEncoding, channels: number): Float32Array[] {
  for (const [name, list] of Object.entries({ mean: input.mean, std: input.std })) {
    if (list.length !== 1 && list.length !== channels) {
      throw new VultusError('INVALID_ARGUMENT', `${name}: expected 1 or ${channels} numbers, got ${list.length}`);
    }
  }
  return Array.from({ length: channels }, (_, c) => {
    const mean = perChannel(input.mean, c);
    const std = perChannel(input.std, c);
    return Float32Array.from({ length: 256 }, (_, level) => (level - mean) / std);
  });
}

function perChannel(list: readonly number[], channel: number): number {
  return (list.length === 1 ? list[0] : list[channel]) as number;
}

function fillColour(
  image: Image,
  input: PixelEncoding,
  tables: readonly Float32Array[],
  out: Float32Array,
  start: number,
): void {
  const { data } = image;
  const plane = image.width * image.height;
  const planar = input.layout === 'NCHW';
  for (let c = 0; c < 3; c++) {
    const table = tables[c] as Float32Array;
    const step = planar ? 1 : 3;
    let to = planar ? start + c * plane : start + c;
    for (let from = input.channels === 'bgr' ? 2 - c : c; from < data.length; from += 3) {
      out[to] = table[data[from] as number] as number;
      to += step;
    }
  }
}

function fillGray(image: Image, input: PixelEncoding, out: Float32Array, start: number): void {
  const { data } = image;
  const mean = perChannel(input.mean, 0);
  const factor = 1 / perChannel(input.std, 0);
  let to = start;
  for (let from = 0; from < data.length; from += 3) {
    const luma =
      0.299 * (data[from] as number) + 0.587 * (data[from + 1] as number) + 0.114 * (data[from + 2] as number);
    out[to++] = (luma - mean) * factor;
  }
}
