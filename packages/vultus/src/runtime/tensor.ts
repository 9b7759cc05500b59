/** Tensors as they cross the backend seam: a type, dimensions, a flat typed array in row-major order. */

/** The arrays that hold tensor elements. */
export interface TensorArrays {
  float32: Float32Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

/** Element types that models of this project use. */
export type TensorType = keyof TensorArrays;

/** A dense tensor, row-major; `data.length` is the product of `dims`. */
export interface Tensor<T extends TensorType = TensorType> {
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: TensorArrays[T];
}

/** Tensors by input or output name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** The array class of each element type. */
export const tensorArrays = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const satisfies { [T in TensorType]: new (length: number) => TensorArrays[T] };

/** True for the element types that models of this project may use. */
export function isTensorType(type: string): type is TensorType {
  return Object.hasOwn(tensorArrays, type);
}

/** Number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}
