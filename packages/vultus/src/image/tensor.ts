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

/** Options of {@link imagesToTensor}. */
export interface TensorOptions {
  /** Size of the tensor when it is larger than the pictures: they lie top left, the rest shows the grey level `fill`. */
  readonly frame?: { readonly width: number; readonly height: number; readonly fill: number };
  /** Makes the array, of any contents; by default a fresh one. */
  readonly allocate?: (length: number) => Float32Array;
}

/**
 * Packs pictures of equal size into one batch. Throws `INVALID_ARGUMENT` for no pictures, different sizes,
 * or a mean or std that is neither one number nor one per channel.
 */
export function imagesToTensor(
  images: readonly Image[],
  input: PixelEncoding,
  options: TensorOptions = {},
): ImageTensor {
  const first = images[0];
  if (first === undefined) throw new VultusError('INVALID_ARGUMENT', 'imagesToTensor: expected at least one picture');
  const { width, height } = first;
  const channels = input.channels === 'gray' ? 1 : 3;
  const frame = options.frame ?? { width, height, fill: 0 };
  if (frame.width < width || frame.height < height) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `imagesToTensor: expected a frame of at least ${width}×${height}, got ${frame.width}×${frame.height}`,
    );
  }
  const plane = frame.width * frame.height;
  const length = images.length * channels * plane;
  const data = options.allocate?.(length) ?? new Float32Array(length);
  checkEncoding(input, channels);
  images.forEach((image, index) => {
    checkImage(image);
    if (image.width !== width || image.height !== height) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `imagesToTensor: expected pictures of one size, got ${width}×${height} and ${image.width}×${image.height}`,
      );
    }
    const start = index * channels * plane;
    const target: Target = { data, start, ...frame };
    if (width < frame.width || height < frame.height) fillMargins(image, input, channels, target);
    if (input.channels === 'gray') fillGray(image, input, target);
    else fillColour(image, input, target);
  });
  const shape = input.layout === 'NCHW' ? [channels, frame.height, frame.width] : [frame.height, frame.width, channels];
  return { type: 'float32', dims: [images.length, ...shape], data };
}

function checkEncoding(input: PixelEncoding, channels: number): void {
  for (const [name, list] of Object.entries({ mean: input.mean, std: input.std })) {
    if (list.length !== 1 && list.length !== channels) {
      throw new VultusError('INVALID_ARGUMENT', `${name}: expected 1 or ${channels} numbers, got ${list.length}`);
    }
  }
}

/** Mean or std for red, green and blue of a pixel. */
function pixelOrder(list: readonly number[], bgr: boolean): readonly [number, number, number] {
  const [first, second, third] = [0, 1, 2].map((channel) => perChannel(list, channel)) as [number, number, number];
  return bgr ? [third, second, first] : [first, second, third];
}

function perChannel(list: readonly number[], channel: number): number {
  return (list.length === 1 ? list[0] : list[channel]) as number;
}

/** Where one picture goes: its part of the tensor and the frame's size. */
interface Target {
  readonly data: Float32Array;
  readonly start: number;
  readonly width: number;
  readonly height: number;
  readonly fill: number;
}

function fillColour(image: Image, input: PixelEncoding, target: Target): void {
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

function fillGray(image: Image, input: PixelEncoding, target: Target): void {
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

/** Fills what the picture leaves of its frame, right of it and below it. */
function fillMargins(image: Image, input: PixelEncoding, channels: number, target: Target): void {
  const planar = input.layout === 'NCHW';
  for (let c = 0; c < channels; c++) {
    const value = (target.fill - perChannel(input.mean, c)) / perChannel(input.std, c);
    const first = target.start + (planar ? c * target.width * target.height : c);
    const step = planar ? 1 : channels;
    for (let y = 0; y < target.height; y++) {
      const end = (y + 1) * target.width;
      for (let i = y * target.width + (y < image.height ? image.width : 0); i < end; i++) {
        target.data[first + i * step] = value;
      }
    }
  }
}
