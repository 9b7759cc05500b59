/** A run-time tensor during conversion: its TF shape, and under which axis orders the ONNX graph already has it. */
import type { Constant, DType } from './constant.ts';
import { inverse, keepsOrder, pick, range, sameList } from './dims.ts';

/** Physical axis i of a stored tensor is logical axis layout[i]. */
export type Layout = readonly number[];

/** Logical NHWC stored as NCHW, the layout in which ONNX convolves. */
export const nchw: Layout = [0, 3, 1, 2];

/** ONNX names of one tensor by the axis order in which each holds it; shared by all transposed views. */
interface Stored {
  readonly names: Map<string, { readonly name: string; readonly order: Layout }>;
}

/** What a value was computed from, as far as a later operator can fold it away. */
export type Origin =
  | { readonly kind: 'clamp'; readonly source: Value; readonly low: number; readonly high: number }
  | { readonly kind: 'scaled'; readonly source: Value; readonly by: Constant }
  | { readonly kind: 'negated'; readonly source: Value }
  | { readonly kind: 'absolute'; readonly source: Value }
  | { readonly kind: 'difference'; readonly left: Value; readonly right: Value }
  | {
      readonly kind: 'padded';
      readonly source: Value;
      readonly pads: readonly (readonly [number, number])[];
      readonly fill: number;
    }
  | { readonly kind: 'linear'; readonly linear: Linear };

/** A convolution or matrix product with a per-channel scale and shift after it, which later factors can join. */
export interface Linear {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** Emits the operator anew with these. */
  readonly rebuild: (scale: Float64Array, shift: Float64Array) => Value;
}

/** A tensor computed at run time. */
export interface Value {
  readonly kind: 'value';
  /** TF's shape; the batch is the symbolic one. */
  readonly dims: readonly number[];
  readonly dtype: DType;
  /** Logical axis i is axis view[i] of the stored tensor's own order. */
  readonly view: readonly number[];
  readonly stored: Stored;
  readonly origin?: Origin;
}

export type Operand = Value | Constant;

/** A new tensor that the ONNX graph has under `name` in `layout`. */
export function storedValue(
  name: string,
  dims: readonly number[],
  dtype: DType,
  layout: Layout,
  origin?: Origin,
): Value {
  const stored: Stored = { names: new Map([[layout.join(), { name, order: layout }]]) };
  return { kind: 'value', dims, dtype, view: range(dims.length), stored, ...(origin && { origin }) };
}

/** TF Transpose without any work: the same storage seen in another axis order. */
export function transposedView(value: Value, perm: readonly number[]): Value {
  const { origin: _, ...rest } = value;
  return { ...rest, dims: pick(value.dims, perm), view: pick(value.view, perm) };
}

/** The layouts under which the value exists, in order of making. */
export function layoutsOf(value: Value): Layout[] {
  const back = inverse(value.view);
  return [...value.stored.names.values()].map(({ order }) => pick(back, order));
}

/** The layout in which the value was first made. */
export function nativeLayout(value: Value): Layout {
  return layoutsOf(value)[0] ?? range(value.dims.length);
}

export function nameIn(value: Value, layout: Layout): string | undefined {
  return value.stored.names.get(pick(value.view, layout).join())?.name;
}

export function rememberName(value: Value, layout: Layout, name: string): void {
  const order = pick(value.view, layout);
  value.stored.names.set(order.join(), { name, order });
}

/** A layout that holds the elements in row-major order of the logical shape, if there is one already. */
export function rowMajorLayout(value: Value): Layout | undefined {
  return layoutsOf(value).find((layout) => keepsOrder(value.dims, layout));
}

/** The layout of the result when logical axes disappear. */
export function withoutAxes(layout: Layout, axes: readonly number[]): Layout {
  const kept = layout.filter((axis) => !axes.includes(axis));
  return kept.map((axis) => axis - axes.filter((gone) => gone < axis).length);
}

/** The layout of the result when logical axes appear (positions in the result), each stored at the same position. */
export function withAxes(layout: Layout, axes: readonly number[]): Layout {
  const rank = layout.length + axes.length;
  const old = range(rank).filter((axis) => !axes.includes(axis));
  const grown = pick(old, layout);
  for (const axis of axes) grown.splice(axis, 0, axis);
  return grown;
}

export function isNchw(layout: Layout): boolean {
  return sameList(layout, nchw);
}
