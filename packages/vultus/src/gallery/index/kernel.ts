/** The search kernels as callable functions over a memory; their source is kernel/scan.as.ts. */

import { plainKernel, sharedKernel } from './kernel.data.ts';

/** Functions of the module. All addresses are bytes into its memory; see the source for what each one promises. */
export interface Kernel {
  scan: ScanOne;
  scanFloats: ScanOne;
  scanBits: ScanOne;
  scan4(
    rows: number,
    scales: number,
    count: number,
    stride: number,
    queries: number,
    units: number,
    heaps: number,
    sizes: number,
    limit: number,
    floors: number,
    base: number,
    mask: number,
  ): void;
  select(
    sums: number,
    scales: number,
    count: number,
    width: number,
    units: number,
    bars: number,
    heaps: number,
    sizes: number,
    limit: number,
    floors: number,
    base: number,
    mask: number,
  ): void;
  lift(at: number, bytes: number): void;
  encode(from: number, count: number, dimension: number, rows: number, scales: number, stride: number): number;
  encodeSigns(from: number, count: number, dimension: number, rows: number, scales: number, stride: number): void;
}

/** One query over rows. @returns the new size of the heap */
type ScanOne = (
  rows: number,
  scales: number,
  count: number,
  stride: number,
  query: number,
  unit: number,
  heap: number,
  size: number,
  limit: number,
  floor: number,
  base: number,
  mask: number,
) => number;

/** 64 KiB, the unit of WebAssembly memory. */
export const pageBytes = 65_536;

let plain: WebAssembly.Module | undefined;
let shared: WebAssembly.Module | undefined;

/** Instantiates the kernels over a memory made by {@link newMemory}. */
export function openKernel(memory: WebAssembly.Memory): Kernel {
  return new WebAssembly.Instance(moduleFor(memory), { env: { memory } }).exports as unknown as Kernel;
}

/** A memory that threads can share where the platform has such, growing up to `maximum` pages. */
export function newMemory(initial: number, maximum: number): WebAssembly.Memory {
  if (typeof SharedArrayBuffer === 'undefined') return new WebAssembly.Memory({ initial, maximum });
  return new WebAssembly.Memory({ initial, maximum, shared: true });
}

/** Whether workers may have the memory too. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && (memory.buffer as unknown) instanceof SharedArrayBuffer;
}

function moduleFor(memory: WebAssembly.Memory): WebAssembly.Module {
  if (isShared(memory)) {
    shared ??= compile(sharedKernel);
    return shared;
  }
  plain ??= compile(plainKernel);
  return plain;
}

function compile(base64: string): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}
