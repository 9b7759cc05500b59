/** The pixel kernels as callable functions; their source is kernel/pixels.as.ts. */

import { pixelKernel } from './kernel.data.ts';

/** Functions of the module. Addresses are bytes into its memory; see the source for what each one promises. */
export interface PixelKernel {
  readonly memory: WebAssembly.Memory;
  warp(
    source: number,
    width: number,
    height: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
    f: number,
    out: number,
    columns: number,
    rows: number,
    four: number,
    edge: number,
    endX: number,
    endY: number,
  ): void;
  averageRow(source: number, width: number, rows: number, block: number, sums: number, out: number): void;
  planes(
    source: number,
    width: number,
    rows: number,
    red: number,
    green: number,
    blue: number,
    step: number,
    redMean: number,
    greenMean: number,
    blueMean: number,
    redFactor: number,
    greenFactor: number,
    blueFactor: number,
  ): void;
  luma(source: number, width: number, rows: number, out: number, step: number, mean: number, factor: number): void;
  pixels(
    source: number,
    width: number,
    rows: number,
    out: number,
    step: number,
    first: number,
    mean0: number,
    mean1: number,
    mean2: number,
    factor0: number,
    factor1: number,
    factor2: number,
  ): void;
}

/** 64 KiB, the unit of WebAssembly memory. */
const pageBytes = 65_536;

/** Work that wants more memory than this is done without the kernel: the memory never shrinks. */
const mostBytes = 8_000_000;

/** What the kernels may read or write past the end of what they are given, and more. */
export const spareBytes = 64;

/** `undefined`: not tried yet; `null`: this platform has no WebAssembly with SIMD, or forbids it. */
let opened: PixelKernel | null | undefined;

/**
 * The kernel with a memory of at least `bytes`, or `undefined` where there is none or it would take too much. Whoever gets
 * it has the memory to itself until it returns to the event loop.
 */
export function openPixelKernel(bytes: number): PixelKernel | undefined {
  if (bytes > mostBytes) return undefined;
  if (opened === undefined) opened = open();
  if (opened === null) return undefined;
  const { memory } = opened;
  if (memory.buffer.byteLength < bytes) memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / pageBytes));
  return opened;
}

function open(): PixelKernel | null {
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(Uint8Array.from(atob(pixelKernel), (character) => character.charCodeAt(0)));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { ...(exports as unknown as PixelKernel), memory };
  } catch {
    return null;
  }
}
