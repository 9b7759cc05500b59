/** An inference worker: the only place where Node loads an ONNX runtime. Holds sessions by number and runs them one at a time. */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import { VultusError } from '../errors.ts';
import type { ModelSignature, WorkerReply, WorkerRequest, WorkerSetup } from './onnx-node.messages.ts';
import { fromOrtResults, type OrtModule, toOrtFeeds, valueInfos } from './onnx-values.ts';
import { readSlab } from './slab.ts';
import type { Tensors } from './tensor.ts';

const port = parentPort;
if (!port) throw new Error('This file is a worker; open it with new Worker()');

const sessions = new Map<number, InferenceSession>();
let slab: Uint8Array = new Uint8Array(0);
let own = new Uint8Array(0);
const runtime = loadRuntime(workerData as WorkerSetup);

runtime.then(
  () => reply({ id: -1, ok: true, value: undefined }),
  (error: unknown) => reply(failure(-1, error)),
);

// One after another: a session must not be released while the runtime still holds it for a run.
let last: Promise<void> = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  last = last
    .then(() => answer(request))
    .then(
      (value) => reply({ id: request.id, ok: true, value }),
      (error: unknown) => reply(failure(request.id, error)),
    );
});

async function answer(request: WorkerRequest): Promise<ModelSignature | Tensors | undefined> {
  const ort = await runtime;
  switch (request.kind) {
    case 'open':
      return openModel(ort, request.model, request.bytes, request.options);
    case 'run': {
      const feeds = takeFeeds(request);
      const session = sessions.get(request.model);
      if (!session) throw new VultusError('CLOSED', 'the session was closed');
      return fromOrtResults(await session.run(toOrtFeeds(ort, feeds)));
    }
    case 'close':
      await sessions.get(request.model)?.release();
      sessions.delete(request.model);
      return undefined;
    case 'exit':
      for (const session of sessions.values()) await session.release();
      sessions.clear();
      return undefined;
  }
}

/** A run's feeds in memory of this thread, which is used again for each run: the runtime takes no shared memory. */
function takeFeeds({ feeds, bytes, slab: larger }: Extract<WorkerRequest, { kind: 'run' }>): Tensors {
  if (larger) {
    slab = new Uint8Array(larger);
    own = new Uint8Array(larger.byteLength);
  }
  own.set(slab.subarray(0, bytes));
  return readSlab(own.buffer, feeds);
}

async function openModel(
  ort: OrtModule,
  model: number,
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<ModelSignature> {
  const session = await ort.InferenceSession.create(bytes, options);
  try {
    const signature = { inputs: valueInfos(session.inputMetadata), outputs: valueInfos(session.outputMetadata) };
    sessions.set(model, session);
    return signature;
  } catch (error) {
    await session.release();
    throw error;
  }
}

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

/** Sends outputs by moving them. */
function reply(message: WorkerReply): void {
  port?.postMessage(message, [...buffersOf(message.ok ? (message.value ?? {}) : {})]);
}

function buffersOf(tensors: Tensors | ModelSignature): Set<ArrayBuffer> {
  const buffers = new Set<ArrayBuffer>();
  for (const tensor of Object.values(tensors)) {
    const data: unknown = tensor.data;
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) buffers.add(data.buffer);
  }
  return buffers;
}

function failure(id: number, error: unknown): WorkerReply {
  const code = error instanceof VultusError ? error.code : undefined;
  return { id, ok: false, code, message: error instanceof Error ? error.message : String(error) };
}
