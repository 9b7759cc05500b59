/** The web backend: ONNX models through onnxruntime-web, in browsers and, for one run at a time, in plain Node. */

import type { InferenceSession } from 'onnxruntime-web';
import { throwIfAborted, VultusError } from '../errors.ts';
import { whenAborted } from './abort.ts';
import type { Backend, Device, DeviceReport, Session, SessionOptions } from './backend.ts';
import { type ConcreteDevice, deviceUnavailable, executionProviders, parseDevice } from './devices.ts';
import { checkFeeds } from './feeds.ts';
import { fromOrtResults, type OrtModule, toOrtFeeds, valueInfos } from './onnx-values.ts';
import { type Tensor, type Tensors, tensorArrays } from './tensor.ts';

/** How the web backend is opened; every field is optional. */
export interface WebBackendOptions {
  /** Default `auto`, which is `wasm`: WebGPU and WebNN are used when asked for. */
  readonly device?: Device;
  /** WebAssembly threads; default half the cores, 4 at most. Counts only on pages that are cross-origin isolated, else 1. */
  readonly threads?: number;
  /**
   * Where the runtime's `.wasm` and `.mjs` files are served: a URL prefix ending in `/`, or one URL each.
   * Default: beside the runtime's own module, where bundlers and import maps put them. Never a CDN.
   */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  /**
   * Compute in a Web Worker, so that the page stays responsive; default true on a page, false in a worker or Node.
   * WebAssembly only. As `threads` and `wasmPaths`, it is settled by the first backend that a page opens.
   */
  readonly background?: boolean;
  /** Session config entries for every model, verbatim. */
  readonly config?: Readonly<Record<string, string>>;
}

type WebModule = OrtModule & typeof import('onnxruntime-web');

/** A runtime module and the one line in which everything it does stands: WebAssembly sessions must not overlap. */
interface Runtime {
  readonly ort: WebModule;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Opens the web backend.
 * @throws VultusError `DEVICE_UNAVAILABLE` for a named device that does not open; `DEPENDENCY_MISSING` without onnxruntime-web;
 *   `INVALID_ARGUMENT` for an unknown device
 */
export async function openWebBackend(options: WebBackendOptions = {}): Promise<Backend> {
  const requested = options.device ?? 'auto';
  const report = await chooseDevice(requested);
  const runtime = await loadRuntime(report.actual);
  const { wasm } = runtime.ort.env;
  wasm.numThreads = globalThis.crossOriginIsolated ? (options.threads ?? defaultThreads()) : 1;
  if (options.wasmPaths !== undefined) wasm.wasmPaths = options.wasmPaths;
  wasm.proxy = report.actual === 'wasm' && (options.background ?? typeof document !== 'undefined');
  return new OnnxWebBackend(runtime, report, options);
}

async function chooseDevice(requested: Device): Promise<DeviceReport> {
  const { word } = parseDevice(requested);
  switch (word) {
    case 'wasm':
      return { requested, actual: 'wasm' };
    case 'cpu':
      return { requested, actual: 'wasm', reason: 'onnxruntime-web reaches the CPU through WebAssembly' };
    case 'auto':
      return {
        requested,
        actual: 'wasm',
        reason: 'webgpu and webnn are experimental in onnxruntime-web: name them to use them',
      };
    case 'gpu':
    case 'webgpu': {
      const problem = await webgpuProblem();
      if (problem) throw deviceUnavailable(requested, [problem], ['wasm']);
      return { requested, actual: 'webgpu' };
    }
    case 'webnn':
      if (!('ml' in (globalThis.navigator ?? {})))
        throw deviceUnavailable(requested, ['this browser has no WebNN'], ['wasm']);
      return { requested, actual: 'webnn' };
    default:
      throw deviceUnavailable(requested, ['it does not exist in onnxruntime-web'], ['wasm']);
  }
}

async function webgpuProblem(): Promise<string | undefined> {
  // The DOM library of this compiler does not know navigator.gpu.
  const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined)?.gpu;
  if (!gpu) return 'this environment has no WebGPU';
  const adapter = await gpu.requestAdapter().catch(() => undefined);
  return adapter ? undefined : 'WebGPU found no adapter';
}

function defaultThreads(): number {
  return Math.min(4, Math.ceil((globalThis.navigator?.hardwareConcurrency ?? 1) / 2));
}

const runtimes = new Map<string, Promise<Runtime>>();

/** Loads the small WebAssembly build, or the larger one that also has WebGPU and WebNN; each once per page. */
function loadRuntime(device: ConcreteDevice): Promise<Runtime> {
  const name = device === 'wasm' ? 'onnxruntime-web/wasm' : 'onnxruntime-web/webgpu';
  const known = runtimes.get(name);
  if (known) return known;
  const loading = importRuntime(device, name);
  runtimes.set(name, loading);
  loading.catch(() => runtimes.delete(name));
  return loading;
}

