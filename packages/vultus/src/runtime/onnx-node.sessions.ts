/** The sessions of one inference worker, by number. */

import type { InferenceSession } from 'onnxruntime-node';
import { VultusError } from '../errors.ts';
import type { ModelSignature, PlainSessionOptions } from './onnx-node.messages.ts';
import { fromOrtResults, type OrtModule, toOrtFeeds, valueInfos } from './onnx-values.ts';
import { readSlab, type SlabTensors } from './slab.ts';
import type { Tensors } from './tensor.ts';

/** What an inference worker serves; its calls come one after another. */
export class OnnxSessions {
  readonly #ort: OrtModule;
  readonly #sessions = new Map<number, InferenceSession>();
  #slab: Uint8Array = new Uint8Array(0);
  #own = new Uint8Array(0);

  constructor(ort: OrtModule) {
    this.#ort = ort;
  }

  /** Opens a model under a number of the caller's. */
  async open(model: number, bytes: Uint8Array, options: PlainSessionOptions): Promise<ModelSignature> {
    const session = await this.#ort.InferenceSession.create(bytes, options);
    try {
      const signature = { inputs: valueInfos(session.inputMetadata), outputs: valueInfos(session.outputMetadata) };
      this.#sessions.set(model, session);
      return signature;
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * Runs a model on feeds that lie in the slab.
   * @param bytes of the slab that they take
   * @param slab where feeds lie from now on; undefined while it stays the same
   */
  async run(model: number, feeds: SlabTensors, bytes: number, slab?: SharedArrayBuffer): Promise<Tensors> {
    const own = this.#takeFeeds(feeds, bytes, slab);
    const session = this.#sessions.get(model);
    if (!session) throw new VultusError('CLOSED', 'the session was closed');
    return fromOrtResults(await session.run(toOrtFeeds(this.#ort, own)));
  }

  async release(model: number): Promise<void> {
    await this.#sessions.get(model)?.release();
    this.#sessions.delete(model);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }

  /** A run's feeds in memory of this thread, which is used again for each run: the runtime takes no shared memory. */
  #takeFeeds(feeds: SlabTensors, bytes: number, larger: SharedArrayBuffer | undefined): Tensors {
    if (larger) {
      this.#slab = new Uint8Array(larger);
      this.#own = new Uint8Array(larger.byteLength);
    }
    this.#own.set(this.#slab.subarray(0, bytes));
    return readSlab(this.#own.buffer, feeds);
  }
}
