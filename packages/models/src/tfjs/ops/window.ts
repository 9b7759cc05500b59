/** TF's sliding-window arithmetic: output sizes and explicit pads for convolutions and pools. */
import { at } from '../dims.ts';
import type { Attributes } from '../graph.ts';
import type { Operation } from '../operator.ts';
import { type Origin, transposedView, type Value } from '../value.ts';

/** Sizes along height and width. */
export type Pair = readonly [number, number];

/** A window over an NHWC value: what it reads, and how. */
export interface Window {
  readonly source: Value;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
  /** Output height and width. */
  readonly size: Pair;
}

/** Height and width entries of an NHWC attribute. */
export function spatial(attributes: Attributes, name: string): Pair {
  const list = attributes.ints(name);
  return list.length === 4 ? [at(list, 1), at(list, 2)] : [1, 1];
}

/**
 * Places a window of `kernel` size over input 0. SAME becomes explicit pads (the odd pixel at the bottom and right);
 * a Pad before VALID joins when its fill is what the operator pads with.
 */
export function placeWindow(operation: Operation, kernel: Pair, fits: (fill: number) => boolean): Window {
  const { attributes } = operation;
  const format = attributes.text('data_format');
  if (format !== '' && format !== 'NHWC') throw new Error(`data format ${format}; only NHWC can be converted`);
  const strides = spatial(attributes, 'strides');
  const dilations = spatial(attributes, 'dilations');
  const padding = attributes.text('padding');
  if (padding !== 'SAME' && padding !== 'VALID') throw new Error(`padding ${padding}; SAME and VALID can be converted`);
  const given = operation.value(0);
  const padded = padding === 'VALID' ? spatialPadding(given, fits) : undefined;
  const source = padded?.source ?? given;
  const along = ([0, 1] as const).map((i) => {
    const size = at(source.dims, i + 1);
    const reach = (at(kernel, i) - 1) * at(dilations, i) + 1;
    const [before, after] = padding === 'SAME' ? samePads(size, reach, at(strides, i)) : (padded?.pads[i] ?? [0, 0]);
    return { before, after, size: Math.floor((size + before + after - reach) / at(strides, i)) + 1 };
  });
  const [y, x] = [at(along, 0), at(along, 1)];
  return { source, strides, dilations, pads: [y.before, x.before, y.after, x.after], size: [y.size, x.size] };
}

/** Pads before and after that make the output ⌈size / stride⌉. */
export function samePads(size: number, reach: number, stride: number): Pair {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
  return [total >> 1, total - (total >> 1)];
}

/** A Pad of height and width only, seen through transposed views. */
function spatialPadding(
  value: Value,
  fits: (fill: number) => boolean,
): { source: Value; pads: readonly Pair[] } | undefined {
  const { origin } = value;
  if (origin?.kind !== 'padded' || !fits(origin.fill)) return undefined;
  const [batch, height, width, channels] = origin.pads;
  if (batch === undefined || height === undefined || width === undefined || channels === undefined) return undefined;
  if (batch[0] + batch[1] + channels[0] + channels[1] !== 0) return undefined;
  return { source: origin.source, pads: [height, width] };
}

/** The origin of a padded value after TF's Transpose, so that a later window still finds the Pad. */
export function transposedPadding(origin: Origin | undefined, perm: readonly number[]): Origin | undefined {
  if (origin?.kind !== 'padded') return undefined;
  return { ...origin, source: transposedView(origin.source, perm), pads: perm.map((axis) => at(origin.pads, axis)) };
}
