/** Tensors known at conversion time, with the packed form in which their file stored them. */
import { at, pick, product, range, sameList, stridesOf } from './dims.ts';

/** Element types of a TFJS graph that matter here; 64-bit integers count as `int32`. */
export type DType = 'float32' | 'int32' | 'bool';

/** How the source file stored a weight: half floats, or codes with value = code · scale + offset. */
export type Packing =
  | { readonly kind: 'half'; readonly codes: Uint16Array }
  | {
      readonly kind: 'affine';
      readonly codes: Uint8Array | Uint16Array;
      readonly scale: number;
      readonly offset: number;
    };

/** A constant. Integers lie in doubles, so that shape arithmetic with the symbolic batch stays exact. */
export interface Constant {
  readonly kind: 'constant';
  readonly dims: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Float64Array;
  readonly packing?: Packing;
}

export function constant(dims: readonly number[], dtype: DType, values: ArrayLike<number>): Constant {
  const count = product(dims);
  if (values.length !== count)
    throw new RangeError(`constant of shape [${dims}] needs ${count} values, got ${values.length}`);
  return {
    kind: 'constant',
    dims,
    dtype,
    data: dtype === 'float32' ? Float32Array.from(values) : Float64Array.from(values),
  };
}

/** A vector of integers. */
export function ints(values: readonly number[]): Constant {
  return constant([values.length], 'int32', values);
}

/** The same elements under another shape of equal size. */
export function reshapeConstant(source: Constant, dims: readonly number[]): Constant {
  if (product(dims) !== source.data.length) throw new RangeError(`cannot see [${source.dims}] as [${dims}]`);
  return { ...source, dims };
}

/** Result axis i is source axis perm[i]; keeps the packing. */
export function transposeConstant(source: Constant, perm: readonly number[]): Constant {
  if (sameList(perm, range(perm.length))) return source;
  const order = gatherOrder(source.dims, perm);
  const data = permuted(
    source.data,
    order,
    source.dtype === 'float32' ? new Float32Array(order.length) : new Float64Array(order.length),
  );
  const result: Constant = { kind: 'constant', dims: pick(source.dims, perm), dtype: source.dtype, data };
  const packing = source.packing;
  if (packing === undefined) return result;
  if (packing.kind === 'half') {
    return {
      ...result,
      packing: { kind: 'half', codes: permuted(packing.codes, order, new Uint16Array(order.length)) },
    };
  }
  const empty = packing.codes instanceof Uint8Array ? new Uint8Array(order.length) : new Uint16Array(order.length);
  return { ...result, packing: { ...packing, codes: permuted(packing.codes, order, empty) } };
}

function permuted<T extends Float32Array | Float64Array | Uint8Array | Uint16Array>(
  source: T,
  order: Uint32Array,
  into: T,
): T {
  for (let i = 0; i < order.length; i++) into[i] = source[order[i] ?? 0] ?? 0;
  return into;
}

/** For each element of the transposed tensor, its index in the source. Index loops: weights have millions of elements. */
function gatherOrder(dims: readonly number[], perm: readonly number[]): Uint32Array {
  const sizes = pick(dims, perm);
  const strides = pick(stridesOf(dims), perm);
  let order = new Uint32Array(1);
  for (const [axis, size] of sizes.entries()) {
    const stride = at(strides, axis);
    const next = new Uint32Array(order.length * size);
    let place = 0;
    for (const base of order) {
      for (let i = 0; i < size; i++) next[place++] = base + i * stride;
    }
    order = next;
  }
  return order;
}
