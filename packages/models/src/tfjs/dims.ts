/** Shapes, permutations and the symbolic batch: the arithmetic that every operator shares. */

/**
 * Stands for the free batch size N in shapes and in folded shape arithmetic.
 * A prime far above any real dimension, so that `k·N` is recognised as a multiple of it and exact in a double.
 */
export const BATCH = 1_000_003;

/** True when the dimension depends on the batch size. */
export function isBatch(dim: number): boolean {
  return dim !== 0 && dim % BATCH === 0;
}

/** `list[index]`, negative from the end; throws where there is none. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  const value = list[index < 0 ? index + list.length : index];
  if (value === undefined) throw new RangeError(`index ${index} of a list of ${list.length}`);
  return value;
}

export function product(dims: Iterable<number>): number {
  let total = 1;
  for (const dim of dims) total *= dim;
  return total;
}

/** 0 … count − 1: the identity permutation. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** result[i] = list[perm[i]]. */
export function pick<T>(list: readonly T[], perm: readonly number[]): T[] {
  return perm.map((axis) => at(list, axis));
}

export function inverse(perm: readonly number[]): number[] {
  const result = new Array<number>(perm.length).fill(0);
  perm.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}

/** Row-major strides of a shape, in elements. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = at(strides, i + 1) * at(dims, i + 1);
  return strides;
}

/** True when storing the axes in this order leaves the elements where row-major order has them (only 1-sized axes move). */
export function keepsOrder(dims: readonly number[], layout: readonly number[]): boolean {
  const real = layout.filter((axis) => at(dims, axis) !== 1);
  return real.every((axis, i) => i === 0 || at(real, i - 1) < axis);
}

/** NumPy broadcasting of two shapes; `undefined` where they do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    result.push(x === 1 ? y : x);
  }
  return result;
}

/** Axes as TF writes them (negative from the end) → sorted, non-negative. */
export function normalAxes(axes: Iterable<number>, rank: number): number[] {
  return [...axes].map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
}
