/** Many queries at once as a matrix product by an ONNX runtime; where there is none the kernels do it, slower. */

import type { Piece } from './arena.ts';
import { type Kernel, openKernel, pageBytes } from './kernel.ts';
import { blockOf, copyMask, type Found, type Memories, maskBytes, type QuerySet, type ScanTask } from './scanner.ts';

/**
 * Multiplies bytes into int32, exactly. Rows are 0…255 and queries −64…64: some processors add two products in int16
 * with saturation, which 2 × 255 × 64 does not reach.
 */
export interface Gemm {
  /**
   * sums[row][query] = Σ (rows[row][i] − 128) · queries[i][query].
   * @param inner how many i there are; arrays are row-major and lie in memory that is not shared
   */
  run(rows: Uint8Array, queries: Int8Array, sums: Int32Array, inner: number): Promise<void>;
  close(): Promise<void>;
}

/** Whether a product comes out right where it is hardest: the largest values, for which narrow sums would overflow. */
export async function isExact(gemm: Gemm): Promise<boolean> {
  const [count, width, inner] = [3, 16, 512];
  const rows = new Uint8Array(count * inner).map((_, i) => [255, 1, (i * 37) & 255][Math.floor(i / inner)] as number);
  const queries = new Int8Array(inner * width).map(
    (_, i) => [64, -64, ((i * 29) % 129) - 64][(i % width) % 3] as number,
  );
  const sums = new Int32Array(count * width);
  await gemm.run(rows, queries, sums, inner);
  return sums.every((sum, at) => {
    const [row, query] = [Math.floor(at / width), at % width];
    let wanted = 0;
    for (let i = 0; i < inner; i++)
      wanted += ((rows[row * inner + i] as number) - 128) * (queries[i * width + query] as number);
    return sum === wanted;
  });
}

/** Rows multiplied at a time: with their sums they stay in the second-level cache. */
const blockRows = 2048;

/** The memory in which one thread multiplies: rows are copied here, since runtimes refuse shared memory. */
export class GemmSpace {
  readonly gemm: Gemm;
  readonly memory = new WebAssembly.Memory({ initial: 64 });
  readonly kernel: Kernel = openKernel(this.memory);

  constructor(gemm: Gemm) {
    this.gemm = gemm;
  }

  reserve(bytes: number): void {
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / pageBytes);
    if (missing > 0) this.memory.grow(missing);
  }
}

/** A scan under way, with the coarse queries of a task; one at a time in a space. */
export class GemmScan {
  readonly #memories: Memories;
  readonly #space: GemmSpace;
  readonly #task: ScanTask;
  readonly #count: number;
  /** Queries rounded up to what products like. */
  readonly #width: number;
  readonly #at: Layout;

  constructor(memories: Memories, space: GemmSpace, task: ScanTask, coarse: QuerySet<Int8Array>) {
    this.#memories = memories;
    this.#space = space;
    this.#task = task;
    this.#count = coarse.units.length;
    this.#width = 16 * Math.ceil(this.#count / 16);
    this.#at = layout(task.stride, this.#width, task.limit);
    space.reserve(this.#at.end);
    this.#prepare(coarse);
  }

  /** Scans one piece. */
  async take(piece: Piece): Promise<void> {
    const { mask } = this.#task;
    if (mask !== undefined) copyMask(mask, piece, new Uint8Array(this.#buffer, this.#at.mask, maskBytes));
    for (let row = 0; row < piece.count; row += blockRows) {
      await this.#takeBlock(
        blockOf(piece, row, this.#task.stride, blockRows),
        mask === undefined ? 0 : this.#at.mask + row / 8,
      );
    }
  }

  /** What was found in all memories together. */
  found(): Found {
    const { limit } = this.#task;
    const heaps = new Uint32Array(this.#buffer, this.#at.heaps, 2 * limit * this.#count);
    const slots = new Uint32Array(limit * this.#count);
    const bits = new Uint32Array(limit * this.#count);
    for (let i = 0; i < bits.length; i++) {
      bits[i] = heaps[2 * i] as number;
      slots[i] = heaps[2 * i + 1] as number;
    }
    const sizes = new Uint32Array(this.#buffer, this.#at.sizes, this.#count).slice();
    return { coarse: true, sizes, scores: new Float32Array(bits.buffer), slots };
  }

  async #takeBlock({ arena, rows, scales, count, base }: Piece, mask: number): Promise<void> {
    const { stride, limit } = this.#task;
    const { kernel, gemm } = this.#space;
    const at = this.#at;
    const { buffer } = (this.#memories.get(arena) as { memory: WebAssembly.Memory }).memory;
    const own = new Uint8Array(this.#buffer, at.rows, count * stride);
    own.set(new Uint8Array(buffer, rows, count * stride));
    new Float32Array(this.#buffer, at.scales, count).set(new Float32Array(buffer, scales, count));
    kernel.lift(at.rows, count * stride);
    const queries = new Int8Array(this.#buffer, at.queries, stride * this.#width);
    const sums = new Int32Array(this.#buffer, at.sums, count * this.#width);
    await gemm.run(own, queries, sums, stride);
    const { units, bars, heaps, sizes, floors } = at;
    kernel.select(at.sums, at.scales, count, this.#width, units, bars, heaps, sizes, limit, floors, base, mask);
  }

  /** Queries become columns; those that only fill up the width never reach their floor. */
  #prepare({ queries, units, floors }: QuerySet<Int8Array>): void {
    const { stride } = this.#task;
    const columns = new Int8Array(this.#buffer, this.#at.queries, stride * this.#width).fill(0);
    for (let q = 0; q < this.#count; q++) {
      for (let i = 0; i < stride; i++) columns[i * this.#width + q] = queries[q * stride + i] as number;
    }
    new Float32Array(this.#buffer, this.#at.units, this.#width).fill(0).set(units);
    for (const at of [this.#at.floors, this.#at.bars]) {
      new Float32Array(this.#buffer, at, this.#width).fill(Number.POSITIVE_INFINITY).set(floors);
    }
    new Uint32Array(this.#buffer, this.#at.sizes, this.#width).fill(0);
  }

  get #buffer(): ArrayBuffer {
    return this.#space.memory.buffer;
  }
}

/** Where things lie in the space. */
type Layout = Readonly<
  Record<
    'mask' | 'units' | 'floors' | 'bars' | 'sizes' | 'scales' | 'queries' | 'heaps' | 'rows' | 'sums' | 'end',
    number
  >
>;

function layout(stride: number, width: number, limit: number): Layout {
  // Address 0 means no mask, so nothing starts there.
  const mask = 64;
  const units = mask + maskBytes;
  const floors = units + 4 * width;
  const bars = floors + 4 * width;
  const sizes = bars + 4 * width;
  const scales = sizes + 4 * width;
  const queries = scales + 4 * blockRows;
  const heaps = queries + stride * width;
  const rows = heaps + 8 * limit * width;
  const sums = rows + stride * blockRows;
  return { mask, units, floors, bars, sizes, scales, queries, heaps, rows, sums, end: sums + 4 * width * blockRows };
}
