/**
 * The backend seam: model bytes in, sessions out. Everything above it is free of any ONNX runtime.
 * Every implementation passes `backend.contract.ts`.
 */

import type { Tensors, TensorType } from './tensor.ts';

/** Words a user may name a device with; `auto` tries the best for the platform, then falls back to the CPU. */
export type DeviceName = 'auto' | 'cpu' | 'gpu' | 'cuda' | 'tensorrt' | 'coreml' | 'dml' | 'webgpu' | 'webnn' | 'wasm';

/** A device word, with an optional index as in `cuda:1`. */
export type Device = DeviceName | `${'cuda' | 'tensorrt' | 'dml'}:${number}`;

/** What a backend settled on, and why. */
export interface DeviceReport {
  /** The word the caller used. */
  readonly requested: Device;
  /** What sessions run on. */
  readonly actual: Exclude<DeviceName, 'auto' | 'gpu'>;
  /** Why it is not the first choice of `auto` or `gpu`; absent when it is. */
  readonly reason?: string;
}

/** Name, element type and shape of an input or output; a string or −1 stands for a free dimension. */
export interface ValueInfo {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly (number | string)[];
}

/** How one model is opened. */
export interface SessionOptions {
  /** Threads inside one operator; default 1 (parallelism comes from workers). */
  readonly threads?: number;
  /** Passed to the runtime's session config verbatim, e.g. `{'session.intra_op.allow_spinning': '0'}`. */
  readonly config?: Readonly<Record<string, string>>;
  /** For error messages: which model this is. */
  readonly label?: string;
}

/** One opened model. Safe to `run` from any number of callers at once. */
export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * Runs the model. Input arrays are only read; outputs are fresh arrays owned by the caller.
   * @throws VultusError `INFERENCE_FAILED` naming the model and the tensor; `ABORTED`; `CLOSED`.
   */
  run(feeds: Tensors, options?: { readonly signal?: AbortSignal | undefined }): Promise<Tensors>;
  /** Frees the model; twice is harmless. */
  close(): Promise<void>;
}

/** A place where models run. */
export interface Backend {
  /** `onnxruntime-node`, `onnxruntime-web`, `fake`, … */
  readonly name: string;
  readonly device: DeviceReport;
  /** How many runs can proceed at the same time; callers may split a batch into that many parts. */
  readonly concurrency: number;
  /**
   * Opens a model. The bytes are kept to open it again elsewhere: do not change them while the session is open.
   * @throws VultusError `MODEL_INVALID` when the bytes are no model the runtime can open.
   */
  load(model: Uint8Array, options?: SessionOptions): Promise<Session>;
  /** Ends all sessions and threads; twice is harmless. */
  close(): Promise<void>;
}
