/** What the main thread and an inference worker say to each other. */

import type { ValueInfo } from './backend.ts';

/** Handed to a worker at birth. */
export interface WorkerSetup {
  /** File of the ONNX Runtime package to load. */
  readonly runtime: string;
}

/** Session options as ONNX Runtime takes them; plain data. */
export type PlainSessionOptions = Readonly<Record<string, unknown>>;

/** Names and shapes of an opened model. */
export interface ModelSignature {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}
