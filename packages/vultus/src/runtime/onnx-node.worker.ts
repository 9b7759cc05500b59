/** An inference worker: the only place where Node loads an ONNX runtime. */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import type { WorkerSetup } from './onnx-node.messages.ts';
import { OnnxSessions } from './onnx-node.sessions.ts';
import type { OrtModule } from './onnx-values.ts';
import { serve } from './serve-node.ts';

serve(
  loadRuntime(workerData as WorkerSetup).then((ort) => new OnnxSessions(ort)),
  { moved: buffersOf },
);

async function loadRuntime(setup: WorkerSetup): Promise<OrtModule> {
  const isModule = setup.runtime.endsWith('.mjs');
  const loaded: unknown = isModule
    ? await import(pathToFileURL(setup.runtime).href)
    : createRequire(import.meta.url)(setup.runtime);
  const ort = loaded as OrtModule;
  // Failures arrive as exceptions with the same words; the runtime's own log would only repeat them on the error stream.
  ort.env.logLevel = 'fatal';
  // Parallelism comes from workers; WebAssembly threads would each want a worker of their own.
  if (ort.env.wasm) ort.env.wasm.numThreads = 1;
  return ort;
}

/** The memory of a run's outputs. */
function buffersOf(answer: unknown): Set<ArrayBuffer> {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of Object.values((answer ?? {}) as Record<string, { readonly data?: unknown }>)) {
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) buffers.add(data.buffer);
  }
  return buffers;
}
