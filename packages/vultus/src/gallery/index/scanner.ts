/** One thread's part in a scan: takes pieces until none is left and keeps the best rows of each query. */

import type { Piece } from './arena.ts';
import { pieceRows, scratchBytes } from './arena.ts';
import type { QueryCodes } from './coding.ts';
import type { Kernel } from './kernel.ts';

/** What to scan for; plain data, so that it can be posted to a worker. */
export interface ScanTask extends QuerySet<QueryCodes> {
  /** Bytes of a row. */
  readonly stride: number;
  /** The same queries for a matrix product, where that may pay; threads that can take these instead. */
  readonly coarse: QuerySet<Int8Array> | undefined;
  /** Most rows kept for each query, by each thread and memory. */
  readonly limit: number;
  readonly pieces: readonly Piece[];
  /** One bit per slot, starting at slot 0. */
  readonly mask: Uint8Array | undefined;
}

/** Queries as the kernels take them. */
export interface QuerySet<C> {
  /** Codes, as many each as a row has components. */
  readonly queries: C;
  /** Scale of each query. */
  readonly units: Float32Array;
  /** Lowest score of each query that may enter. */
  readonly floors: Float32Array;
}

/** Rows found by one thread, in one memory or in all. */
export interface Found {
  /** Whether the coarse queries were used. */
  readonly coarse: boolean;
  /** How many rows for each query; `limit` means that lower ones were dropped. */
  readonly sizes: Uint32Array;
  /** `limit` places for each query, heap-ordered: the first is the lowest score. */
  readonly scores: Float32Array;
  readonly slots: Uint32Array;
}

/** The memories a thread has instantiated the kernels over, by arena id. */
export type Memories = ReadonlyMap<number, { readonly memory: WebAssembly.Memory; readonly kernel: Kernel }>;

/** Bytes of the mask of a piece. */
export const maskBytes = pieceRows / 8;

/** Rows that fit the second-level cache together with a group of queries. */
const blockRows = 256;

/** How many queries of `bytes` each a task of this limit may have. */
export function queriesPerTask(bytes: number, limit: number): number {
  const room = scratchBytes - maskBytes - 128;
  const fit = Math.floor(room / (12 + bytes + 8 * limit));
  return fit < 4 ? 1 : fit - (fit % 4);
}

/** A scan under way in one lane of scratch. */
export class Scan {
  readonly #memories: Memories;
  readonly #task: ScanTask;
  readonly #lane: number;
  readonly #count: number;
  /** Queries rounded up to whole groups. */
  readonly #padded: number;
  readonly #queryBytes: number;
  /** The kernel for a single query; undefined for int8, where four at a time are quicker. */
  readonly #single: 'scanFloats' | 'scanBits' | undefined;
  readonly #touched = new Set<number>();

  constructor(memories: Memories, lane: number, task: ScanTask) {
    this.#memories = memories;
    this.#lane = lane * scratchBytes;
    this.#task = task;
    this.#count = task.units.length;
    this.#queryBytes = task.queries.byteLength / this.#count;
    const { queries } = task;
    this.#single =
      queries instanceof Float32Array ? 'scanFloats' : queries instanceof Uint8Array ? 'scanBits' : undefined;
    this.#padded = this.#count === 1 ? 1 : 4 * Math.ceil(this.#count / 4);
  }

