/** One inference worker as the main thread sees it: the models open in it, and the slab through which feeds reach it. */

import { type ErrorCode, VultusError } from '../errors.ts';
import type { ModelSignature, PlainSessionOptions, WorkerSetup } from './onnx-node.messages.ts';
import type { OnnxSessions } from './onnx-node.sessions.ts';
import { slabBytes, writeSlab } from './slab.ts';
import type { Tensors } from './tensor.ts';
import { type Failure, Thread } from './thread-node.ts';

/** What calls of an {@link InferenceThread} reject with when the worker answered with an error. */
export class WorkerFailure extends Error {
  readonly code: ErrorCode | undefined;
  constructor({ message, code }: Failure) {
    super(message);
    this.code = code;
  }
}

/** A worker thread with its sessions. */
export class InferenceThread {
  /** Numbers of the models open in this thread. */
  readonly models = new Set<number>();
  readonly #thread: Thread<OnnxSessions>;
  /** Where the feeds of its runs are put, one run at a time. */
  #slab = new SharedArrayBuffer(0);

  /**
   * @param file the worker's compiled JavaScript
   * @param onEnd called once when the thread is gone, for whatever reason
   */
  constructor(file: string | URL, setup: WorkerSetup, onEnd: () => void) {
    this.#thread = new Thread<OnnxSessions>({
      file,
      data: setup,
      name: 'vultus-onnx',
      lost: (cause) => new Error(`the inference worker failed: ${cause.message}`, { cause }),
      refused: (failure) => new WorkerFailure(failure),
      onEnd,
    });
  }

  /** Settles once the runtime is loaded; rejects when it cannot be. */
  ready(): Promise<void> {
    return this.#thread.ready();
  }

  /** Opens a model under a number. */
  async open(model: number, bytes: Uint8Array, options: PlainSessionOptions): Promise<ModelSignature> {
    // Not slice(): that of a Buffer is a view, and moving it would take the caller's bytes away.
    const own = new Uint8Array(bytes);
    const signature = await this.#thread.send('open', [model, own, options], [own.buffer]);
    this.models.add(model);
    return signature;
  }

  /** Runs a model; one run at a time. Feeds are copied to the slab, a larger one where they need it. */
  run(model: number, tensors: Tensors): Promise<Tensors> {
    const bytes = slabBytes(tensors);
    const fits = bytes <= this.#slab.byteLength;
    if (!fits) this.#slab = new SharedArrayBuffer(bytes);
    const feeds = writeSlab(this.#slab, tensors);
    return this.#thread.call('run', model, feeds, bytes, ...(fits ? [] : [this.#slab]));
  }

  /** Closes a model; false when it is not open here. */
  async release(model: number): Promise<boolean> {
    if (!this.models.delete(model)) return false;
    // A thread that dies meanwhile has freed the model, too.
    await this.#thread.call('release', model).catch(() => undefined);
    return true;
  }

  /** Lets the thread finish what it was asked, free its sessions and end. */
  close(): Promise<void> {
    return this.#thread.close(new VultusError('CLOSED', 'The backend was closed; open a new one'));
  }
}

/** Wraps what a thread rejected with: its own code when it gave one, else `fallback`; our own errors pass unchanged. */
export function threadError(
  error: unknown,
  fallback: ErrorCode,
  intro: string,
  details: Record<string, unknown>,
): VultusError {
  if (error instanceof VultusError) return error;
  const code = error instanceof WorkerFailure ? (error.code ?? fallback) : fallback;
  const reason = error instanceof Error ? error.message : String(error);
  return new VultusError(code, `${intro}: ${reason}`, { cause: error, details });
}
