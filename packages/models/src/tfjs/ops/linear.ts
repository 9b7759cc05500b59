/** Folding of factors and terms per channel into the convolution or matrix product before them. */
import type { Constant } from '../constant.ts';
import { at } from '../dims.ts';
import type { Linear, Origin, Value } from '../value.ts';

type Build = (scale: Float64Array, shift: Float64Array, origin: Origin) => Value;

/** A linear operator's value that remembers how to be built again with another scale and shift. */
export function linearValue(bias: Float64Array, build: Build): Value {
  const rebuild = (scale: Float64Array, shift: Float64Array): Value =>
    build(scale, shift, { kind: 'linear', linear: { scale, shift, rebuild } });
  return rebuild(new Float64Array(bias.length).fill(1), bias);
}

/** The constant's value per channel (last axis), or `undefined` when it varies along another axis. */
export function perChannel(source: Constant, channels: number): Float64Array | undefined {
  const { data, dims } = source;
  if (data.length === 1) return new Float64Array(channels).fill(at(data, 0));
  if (data.length !== channels || at(dims, -1) !== channels) return undefined;
  return Float64Array.from(data);
}

/** linear · factor. */
export function scaled(linear: Linear, factor: Float64Array): Value {
  return linear.rebuild(
    linear.scale.map((value, i) => value * at(factor, i)),
    linear.shift.map((value, i) => value * at(factor, i)),
  );
}

/** linear + term. */
export function shifted(linear: Linear, term: Float64Array): Value {
  return linear.rebuild(
    linear.scale,
    linear.shift.map((value, i) => value + at(term, i)),
  );
}
