/** The Node backend: ONNX models in worker threads, so that no inference ever blocks the caller's event loop. */

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { throwIfAborted, VultusError } from '../errors.ts';
import type { Backend, Device, DeviceName, DeviceReport, Session, SessionOptions } from './backend.ts';
import {
  type ConcreteDevice,
  deviceUnavailable,
  executionProviders,
  nodeCandidates,
  parseDevice,
  whyUnavailable,
} from './devices.ts';
import { checkFeeds } from './feeds.ts';
import type { ModelSignature, PlainSessionOptions } from './onnx-node.messages.ts';
import { findRuntimes, type Resolve, type RuntimeFiles } from './onnx-node.package.ts';
import { InferencePool, type PooledModel } from './onnx-node.pool.ts';
import { probeModelBytes } from './probe.data.ts';
import { planThreads, type ThreadOptions, type ThreadPlan } from './threads.ts';

/** How the Node backend is opened; every field is optional. */
export interface NodeBackendOptions extends ThreadOptions {
  /** Default `auto`. */
  readonly device?: Device;
  /**
   * `shared` (default): all models share the workers, so the machine is never oversubscribed.
   * `per-session`: each model has workers of its own and never waits for another one; takes more memory and threads.
   */
  readonly pool?: 'shared' | 'per-session';
  /** Session config entries for every model, verbatim, e.g. `{'session.intra_op.allow_spinning': '1'}`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Finds packages; tests take some away. */
  readonly resolve?: Resolve;
}

/**
 * Opens the Node backend. `auto` falls back to the CPU with the reason in `device.reason`; a named device never falls back.
 * @throws VultusError `DEVICE_UNAVAILABLE` listing what is available; `DEPENDENCY_MISSING` when no runtime is installed;
 *   `INVALID_ARGUMENT` for an unknown device or a senseless count
 */
export async function openNodeBackend(options: NodeBackendOptions = {}): Promise<Backend> {
  const requested = options.device ?? 'auto';
  const { word, index } = parseDevice(requested);
  const runtimes = findRuntimes(options.resolve);
  planThreads(options, availableParallelism(), process.env);
  const reasons: string[] = [];
  for (const device of nodeCandidates(word, process.platform)) {
    const problem = whyUnavailable(device, runtimes.host);
    if (problem) {
      reasons.push(`${device}: ${problem}`);
      continue;
    }
    try {
      return await OnnxNodeBackend.open(options, device, index, runtimes, deviceReport(requested, device, reasons));
    } catch (error) {
      if (!(error instanceof VultusError)) throw error;
      reasons.push(`${device}: ${error.message}`);
    }
  }
  const missing = missingPackage(word, runtimes);
  if (missing) throw new VultusError('DEPENDENCY_MISSING', `${missing} (${reasons.join('; ')})`);
  throw deviceUnavailable(requested, reasons, availableDevices(runtimes));
}

/** What to install when the word asks for a runtime that is not there. */
function missingPackage(word: DeviceName, { native, wasm }: RuntimeFiles): string | undefined {
  if (word === 'cpu' && !native) return 'Device cpu needs onnxruntime-node; run "npm install onnxruntime-node"';
  if (word === 'wasm' && !wasm) return 'Device wasm needs onnxruntime-web; run "npm install onnxruntime-web"';
  if (native || wasm) return undefined;
  return 'No ONNX runtime is installed; run "npm install onnxruntime-node", or onnxruntime-web where that has no binary';
}

/** Devices that look usable on this machine; those that need a driver are listed on the evidence of files alone. */
function availableDevices(runtimes: RuntimeFiles): ConcreteDevice[] {
  const all: readonly ConcreteDevice[] = ['cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu', 'wasm'];
  return all.filter((device) => !whyUnavailable(device, runtimes.host));
}

function deviceReport(requested: Device, actual: ConcreteDevice, reasons: readonly string[]): DeviceReport {
  return reasons.length === 0 ? { requested, actual } : { requested, actual, reason: reasons.join('; ') };
}

class OnnxNodeBackend implements Backend {
  readonly name: string;
  readonly device: DeviceReport;
  readonly #plan: ThreadPlan;
  readonly #providers: ReturnType<typeof executionProviders>;
  readonly #options: NodeBackendOptions;
  readonly #newPool: () => InferencePool;
  /** The shared pool, kept also with `per-session`: it did the probing, and its idle worker costs little. */
  readonly #pool: InferencePool;
  readonly #ownPools = new Set<InferencePool>();
  #closed = false;

