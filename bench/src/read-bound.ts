/** How long this machine takes to merely read so many bytes on all cores, in WebAssembly: no scan can be faster. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

// Four streams, one through each quarter: a single one does not fill the memory bus.
const source = `
export function read(from: usize, bytes: usize): i32 {
  const quarter = bytes >> 2;
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let p = from, q = p + quarter, r = q + quarter, s = r + quarter;
  for (const end = from + quarter; p < end; p += 64, q += 64, r += 64, s += 64) {
${[0, 16, 32, 48]
  .map(
    (at) => `
    a = v128.xor(a, v128.load(p, ${at}));
    b = v128.xor(b, v128.load(q, ${at}));
    c = v128.xor(c, v128.load(r, ${at}));
    d = v128.xor(d, v128.load(s, ${at}));`,
  )
  .join('')}
  }
  return i32x4.extract_lane(v128.xor(v128.xor(a, b), v128.xor(c, d)), 0);
}`;

const workerSource = `
const { parentPort, workerData } = require('node:worker_threads');
const { bytes, memory, from, length, signal } = workerData;
const { read } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
read(from, length);
parentPort.postMessage(0);
const flags = new Int32Array(signal);
for (let round = 1; ; round++) {
  Atomics.wait(flags, 0, round - 1);
  if (Atomics.load(flags, 0) < 0) break;
  read(from, length);
  parentPort.postMessage(round);
}`;

/** A measured bound. */
export interface ReadBound {
  /** Milliseconds to read `bytes`, once. */
  time(): Promise<number>;
  close(): Promise<void>;
}

/** Prepares reading of `bytes` (at most 4 GiB) by as many threads as there are cores. */
export async function openReadBound(bytes: number): Promise<ReadBound> {
  const threads = availableParallelism();
  const share = 256 * Math.floor(bytes / threads / 256);
  const pages = Math.min(65_536, Math.ceil((share * threads) / 65_536) + 1);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  // Untouched pages would all be one page of zeros.
  const words = new Int32Array(memory.buffer);
  for (let i = 0; i < words.length; i += 1024) words[i] = i;
  const module = await compile(pages);
  const signal = new SharedArrayBuffer(4);
  const flags = new Int32Array(signal);
  const workers = Array.from({ length: threads }, (_, i) => {
    const workerData = { bytes: module, memory, from: i * share, length: share, signal };
    return new Worker(workerSource, { eval: true, workerData });
  });
  const all = (): Promise<unknown> =>
    Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  await all();
  return {
    time: async () => {
      const answered = all();
      const start = performance.now();
      Atomics.add(flags, 0, 1);
      Atomics.notify(flags, 0);
      await answered;
      return performance.now() - start;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function compile(pages: number): Promise<Uint8Array> {
  const { main } = await import('assemblyscript/asc');
  let bytes: Uint8Array | undefined;
  const options = ['--runtime', 'stub', '-O3', '--enable', 'simd,threads', '--importMemory', '--sharedMemory'];
  const sizes = ['--initialMemory', '1', '--maximumMemory', String(pages)];
  const { error } = await main(['read.ts', '-o', 'read.wasm', ...options, ...sizes], {
    readFile: (name) => (name === 'read.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name === 'read.wasm') bytes = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || bytes === undefined) throw error ?? new Error('asc wrote nothing');
  return bytes;
}
