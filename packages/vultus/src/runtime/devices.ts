/** Device words and the execution providers behind them: which exist for a platform, in which order `auto` tries them. */

import { VultusError } from '../errors.ts';
import type { Device, DeviceName } from './backend.ts';

/** A device that sessions can run on, `auto` and `gpu` resolved. */
export type ConcreteDevice = Exclude<DeviceName, 'auto' | 'gpu'>;

/** A parsed device word. */
export interface DeviceRequest {
  readonly word: DeviceName;
  /** Which of several devices of that kind; default 0. */
  readonly index: number;
}

/** What decides which devices are worth trying; a parameter so that tests can be any machine. */
export interface Host {
  /** As `process.platform`. */
  readonly platform: string;
  /** As `process.arch`. */
  readonly arch: string;
  /** True when onnxruntime-node brought a binary for this platform. */
  readonly hasNative: boolean;
  /** Whether a library file lies beside that binary. */
  readonly hasProvider: (file: string) => boolean;
  /** True when onnxruntime-web is installed. */
  readonly hasWasm: boolean;
  /** Whether any of these device nodes or system libraries exists. */
  readonly hasAny: (paths: readonly string[]) => boolean;
}

const words: readonly DeviceName[] = [
  'auto',
  'cpu',
  'gpu',
  'cuda',
  'tensorrt',
  'coreml',
  'dml',
  'webgpu',
  'webnn',
  'wasm',
];

const indexable: readonly DeviceName[] = ['cuda', 'tensorrt', 'dml'];

/**
 * Reads a device word such as `auto` or `cuda:1`.
 * @throws VultusError `INVALID_ARGUMENT` for a word or an index that does not exist
 */
export function parseDevice(device: Device): DeviceRequest {
  const [, name, digits] = /^([a-z]+)(?::(\d{1,3}))?$/.exec(device) ?? [];
  const word = words.find((candidate) => candidate === name);
  if (!word || (digits !== undefined && !indexable.includes(word))) {
    const hint = `expected one of ${words.join(', ')}, with an index only after ${indexable.join(', ')} as in cuda:1`;
    throw new VultusError('INVALID_ARGUMENT', `"${device}" is no device; ${hint}`);
  }
  return { word, index: Number(digits ?? 0) };
}

/**
 * The devices that Node tries for a word, best first.
 * `gpu` tries everything that could be a GPU here. `auto` leaves WebGPU out, which onnxruntime-node calls experimental,
 * and TensorRT, which spends minutes on building an engine, and ends with the CPU, native before WebAssembly.
 */
export function nodeCandidates(word: DeviceName, platform: string): readonly ConcreteDevice[] {
  const native: readonly ConcreteDevice[] =
    platform === 'darwin' ? ['coreml'] : platform === 'win32' ? ['dml'] : ['cuda'];
  if (word === 'gpu') return [...native, 'webgpu'];
  if (word === 'auto') return [...native, 'cpu', 'wasm'];
  return [word];
}

/**
 * Why a device cannot open on this host, found without loading anything; `undefined` when it is worth a try.
 * Keeps the cold start free of attempts that are bound to fail, and of their noise on the error stream.
 */
export function whyUnavailable(device: ConcreteDevice, host: Host): string | undefined {
  if (device === 'webnn') return 'WebNN exists only in browsers';
  if (device === 'wasm') return host.hasWasm ? undefined : 'the package onnxruntime-web is not installed';
  if (!host.hasNative) return `onnxruntime-node is not installed or has no binary for ${host.platform} ${host.arch}`;
  if (device === 'coreml') return host.platform === 'darwin' ? undefined : 'CoreML exists only on macOS';
  if (device === 'dml') return host.platform === 'win32' ? undefined : 'DirectML exists only on Windows';
  if (device === 'cuda' || device === 'tensorrt') return cudaProblem(device, host);
  if (device === 'webgpu') return webgpuProblem(host);
  return undefined;
}

function cudaProblem(device: 'cuda' | 'tensorrt', host: Host): string | undefined {
  if (host.platform !== 'linux' || host.arch !== 'x64') return `onnxruntime-node has ${device} only on Linux x64`;
  const file = `libonnxruntime_providers_${device}.so`;
  return host.hasProvider(file)
    ? undefined
    : `${file} is not beside onnxruntime-node; its install script fetches it (npm rebuild onnxruntime-node with scripts allowed)`;
}

const gpuNodes = ['/dev/dri/renderD128', '/dev/dri/renderD129', '/dev/nvidia0', '/dev/dxg', '/dev/mali0'];
const vulkanLibraries = [
  '/usr/lib/x86_64-linux-gnu/libvulkan.so.1',
  '/usr/lib/aarch64-linux-gnu/libvulkan.so.1',
  '/usr/lib64/libvulkan.so.1',
  '/usr/lib/libvulkan.so.1',
  '/run/opengl-driver/lib/libvulkan.so.1',
];

function webgpuProblem(host: Host): string | undefined {
  if (host.platform !== 'linux') return undefined;
  if (host.arch !== 'x64') return 'onnxruntime-node has WebGPU on Linux only for x64';
  if (!host.hasAny(gpuNodes)) return 'no GPU device node (/dev/dri, /dev/nvidia0, …) was found';
  return host.hasAny(vulkanLibraries) ? undefined : 'the Vulkan loader libvulkan.so.1 was not found';
}

/** The `executionProviders` entry of ONNX Runtime for a device; whatever it cannot run falls to the CPU inside a session. */
export function executionProviders(
  device: ConcreteDevice,
  index: number,
): (string | { name: string; deviceId?: number })[] {
  switch (device) {
    case 'cpu':
    case 'wasm':
      return [device];
    case 'cuda':
    case 'dml':
      return [{ name: device, deviceId: index }, 'cpu'];
    case 'tensorrt':
      return [{ name: device, deviceId: index }, { name: 'cuda', deviceId: index }, 'cpu'];
    default:
      return [device, 'cpu'];
  }
}

/** The error for a device that was named and cannot open. */
export function deviceUnavailable(
  device: Device,
  reasons: readonly string[],
  available: readonly string[],
): VultusError {
  return new VultusError(
    'DEVICE_UNAVAILABLE',
    `Device ${device} cannot be opened here: ${reasons.join('; ')}. Available: ${available.join(', ') || 'none'}`,
    { details: { device, reasons: [...reasons], available: [...available] } },
  );
}
