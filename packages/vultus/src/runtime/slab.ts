/**
 * A slab: the shared memory through which feeds reach an inference worker. Buffers that move to a worker and back count as
 * fresh memory at each crossing and have the garbage collector mark the whole heap for nearly every picture; a slab stays.
 */

import { elementCount, type Tensor, type Tensors, type TensorType, tensorArrays } from './tensor.ts';

/** A tensor whose elements lie in a slab. */
export interface SlabTensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  /** First byte of its elements. */
  readonly at: number;
}

/** Tensors in a slab, by name. */
export type SlabTensors = Readonly<Record<string, SlabTensor>>;

/** Elements of every type may start at a multiple of this. */
const alignment = 8;

/** Bytes that feeds take in a slab. */
export function slabBytes(feeds: Tensors): number {
  return Object.values(feeds).reduce((sum, { data }) => sum + aligned(data.byteLength), 0);
}

/** Copies feeds into a slab of at least {@link slabBytes}, one after the other. */
export function writeSlab(slab: ArrayBufferLike, feeds: Tensors): SlabTensors {
  const bytes = new Uint8Array(slab);
  const placed: Record<string, SlabTensor> = {};
  let at = 0;
  for (const [name, { type, dims, data }] of Object.entries(feeds)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    placed[name] = { type, dims: [...dims], at };
    at += aligned(data.byteLength);
  }
  return placed;
}

/** The tensors of a slab, or of memory with a copy of its bytes; the arrays are views. */
export function readSlab(memory: ArrayBufferLike, placed: SlabTensors): Tensors {
  const tensors: Record<string, Tensor> = {};
  for (const [name, { type, dims, at }] of Object.entries(placed)) {
    // The array's class is the type's own.
    tensors[name] = {
      type,
      dims,
      data: new tensorArrays[type](memory as ArrayBuffer, at, elementCount(dims)),
    } as Tensor;
  }
  return tensors;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
