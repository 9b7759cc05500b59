/** What the ways of filling a tensor have in common. */

/** How pixels become numbers: value = (pixel − mean[c]) / std[c], c in the model's channel order, pixel 0…255. */
export interface PixelEncoding {
  readonly layout: 'NCHW' | 'NHWC';
  /** `gray` is BT.601 luma: 0.299 R + 0.587 G + 0.114 B. */
  readonly channels: 'rgb' | 'bgr' | 'gray';
  /** Per channel, or one for all, in pixel units. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Where one picture goes: its part of the tensor and the frame's size. */
export interface TensorPlace {
  readonly data: Float32Array;
  readonly start: number;
  readonly width: number;
  readonly height: number;
}

/** Mean or std for red, green and blue of a pixel. */
export function pixelOrder(list: readonly number[], bgr: boolean): readonly [number, number, number] {
  const [first, second, third] = [0, 1, 2].map((channel) => perChannel(list, channel)) as [number, number, number];
  return bgr ? [third, second, first] : [first, second, third];
}

/** Mean or std of a channel, in the model's order. */
export function perChannel(list: readonly number[], channel: number): number {
  return (list.length === 1 ? list[0] : list[channel]) as number;
}
