/** What `vultus doctor` prints: for each feature and device word, whether it opens here, on what, and how fast it runs. */

import { VultusError } from '../errors.ts';
import type { Backend, Device, DeviceReport, Session, ValueInfo } from './backend.ts';
import { elementCount, type Tensor, type Tensors, tensorArrays } from './tensor.ts';

/** A model to try. */
export interface DoctorFeature {
  /** What the reader calls it, e.g. `detect`. */
  readonly feature: string;
  readonly model: Uint8Array;
  /** Sizes for the free dimensions of its inputs, by input name; a free dimension without one is 1. */
  readonly dims?: Readonly<Record<string, readonly number[]>>;
}

/** One cell of the table. */
export interface DoctorRow {
  readonly feature: string;
  readonly device: Device;
  /** `opens`: on the device that was meant; `falls-back`: on `actual`, because of `reason`; `unavailable`: not at all. */
  readonly status: 'opens' | 'falls-back' | 'unavailable';
  readonly actual?: DeviceReport['actual'];
  readonly reason?: string;
  /** Median milliseconds of one run on zeros, batch of one, the way to the worker and back included. */
  readonly ms?: number;
}

/** How {@link probeDevices} tries. */
export interface DoctorOptions {
  /** Opens a backend, e.g. `(device) => openNodeBackend({ device })`. */
  readonly open: (device: Device) => Promise<Backend>;
  /** Words to try; default all that can mean something different. */
  readonly devices?: readonly Device[];
  /** Timed runs per cell, after one that warms up; default 5. */
  readonly runs?: number;
  readonly signal?: AbortSignal;
  /** Called after each row. */
  readonly onRow?: (row: DoctorRow) => void;
}

const allDevices: readonly Device[] = ['auto', 'cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu', 'webnn', 'wasm'];

/**
 * Opens and runs every feature on every device word, one after another. A device or model that fails is a row, not an error.
 * @throws VultusError `ABORTED`
 */
export async function probeDevices(features: readonly DoctorFeature[], options: DoctorOptions): Promise<DoctorRow[]> {
  const rows: DoctorRow[] = [];
  const add = (row: DoctorRow) => {
    rows.push(row);
    options.onRow?.(row);
  };
  for (const device of options.devices ?? allDevices) {
    const backend = await options.open(device).catch((error: unknown) => reasonOf(error, device));
    for (const feature of features) {
      if (options.signal?.aborted) {
        if (typeof backend !== 'string') await backend.close();
        throw new VultusError('ABORTED', 'The work was aborted by its signal', { cause: options.signal.reason });
      }
      if (typeof backend === 'string')
        add({ feature: feature.feature, device, status: 'unavailable', reason: backend });
      else add(await probe(feature, device, backend, options.runs ?? 5));
    }
    if (typeof backend !== 'string') await backend.close();
  }
  return rows;
}

async function probe(feature: DoctorFeature, device: Device, backend: Backend, runs: number): Promise<DoctorRow> {
  const { actual, reason } = backend.device;
  const place = { feature: feature.feature, device, actual };
  try {
    const session = await backend.load(feature.model, { label: feature.feature });
    const ms = await medianMs(session, zeroFeeds(session.inputs, feature.dims ?? {}), runs);
    await session.close();
    return reason === undefined ? { ...place, status: 'opens', ms } : { ...place, status: 'falls-back', reason, ms };
  } catch (error) {
    return { ...place, status: 'unavailable', reason: reasonOf(error) };
  }
}

async function medianMs(session: Session, feeds: Tensors, runs: number): Promise<number> {
  await session.run(feeds);
  const times: number[] = [];
  for (let run = 0; run < Math.max(1, runs); run++) {
    const start = performance.now();
    await session.run(feeds);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? 0;
}

/** Zeros for every input, of the sizes given or declared. */
export function zeroFeeds(inputs: readonly ValueInfo[], sizes: Readonly<Record<string, readonly number[]>>): Tensors {
  const feeds: Record<string, Tensor> = {};
  for (const { name, type, dims } of inputs) {
    const shape = dims.map((size, axis) => (typeof size === 'number' && size >= 0 ? size : (sizes[name]?.[axis] ?? 1)));
    feeds[name] = { type, dims: shape, data: new tensorArrays[type](elementCount(shape)) } as Tensor;
  }
  return feeds;
}

/** The bare reason: the row says already which device it is about, and the other rows what is available. */
function reasonOf(error: unknown, device?: Device): string {
  const reasons = error instanceof VultusError && error.details.reasons;
  const text = Array.isArray(reasons) ? reasons.join('; ') : error instanceof Error ? error.message : String(error);
  return device !== undefined && text.startsWith(`${device}: `) ? text.slice(device.length + 2) : text;
}