  static async open(
    options: NodeBackendOptions,
    device: ConcreteDevice,
    index: number,
    runtimes: RuntimeFiles,
    report: DeviceReport,
  ): Promise<OnnxNodeBackend> {
    const backend = new OnnxNodeBackend(options, device, index, runtimes, report);
    try {
      await backend.#pool.start();
      if (device !== 'cpu' && device !== 'wasm') await backend.#probe();
      return backend;
    } catch (error) {
      await backend.close();
      throw error;
    }
  }

  private constructor(
    options: NodeBackendOptions,
    device: ConcreteDevice,
    index: number,
    runtimes: RuntimeFiles,
    report: DeviceReport,
  ) {
    const runtime = device === 'wasm' ? runtimes.wasm : runtimes.native;
    if (!runtime) throw new VultusError('DEPENDENCY_MISSING', `The runtime of device ${device} is not installed`);
    const onCpu = device === 'cpu' || device === 'wasm';
    // An accelerator is shared by one worker: more would hold a copy of each model there without running faster.
    const workers = onCpu ? options.workers : (options.workers ?? 1);
    this.#plan = planThreads(
      { ...options, ...(workers === undefined ? {} : { workers }) },
      availableParallelism(),
      process.env,
    );
    this.#options = options;
    this.#providers = executionProviders(device, index);
    this.name = device === 'wasm' ? 'onnxruntime-web' : 'onnxruntime-node';
    this.device = report;
    const file = createRequire(import.meta.url).resolve('#onnx-worker');
    this.#newPool = () => new InferencePool(file, runtime, this.#plan.workers);
    this.#pool = this.#newPool();
  }

  get concurrency(): number {
    return this.#plan.workers;
  }

  async load(bytes: Uint8Array, options: SessionOptions = {}): Promise<Session> {
    if (this.#closed) throw new VultusError('CLOSED', 'The backend was closed; open a new one');
    const label = options.label ?? 'without label';
    if (this.#options.pool !== 'per-session') {
      const { model, signature } = await this.#pool.open(label, bytes, this.#sessionOptions(options));
      return new OnnxNodeSession(this.#pool, model, signature, async () => this.#pool.release(model));
    }
    const pool = this.#newPool();
    this.#ownPools.add(pool);
    const release = async () => {
      this.#ownPools.delete(pool);
      await pool.close();
    };
    try {
      const { model, signature } = await pool.open(label, bytes, this.#sessionOptions(options));
      return new OnnxNodeSession(pool, model, signature, release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#pool, ...this.#ownPools].map((pool) => pool.close()));
  }

  /** Opens a model of one operator: the only sure way to learn whether a provider works here. */
  async #probe(): Promise<void> {
    const { model } = await this.#pool.open('(device probe)', probeModelBytes(), this.#sessionOptions({}));
    await this.#pool.release(model);
  }

  #sessionOptions(options: SessionOptions): PlainSessionOptions {
    return {
      executionProviders: this.#providers,
      intraOpNumThreads: options.threads ?? this.#plan.threadsPerWorker,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
      extra: { 'session.intra_op.allow_spinning': '0', ...this.#options.config, ...options.config },
    };
  }
}

class OnnxNodeSession implements Session {
  readonly inputs: ModelSignature['inputs'];
  readonly outputs: ModelSignature['outputs'];
  readonly #pool: InferencePool;
  readonly #model: PooledModel;
  readonly #release: () => Promise<void>;
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(pool: InferencePool, model: PooledModel, signature: ModelSignature, release: () => Promise<void>) {
    this.#pool = pool;
    this.#model = model;
    this.#release = release;
    this.inputs = signature.inputs;
    this.outputs = signature.outputs;
  }

  async run(feeds: Parameters<Session['run']>[0], options: Parameters<Session['run']>[1] = {}) {
    throwIfAborted(options.signal);
    if (this.#closing) throw new VultusError('CLOSED', `The session of model ${this.#model.label} was closed`);
    checkFeeds(this.#model.label, this.inputs, feeds);
    const running = this.#pool.run(this.#model, feeds, options.signal);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  close(): Promise<void> {
    // Runs that began before close() keep their promise; the model is freed after the last of them.
    this.#closing ??= Promise.allSettled(this.#running).then(this.#release);
    return this.#closing;
  }
}
