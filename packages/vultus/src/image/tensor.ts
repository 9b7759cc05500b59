/** Pictures of one size → the float tensor that a model takes. */

import { VultusError } from '../errors.ts';
import { checkImage } from './check.ts';
import type { Image } from './image.ts';
import { kernelFill } from './tensor-kernel.ts';
import { plainFill } from './tensor-plain.ts';
import { type PixelEncoding, perChannel, type TensorPlace } from './tensor-plan.ts';

export type { PixelEncoding } from './tensor-plan.ts';

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
    const place: TensorPlace = { data, start, width: frame.width, height: frame.height };
    if (!kernelFill(image, input, place)) plainFill(image, input, place);
    if (width < frame.width || height < frame.height) fillMargins(image, input, channels, place, frame.fill);
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

/** Fills what the picture leaves of its frame, right of it and below it. */
function fillMargins(image: Image, input: PixelEncoding, channels: number, target: TensorPlace, fill: number): void {
  const planar = input.layout === 'NCHW';
  for (let c = 0; c < channels; c++) {
    const value = (fill - perChannel(input.mean, c)) / perChannel(input.std, c);
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
