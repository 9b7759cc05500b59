/** One thread's part in a scan: takes pieces until none is left and keeps the best rows of each query. */

import type { Piece } from './arena.ts';
import { pieceRows, scratchBytes } from './arena.ts';
import type { Kernel } from './kernel.ts';

/** What to scan for; plain data, so that it can be posted to a worker. */
export interface ScanTask {
  readonly stride: number;
  /** Query codes, `stride` each. */
  readonly queries: Int16Array;
  /** Scale of each query. */
  readonly units: Float32Array;
  /** Lowest score of each query that may enter. */
  readonly floors: Float32Array;
  /** Most rows kept for each query, by each thread and memory. */
  readonly limit: number;
  readonly pieces: readonly Piece[];
  /** One bit per slot, starting at slot 0. */
  readonly mask: Uint8Array | undefined;
}

/** Rows found in one memory by one thread. */
export interface Found {
  /** How many rows for each query; `limit` means that lower ones were dropped. */
  readonly sizes: Uint32Array;
  /** `limit` places for each query, heap-ordered: the first is the lowest score. */
  readonly scores: Float32Array;
  readonly slots: Uint32Array;
}

/** The memories a thread has instantiated the kernels over, by arena id. */
export type Memories = ReadonlyMap<number, { readonly memory: WebAssembly.Memory; readonly kernel: Kernel }>;

const maskBytes = pieceRows / 8;

/** Rows that fit the second-level cache together with a group of queries. */
const blockRows = 256;

/** How many queries a task of this limit may have. */
export function queriesPerTask(stride: number, limit: number): number {
  const room = scratchBytes - maskBytes - 128;
  const fit = Math.floor(room / (12 + 2 * stride + 8 * limit));
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
  readonly #touched = new Set<number>();

  constructor(memories: Memories, lane: number, task: ScanTask) {
    this.#memories = memories;
    this.#lane = lane * scratchBytes;
    this.#task = task;
    this.#count = task.units.length;
    this.#padded = this.#count === 1 ? 1 : 4 * Math.ceil(this.#count / 4);
  }

  /** Scans one piece. */
  take(piece: Piece): void {
    const { memory, kernel } = this.#memories.get(piece.arena) as { memory: WebAssembly.Memory; kernel: Kernel };
    if (!this.#touched.has(piece.arena)) this.#prepare(piece.arena, memory);
    const mask = this.#placeMask(memory, piece);
    const at = this.#layout();
    const { stride, limit, floors, units } = this.#task;
    if (this.#count === 1) {
      const sizes = new Uint32Array(memory.buffer, at.sizes, 1);
      const { rows, scales, count, base } = piece;
      const [unit = 0, floor = 0, size = 0] = [units[0], floors[0], sizes[0]];
      sizes[0] = kernel.scan(rows, scales, count, stride, at.queries, unit, at.heaps, size, limit, floor, base, mask);
      return;
    }
    for (let row = 0; row < piece.count; row += blockRows) {
      const rows = piece.rows + row * stride;
      const scales = piece.scales + 4 * row;
      const count = Math.min(blockRows, piece.count - row);
      const bits = mask === 0 ? 0 : mask + row / 8;
      for (let q = 0; q < this.#padded; q += 4) {
        const queries = at.queries + 2 * stride * q;
        const heaps = at.heaps + 8 * limit * q;
        const [group, sizes, lows] = [at.units + 4 * q, at.sizes + 4 * q, at.floors + 4 * q];
        kernel.scan4(rows, scales, count, stride, queries, group, heaps, sizes, limit, lows, piece.base + row, bits);
      }
    }
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
      return { sizes, scores, slots };
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
    new Int16Array(memory.buffer, at.queries, queries.length).set(queries);
  }

  #placeMask(memory: WebAssembly.Memory, piece: Piece): number {
    const { mask } = this.#task;
    if (mask === undefined) return 0;
    const { mask: address } = this.#layout();
    const first = piece.base >> 3;
    const bytes = new Uint8Array(memory.buffer, address, maskBytes).fill(0);
    bytes.set(mask.subarray(first, first + Math.ceil(piece.count / 8)));
    return address;
  }

  #layout(): { mask: number; units: number; floors: number; sizes: number; queries: number; heaps: number } {
    // Address 0 means no mask, so nothing starts there.
    const mask = this.#lane + 64;
    const units = mask + maskBytes;
    const floors = units + 4 * this.#padded;
    const sizes = floors + 4 * this.#padded;
    const queries = 16 * Math.ceil((sizes + 4 * this.#padded) / 16);
    return { mask, units, floors, sizes, queries, heaps: queries + 2 * this.#task.stride * this.#padded };
  }
}
