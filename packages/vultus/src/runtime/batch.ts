/** Runs a batch of any size: cut along the first dimension, run side by side, joined again in order. */

import { VultusError } from '../errors.ts';
import type { Session, ValueInfo } from './backend.ts';
import { elementCount, type Tensor, type Tensors, tensorArrays } from './tensor.ts';

/** How {@link runBatched} cuts. */
export interface BatchOptions {
  /** Most rows in one run; default 16. Models whose first dimension is fixed at 1 always run row by row. */
  readonly maxBatch?: number;
  /** Parts that may run at the same time, normally the backend's `concurrency`; default 1. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `session` over feeds whose first dimension is the batch, any number of rows, zero included.
 * The result equals running the rows one by one and stacking the outputs.
 * @param feeds tensors of shape [rows, …], the same number of rows in each
 * @returns outputs of shape [rows, …]
 * @throws VultusError `INFERENCE_FAILED` when feeds disagree on the rows or an output has no row per input row
 */
export async function runBatched(session: Session, feeds: Tensors, options: BatchOptions = {}): Promise<Tensors> {
  const rows = commonRows(feeds);
  if (rows === 0) return emptyOutputs(session.outputs);
  const { signal } = options;
  const parts = splitRows(rows, largestPart(session, options.maxBatch ?? 16), options.concurrency ?? 1);
  if (parts.length === 1) return session.run(feeds, { signal });
  const results = new Array<Tensors>(parts.length);
  let next = 0;
  const runner = async () => {
    for (let index = next++; index < parts.length; index = next++) {
      const part = parts[index];
      if (part) results[index] = await session.run(sliceFeeds(feeds, part.start, part.end), { signal });
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency ?? 1, parts.length) }, runner));
  return joinOutputs(results, parts);
}

/** Rows [start, end) of a batch. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** Cuts `rows` into equal parts (sizes differ by one at most): enough to keep every lane busy, none above `maxBatch`. */
export function splitRows(rows: number, maxBatch: number, concurrency: number): Part[] {
  const lanes = Math.max(1, Math.floor(concurrency));
  const needed = Math.ceil(rows / Math.max(1, Math.floor(maxBatch)));
  const count = Math.min(rows, Math.ceil(needed / lanes) * lanes);
  return Array.from({ length: count }, (_, index) => ({
    start: Math.floor((index * rows) / count),
    end: Math.floor(((index + 1) * rows) / count),
  }));
}

function largestPart(session: Session, maxBatch: number): number {
  const fixedAtOne = session.inputs.some((input) => input.dims[0] === 1);
  return fixedAtOne ? 1 : maxBatch;
}

function commonRows(feeds: Tensors): number {
  const entries = Object.entries(feeds);
  const rows = entries[0]?.[1].dims[0] ?? 0;
  const odd = entries.find(([, tensor]) => tensor.dims[0] !== rows);
  if (odd) {
    throw new VultusError(
      'INFERENCE_FAILED',
      `Feed "${odd[0]}" has ${odd[1].dims[0] ?? 'no'} rows where "${entries[0]?.[0]}" has ${rows}; every feed needs one row per item`,
      { details: { tensor: odd[0] } },
    );
  }
  return rows;
}

function sliceFeeds(feeds: Tensors, start: number, end: number): Tensors {
  const slices: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(feeds)) {
    const row = elementCount(tensor.dims.slice(1));
    const data = tensor.data.subarray(start * row, end * row);
    slices[name] = { type: tensor.type, dims: [end - start, ...tensor.dims.slice(1)], data } as Tensor;
  }
  return slices;
}

function joinOutputs(results: readonly Tensors[], parts: readonly Part[]): Tensors {
  const joined: Record<string, Tensor> = {};
  for (const [name, first] of Object.entries(results[0] ?? {})) {
    const pieces = results.map((result) => result[name]);
    const shape = first.dims.slice(1);
    const rows = parts[parts.length - 1]?.end ?? 0;
    const data = new tensorArrays[first.type](rows * elementCount(shape));
    for (const [index, piece] of pieces.entries()) {
      const part = parts[index];
      if (!part || !piece || piece.dims[0] !== part.end - part.start || piece.dims.slice(1).join() !== shape.join()) {
        const got = piece ? `[${piece.dims.join(', ')}]` : 'nothing';
        throw new VultusError(
          'INFERENCE_FAILED',
          `Output "${name}" has no row per input row: part ${index} gave ${got}`,
          {
            details: { tensor: name },
          },
        );
      }
      // The element types agree because all pieces come from one output of one model.
      (data as Float32Array).set(piece.data as Float32Array, part.start * elementCount(shape));
    }
    joined[name] = { type: first.type, dims: [rows, ...shape], data } as Tensor;
  }
  return joined;
}

function emptyOutputs(outputs: readonly ValueInfo[]): Tensors {
  const empty: Record<string, Tensor> = {};
  for (const { name, type, dims } of outputs) {
    const shape = dims.slice(1).map((size) => (typeof size === 'number' && size >= 0 ? size : 0));
    empty[name] = { type, dims: [0, ...shape], data: new tensorArrays[type](0) } as Tensor;
  }
  return empty;
}
