/** An ONNX model in memory: plain data that recipes read, edit and build, free of protobuf. */

/** Element types that the models of this project use; the names are those of typed arrays. */
export type OnnxType =
  | 'float32'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'float16'
  | 'float64'
  | 'uint32'
  | 'uint64';

/** A constant: row-major, little-endian bytes; `data.length` = product of `dims` × bytes of `type`. */
export interface OnnxTensor {
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/** An attribute value, tagged by its protobuf kind. */
export type OnnxAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

/** One operator. An empty input name means "optional input absent". */
export interface OnnxNode {
  op: string;
  name: string;
  /** Operator set; absent for the default one. */
  domain?: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, OnnxAttribute>;
}

/** A graph input or output; a string is a free dimension's symbol. */
export interface OnnxValue {
  name: string;
  type: OnnxType;
  dims: (number | string)[];
}

/** Nodes in topological order, and the constants by name. */
export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  initializers: Map<string, OnnxTensor>;
}

/** A model: a graph and the operator-set version it is written in. */
export interface OnnxModel {
  opset: number;
  graph: OnnxGraph;
}

/** Makes an `int` attribute. */
export function int(value: number): OnnxAttribute {
  return { kind: 'int', value };
}

/** Makes a `float` attribute (stored as float32). */
export function float(value: number): OnnxAttribute {
  return { kind: 'float', value };
}

/** Makes a `string` attribute. */
export function string(value: string): OnnxAttribute {
  return { kind: 'string', value };
}

/** Makes an `ints` attribute. */
export function ints(...value: readonly number[]): OnnxAttribute {
  return { kind: 'ints', value };
}

/** A float32 constant; `dims` defaults to one dimension, `[]` makes a scalar. */
export function float32Tensor(values: ArrayLike<number>, dims: readonly number[] = [values.length]): OnnxTensor {
  return { type: 'float32', dims, data: bytesOf(Float32Array.from(values)) };
}

/** An int64 constant (the type of shapes, axes and indices); `dims` as in {@link float32Tensor}. */
export function int64Tensor(values: ArrayLike<number>, dims: readonly number[] = [values.length]): OnnxTensor {
  return { type: 'int64', dims, data: bytesOf(BigInt64Array.from(values, (value) => BigInt(value))) };
}

/** A float16 constant from float32 values, rounded to nearest even. */
export function float16Tensor(values: ArrayLike<number>, dims: readonly number[] = [values.length]): OnnxTensor {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) halves[i] = toHalf(values[i] ?? 0);
  return { type: 'float16', dims, data: bytesOf(halves) };
}

/** The elements of a constant as JavaScript numbers (float16 decoded; int64 must be safe integers or are clamped). */
export function tensorValues(tensor: OnnxTensor): Float32Array | Float64Array | Int32Array {
  const { type } = tensor;
  // A copy by constructor: slice() of a Buffer would be a view at an odd offset.
  const data = new Uint8Array(tensor.data).buffer;
  if (type === 'float32') return new Float32Array(data);
  if (type === 'float16') return Float32Array.from(new Uint16Array(data), fromHalf);
  if (type === 'float64') return new Float64Array(data);
  if (type === 'int64') return Float64Array.from(new BigInt64Array(data), Number);
  if (type === 'uint64') return Float64Array.from(new BigUint64Array(data), Number);
  if (type === 'int32') return new Int32Array(data);
  if (type === 'uint32') return Float64Array.from(new Uint32Array(data));
  if (type === 'int16') return Int32Array.from(new Int16Array(data));
  if (type === 'uint16') return Int32Array.from(new Uint16Array(data));
  if (type === 'int8') return Int32Array.from(new Int8Array(data));
  return Int32Array.from(new Uint8Array(data));
}

/** Product of the dimensions: 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

function bytesOf(array: Float32Array | BigInt64Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** IEEE 754 half → number. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const scratchFloat = new Float32Array(1);
const scratchBits = new Uint32Array(scratchFloat.buffer);

/** Number → IEEE 754 half, to nearest even; overflow becomes infinity. */
export function toHalf(value: number): number {
  scratchFloat[0] = value;
  const bits = scratchBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundHalfEven(Math.abs(value) * 2 ** 24);
  const rebased = magnitude - 0x38000000;
  const rounded = (rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13;
  return sign | rounded;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
}