async function importRuntime(device: ConcreteDevice, name: string): Promise<Runtime> {
  try {
    // Two literal imports, so that bundlers see both and load one.
    const loaded: unknown =
      device === 'wasm' ? await import('onnxruntime-web/wasm') : await import('onnxruntime-web/webgpu');
    const ort = loaded as WebModule;
    ort.env.logLevel = 'fatal';
    return { ort, inTurn: turns() };
  } catch (cause) {
    throw new VultusError('DEPENDENCY_MISSING', `${name} cannot be loaded; run "npm install onnxruntime-web"`, {
      cause,
    });
  }
}

function turns(): Runtime['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

class OnnxWebBackend implements Backend {
  readonly name = 'onnxruntime-web';
  readonly concurrency = 1;
  readonly device: DeviceReport;
  readonly #runtime: Runtime;
  readonly #options: WebBackendOptions;
  readonly #sessions = new Set<OnnxWebSession>();
  #closed = false;

  constructor(runtime: Runtime, report: DeviceReport, options: WebBackendOptions) {
    this.#runtime = runtime;
    this.device = report;
    this.#options = options;
  }

  async load(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
    this.#refuseClosed();
    const label = options.label ?? 'without label';
    const session = await this.#runtime
      .inTurn(() => this.#open(bytes, label, options))
      .catch((cause: unknown) => {
        if (cause instanceof VultusError && cause.code !== 'MODEL_INVALID') throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new VultusError('MODEL_INVALID', `Model ${label} cannot be opened: ${reason}`, {
          cause,
          details: { model: label },
        });
      });
    this.#sessions.add(session);
    return session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.close()));
    this.#sessions.clear();
  }

  async #open(bytes: Uint8Array, label: string, options: SessionOptions): Promise<OnnxWebSession> {
    this.#refuseClosed();
    const raw = await this.#runtime.ort.InferenceSession.create(ownBytes(this.#runtime, bytes), {
      executionProviders: webProviders(this.device.actual),
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
      extra: { ...this.#options.config, ...options.config },
    });
    try {
      return new OnnxWebSession(this.#runtime, raw, label, (session) => this.#sessions.delete(session));
    } catch (error) {
      await raw.release();
      throw error;
    }
  }

  #refuseClosed(): void {
    if (this.#closed) throw new VultusError('CLOSED', 'The backend was closed; open a new one');
  }
}

function webProviders(device: ConcreteDevice): InferenceSession.ExecutionProviderConfig[] {
  // On the web the CPU provider goes by the name of WebAssembly.
  return executionProviders(device, 0).map((provider) => (provider === 'cpu' ? 'wasm' : provider)) as string[];
}

class OnnxWebSession implements Session {
  readonly inputs: Session['inputs'];
  readonly outputs: Session['outputs'];
  readonly #runtime: Runtime;
  readonly #raw: InferenceSession;
  readonly #label: string;
  readonly #onClose: (session: OnnxWebSession) => void;
  #closing: Promise<void> | undefined;

  constructor(runtime: Runtime, raw: InferenceSession, label: string, onClose: (session: OnnxWebSession) => void) {
    this.#runtime = runtime;
    this.#raw = raw;
    this.#label = label;
    this.#onClose = onClose;
    this.inputs = valueInfos(raw.inputMetadata);
    this.outputs = valueInfos(raw.outputMetadata);
  }

  async run(feeds: Tensors, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Tensors> {
    throwIfAborted(signal);
    if (this.#closing) throw new VultusError('CLOSED', `The session of model ${this.#label} was closed`);
    checkFeeds(this.#label, this.inputs, feeds);
    return abortable(
      this.#runtime.inTurn(() => this.#run(feeds, signal)),
      signal,
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#runtime.inTurn(() => this.#raw.release());
    this.#onClose(this);
    return this.#closing;
  }

  async #run(feeds: Tensors, signal: AbortSignal | undefined): Promise<Tensors> {
    throwIfAborted(signal);
    try {
      return fromOrtResults(await this.#raw.run(toOrtFeeds(this.#runtime.ort, ownFeeds(this.#runtime, feeds))));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `Model ${this.#label} failed to run: ${reason}`;
      throw new VultusError('INFERENCE_FAILED', message, { cause, details: { model: this.#label } });
    }
  }
}

/** With a worker in between, the runtime moves arrays there instead of copying them; the caller's must stay. */
function ownBytes({ ort }: Runtime, bytes: Uint8Array): Uint8Array {
  return ort.env.wasm.proxy ? new Uint8Array(bytes) : bytes;
}

function ownFeeds({ ort }: Runtime, feeds: Tensors): Tensors {
  if (!ort.env.wasm.proxy) return feeds;
  const copies: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(feeds)) {
    // The cast picks one of the overloads, all of which copy.
    const data = new tensorArrays[tensor.type](tensor.data as Float32Array & BigInt64Array);
    copies[name] = { ...tensor, data } as Tensor;
  }
  return copies;
}

/** Rejects with `ABORTED` as soon as the signal fires; the work itself goes on unseen. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const forget = whenAborted(signal, reject);
    work.then(resolve, reject).finally(forget);
  });
}