  /** Scans one piece. */
  take(piece: Piece): void {
    const { memory, kernel } = this.#memories.get(piece.arena) as { memory: WebAssembly.Memory; kernel: Kernel };
    if (!this.#touched.has(piece.arena)) this.#prepare(piece.arena, memory);
    const mask = this.#placeMask(memory, piece);
    if (this.#count === 1) this.#takeOne(memory, kernel, piece, 0, mask);
    else {
      for (let row = 0; row < piece.count; row += blockRows) {
        this.#takeBlock(memory, kernel, blockOf(piece, row, this.#task.stride), mask === 0 ? 0 : mask + row / 8);
      }
    }
  }

  #takeBlock(memory: WebAssembly.Memory, kernel: Kernel, block: Piece, mask: number): void {
    if (this.#single !== undefined) {
      for (let q = 0; q < this.#count; q++) this.#takeOne(memory, kernel, block, q, mask);
      return;
    }
    const at = this.#layout();
    const { stride, limit } = this.#task;
    const { rows, scales, count, base } = block;
    for (let q = 0; q < this.#padded; q += 4) {
      const queries = at.queries + this.#queryBytes * q;
      const heaps = at.heaps + 8 * limit * q;
      const [group, sizes, lows] = [at.units + 4 * q, at.sizes + 4 * q, at.floors + 4 * q];
      kernel.scan4(rows, scales, count, stride, queries, group, heaps, sizes, limit, lows, base, mask);
    }
  }

  #takeOne(memory: WebAssembly.Memory, kernel: Kernel, block: Piece, q: number, mask: number): void {
    const at = this.#layout();
    const { stride, limit, floors, units } = this.#task;
    const { rows, scales, count, base } = block;
    const query = at.queries + this.#queryBytes * q;
    const heap = at.heaps + 8 * limit * q;
    const [unit = 0, floor = 0] = [units[q], floors[q]];
    const sizes = new Uint32Array(memory.buffer, at.sizes, this.#count);
    const scan = kernel[this.#single ?? 'scan'];
    sizes[q] = scan(rows, scales, count, stride, query, unit, heap, sizes[q] as number, limit, floor, base, mask);
  }

  /** What was found, one entry per memory that was scanned. */
  found(): Found[] {
    const { limit } = this.#task;
    const at = this.#layout();
    return [...this.#touched].map((id) => {
      const { buffer } = (this.#memories.get(id) as { memory: WebAssembly.Memory }).memory;
      const heaps = new Uint32Array(buffer, at.heaps, 2 * limit * this.#count);
      const slots = new Uint32Array(limit * this.#count);
      const scores = new Float32Array(limit * this.#count);
      const bits = new Uint32Array(scores.buffer);
      const sizes = new Uint32Array(buffer, at.sizes, this.#count).slice();
      for (let q = 0; q < this.#count; q++) {
        const end = q * limit + (sizes[q] as number);
        for (let i = q * limit; i < end; i++) {
          bits[i] = heaps[2 * i] as number;
          slots[i] = heaps[2 * i + 1] as number;
        }
      }
      return { coarse: false, sizes, scores, slots };
    });
  }

  #prepare(id: number, memory: WebAssembly.Memory): void {
    this.#touched.add(id);
    const at = this.#layout();
    const { queries, units, floors } = this.#task;
    new Uint32Array(memory.buffer, at.sizes, this.#padded).fill(0);
    const lows = new Float32Array(memory.buffer, at.floors, this.#padded).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < floors.length; i++) lows[i] = floors[i] as number;
    new Float32Array(memory.buffer, at.units, this.#padded).fill(0).set(units);
    const { buffer, byteOffset, byteLength } = queries;
    new Uint8Array(memory.buffer, at.queries, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
  }

  #placeMask(memory: WebAssembly.Memory, piece: Piece): number {
    const { mask } = this.#task;
    if (mask === undefined) return 0;
    const { mask: address } = this.#layout();
    copyMask(mask, piece, new Uint8Array(memory.buffer, address, maskBytes));
    return address;
  }

  #layout(): { mask: number; units: number; floors: number; sizes: number; queries: number; heaps: number } {
    // Address 0 means no mask, so nothing starts there.
    const mask = this.#lane + 64;
    const units = mask + maskBytes;
    const floors = units + 4 * this.#padded;
    const sizes = floors + 4 * this.#padded;
    const queries = 16 * Math.ceil((sizes + 4 * this.#padded) / 16);
    return { mask, units, floors, sizes, queries, heaps: queries + this.#queryBytes * this.#padded };
  }
}

/** The rows of a piece from `row` on, as many as fit the cache. */
export function blockOf(piece: Piece, row: number, stride: number, most: number = blockRows): Piece {
  return {
    arena: piece.arena,
    rows: piece.rows + row * stride,
    scales: piece.scales + 4 * row,
    count: Math.min(most, piece.count - row),
    base: piece.base + row,
  };
}

/** The bits of a piece's rows; zeros beyond the end of the mask. */
export function copyMask(mask: Uint8Array, { base, count }: Piece, bytes: Uint8Array): void {
  bytes.fill(0);
  bytes.set(mask.subarray(base >> 3, (base >> 3) + Math.ceil(count / 8)));
}
