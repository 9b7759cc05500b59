/** Memories that hold the coded rows of an index, laid out so that kernels in any thread can read them. */

import type { RowRun } from './coding.ts';
import { isShared, type Kernel, newMemory, openKernel, pageBytes } from './kernel.ts';

/** Rows of a segment; rows of a piece, the amount of work a thread takes at a time. */
export const segmentRows = 65_536;
export const pieceRows = 8192;

/** Scratch of one lane: queries, heaps and a mask of the scan that runs there. */
export const scratchBytes = 1 << 20;

const largestMemoryPages = 65_536;

/** A run of rows within one memory. */
export interface Piece {
  /** Which memory. */
  readonly arena: number;
  /** Addresses of the first row and its scale. */
  readonly rows: number;
  readonly scales: number;
  readonly count: number;
  /** Slot of the first row. */
  readonly base: number;
}

/** One memory: scratch lanes, then segments of scales followed by rows. */
export interface Arena {
  /** Unique in this process. */
  readonly id: number;
  readonly memory: WebAssembly.Memory;
  readonly kernel: Kernel;
}

let nextArenaId = 0;

/** The codes of all slots: slot → segment → memory. */
export class Arenas {
  readonly stride: number;
  readonly #lanes: number;
  readonly #segmentBytes: number;
  readonly #segmentsPerArena: number;
  readonly #arenas: Arena[] = [];

  /**
   * @param stride bytes of a row, a multiple of 16
   * @param lanes how many scans may use one memory at a time
   */
  constructor(stride: number, lanes: number) {
    this.stride = stride;
    this.#lanes = lanes;
    this.#segmentBytes = segmentRows * (4 + this.stride);
    const room = largestMemoryPages * pageBytes - lanes * scratchBytes - pageBytes;
    this.#segmentsPerArena = Math.floor(room / this.#segmentBytes);
  }

  get all(): readonly Arena[] {
    return this.#arenas;
  }

  /** The memories by their ids. */
  memories(): ReadonlyMap<number, Arena> {
    return new Map(this.#arenas.map((arena) => [arena.id, arena]));
  }

  /** Whether workers can share the rows. */
  get shared(): boolean {
    return this.#arenas.every(({ memory }) => isShared(memory));
  }

  /** The codes of a slot, padding included; grows the memory when the slot is new. The view is for use at once. */
  codes(slot: number): Int8Array {
    const { arena, rows } = this.#locate(slot);
    this.#reserve(arena, rows + this.stride);
    return new Int8Array(arena.memory.buffer, rows, this.stride);
  }

  /** How many slots from this one on lie side by side. */
  runLength(slot: number): number {
    return segmentRows - (slot % segmentRows);
  }

  /** Where a run of slots lies, its memory grown to hold it. @param lane whose scratch may be used on the way */
  run(slot: number, count: number, lane: number): RowRun {
    const { arena, scales, rows } = this.#locate(slot);
    this.#reserve(arena, rows + count * this.stride);
    // Address 0 stays free.
    return { memory: arena.memory, kernel: arena.kernel, scratch: lane * scratchBytes + 64, rows, scales };
  }

  /** NaN makes the slot invisible to scans. */
  setScale(slot: number, scale: number): void {
    const { arena, scales } = this.#locate(slot);
    new Float32Array(arena.memory.buffer, scales, 1)[0] = scale;
  }

  scale(slot: number): number {
    const { arena, scales } = this.#locate(slot);
    return new Float32Array(arena.memory.buffer, scales, 1)[0] as number;
  }

  /** All slots below `capacity`, in pieces. */
  pieces(capacity: number): Piece[] {
    const pieces: Piece[] = [];
    for (let base = 0; base < capacity; base += pieceRows) {
      const { arena, rows, scales } = this.#locate(base);
      pieces.push({ arena: arena.id, rows, scales, count: Math.min(pieceRows, capacity - base), base });
    }
    return pieces;
  }

  /** Bytes in use, scratch included. */
  get bytes(): number {
    return this.#arenas.reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0);
  }

  #locate(slot: number): { arena: Arena; rows: number; scales: number } {
    const segment = Math.floor(slot / segmentRows);
    const row = slot % segmentRows;
    const arena = this.#arena(Math.floor(segment / this.#segmentsPerArena));
    const scales = this.#lanes * scratchBytes + (segment % this.#segmentsPerArena) * this.#segmentBytes;
    return { arena, scales: scales + 4 * row, rows: scales + 4 * segmentRows + row * this.stride };
  }

  #arena(index: number): Arena {
    const known = this.#arenas[index];
    if (known !== undefined) return known;
    const initial = Math.ceil((this.#lanes * scratchBytes + 4 * segmentRows) / pageBytes) + 1;
    const memory = newMemory(initial, largestMemoryPages);
    const arena = { id: nextArenaId++, memory, kernel: openKernel(memory) };
    this.#arenas.push(arena);
    return arena;
  }

  #reserve(arena: Arena, bytes: number): void {
    const missing = bytes - arena.memory.buffer.byteLength;
    if (missing <= 0) return;
    // Fresh pages cost nothing until they are written, so grow in strides of 8 MiB.
    const pages = Math.max(128, Math.ceil(missing / pageBytes));
    const left = largestMemoryPages - arena.memory.buffer.byteLength / pageBytes;
    arena.memory.grow(Math.min(pages, left));
  }
}
