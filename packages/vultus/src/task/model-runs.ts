/** Runs of models over the crops of one picture: tasks that show a model the same pixels share one run. */

import { VultusError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { imagesToTensor } from '../image/tensor.ts';
import { nextTurn } from '../image/turns.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { runBatched } from '../runtime/batch.ts';
import { BufferStore } from '../runtime/buffers.ts';
import { elementCount, type Tensor, type Tensors, tensorArrays } from '../runtime/tensor.ts';
import { openModel, type TaskHost } from './host.ts';
import type { Crop } from './task.ts';

/** Where the outputs for one crop stand. */
interface Row {
  readonly outputs: Tensors;
  readonly row: number;
}

/** What models said of the crops of a picture, each crop shown to a model once however many tasks ask. */
export class ModelRuns {
  readonly #host: TaskHost;
  readonly #signal: AbortSignal | undefined;
  /** By model and crop. Crops are told apart as objects: the shelf hands out the same one for the same pixels. */
  readonly #rows = new Map<string, Map<Crop, Promise<Row>>>();

  constructor(host: TaskHost, signal: AbortSignal | undefined) {
    this.#host = host;
    this.#signal = signal;
  }

  /** The outputs of a model for crops, in their order; those that it has not seen are run as one batch. */
  rows(entry: ModelEntry, crops: readonly Crop[]): Promise<Row[]> {
    const seen = this.#rows.get(entry.id) ?? new Map<Crop, Promise<Row>>();
    this.#rows.set(entry.id, seen);
    const fresh = [...new Set(crops)].filter((crop) => !seen.has(crop));
    if (fresh.length > 0) {
      const images = fresh.map(({ image }) => image);
      const running = this.#run(images, entry);
      for (const [row, crop] of fresh.entries())
        seen.set(
          crop,
          running.then((outputs) => ({ outputs, row })),
        );
    }
    return Promise.all(crops.map((crop) => seen.get(crop) as Promise<Row>));
  }

  async #run(images: readonly Image[], entry: ModelEntry): Promise<Tensors> {
    const session = await openModel(this.#host, entry).session();
    await nextTurn();
    const tensor = imagesToTensor(images, entry.input, { allocate: spareFloats });
    const feeds = { [entry.input.name]: tensor };
    const outputs = await runBatched(session, feeds, { concurrency: this.#host.concurrency, signal: this.#signal });
    // Only of a run that ended well is it certain that nobody reads its input any more.
    spareBuffers.give(tensor.data.buffer as ArrayBuffer);
    return outputs;
  }
}

/** Inputs of tasks come in a few sizes: used again, they cost no fresh pages and leave no garbage. */
const spareBuffers = new BufferStore(16_000_000);

function spareFloats(length: number): Float32Array {
  return new Float32Array(spareBuffers.take(length * Float32Array.BYTES_PER_ELEMENT));
}

/**
 * Rows under the decoder's own names, stacked along a first dimension; `single`: one row, without that dimension.
 * @throws VultusError `MODEL_INVALID` when the model lacks an output of its entry
 */
export function outputsOf(rows: readonly Row[], entry: ModelEntry, single: boolean): Tensors {
  const [first] = rows;
  if (first === undefined) return {};
  const named = Object.entries(entry.outputs).map(([name, output]) => {
    const pieces = rows.map(({ outputs, row }) => pieceOf(outputs[output], row, entry, output));
    const { type, dims } = pieces[0] as Tensor;
    const size = elementCount(dims);
    const data = new tensorArrays[type](pieces.length * size);
    // All pieces come from one output of one model: their types agree.
    for (const [at, piece] of pieces.entries()) (data as Float32Array).set(piece.data as Float32Array, at * size);
    return [name, { type, dims: single ? dims : [pieces.length, ...dims], data } as Tensor] as const;
  });
  return Object.fromEntries(named);
}

function pieceOf(tensor: Tensor | undefined, row: number, { id }: ModelEntry, output: string): Tensor {
  if (tensor === undefined) {
    throw new VultusError('MODEL_INVALID', `Model ${id}: expected an output "${output}", got none`);
  }
  const dims = tensor.dims.slice(1);
  const size = elementCount(dims);
  return { type: tensor.type, dims, data: tensor.data.subarray(row * size, (row + 1) * size) } as Tensor;
}
