/** What the main thread and an inference worker say to each other. */

import type { ErrorCode } from '../errors.ts';
import type { ValueInfo } from './backend.ts';
import type { SlabTensors } from './slab.ts';
import type { Tensors } from './tensor.ts';

/** Handed to a worker at birth. */
export interface WorkerSetup {
  /** File of the ONNX Runtime package to load. */
  readonly runtime: string;
}

/** Session options as ONNX Runtime takes them; plain data. */
export type PlainSessionOptions = Readonly<Record<string, unknown>>;

/** A request; the worker answers each with one {@link WorkerReply} of the same `id`. */
export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'open'; readonly model: number; readonly bytes: Uint8Array; readonly options: PlainSessionOptions }
  | {
      readonly kind: 'run';
      readonly model: number;
      readonly feeds: SlabTensors;
      /** Bytes of the slab that they take. */
      readonly bytes: number;
      /** Where feeds lie from now on; absent while it stays the same. */
      readonly slab?: SharedArrayBuffer;
    }
  | { readonly kind: 'close'; readonly model: number }
  | { readonly kind: 'exit' }
);

/** Names and shapes of an opened model. */
export interface ModelSignature {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** The answer to one request; `id` −1 reports on loading the runtime itself. */
export type WorkerReply = { readonly id: number } & (
  | { readonly ok: true; readonly value: ModelSignature | Tensors | undefined }
  | { readonly ok: false; readonly code: ErrorCode | undefined; readonly message: string }
);
