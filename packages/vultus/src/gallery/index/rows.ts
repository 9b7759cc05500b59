/** The vectors that decide: what the collection's precision keeps of them, for the exact score of a candidate. */

import type { Precision } from '../../face/faceprint.ts';
import { fromFloat16, toFloat16 } from '../../face/float16.ts';
import type { Arenas } from './arena.ts';
import type { Codes } from './coding.ts';

/** Vectors by slot. */
export interface Rows {
  /** Takes vectors, one after the other, into as many slots from `slot` on. */
  write(slot: number, vectors: Float32Array): void;
  /** As it was rounded. Valid until the next call. */
  read(slot: number): Float32Array;
  erase(slot: number): void;
  /** How far a kept unit vector may be from its codes, given how far the one that was written is. */
  apart(residual: number): number;
}

const rowsPerBlock = 4096;

/** Opens the vectors of a precision; where the scan's codes keep all of them, they are read from there. */
export function openRows(dimension: number, precision: Precision, codes: Codes, arenas: Arenas): Rows {
  if (codes === 'float32') return scannedRows(dimension, arenas);
  if (precision === 'float32') return floatRows(dimension);
  return precision === 'float16' ? halfRows(dimension) : codeRows(dimension, arenas);
}

function floatRows(dimension: number): Rows {
  const blocks = blocksOf(dimension, (length) => new Float32Array(newBuffer(4 * length)));
  return {
    write: (slot, vectors) => {
      for (const { rows, from, to } of blocks.runs(slot, vectors.length)) rows.set(vectors.subarray(from, to));
    },
    read: blocks.view,
    erase: (slot) => blocks.view(slot).fill(0),
    apart: (residual) => residual,
  };
}

function halfRows(dimension: number): Rows {
  const blocks = blocksOf(dimension, (length) => new Uint16Array(newBuffer(2 * length)));
  const decoded = new Float32Array(dimension);
  const table = halfTable();
  // Half a unit in the last place of 11 bits, or of the smallest numbers.
  const rounding = 1.001 * 2 ** -11 + 2 ** -25 * Math.sqrt(dimension);
  return {
    write: (slot, vectors) => {
      for (const { rows, from } of blocks.runs(slot, vectors.length)) {
        for (let i = 0; i < rows.length; i++) rows[i] = toFloat16(vectors[from + i] as number);
      }
    },
    read: (slot) => {
      const halves = blocks.view(slot);
      for (let i = 0; i < dimension; i++) decoded[i] = table[halves[i] as number] as number;
      return decoded;
    },
    erase: (slot) => blocks.view(slot).fill(0),
    apart: (residual) => residual + rounding,
  };
}

/** Rows in blocks that are made when they are first written. */
function blocksOf<A extends Float32Array | Uint16Array>(dimension: number, make: (length: number) => A) {
  const blocks: A[] = [];
  const slice = (slot: number, count: number): A => {
    const block = Math.floor(slot / rowsPerBlock);
    const rows = blocks[block] ?? make(rowsPerBlock * dimension);
    blocks[block] = rows;
    const at = slot % rowsPerBlock;
    return rows.subarray(at * dimension, (at + count) * dimension) as A;
  };
  return {
    view: (slot: number): A => slice(slot, 1),
    /** The places of `length` components from a slot on, and which components go there. */
    *runs(slot: number, length: number): Generator<{ readonly rows: A; readonly from: number; readonly to: number }> {
      for (let from = 0; from < length; ) {
        const at = slot + from / dimension;
        const count = Math.min(rowsPerBlock - (at % rowsPerBlock), (length - from) / dimension);
        const to = from + count * dimension;
        yield { rows: slice(at, count), from, to };
        from = to;
      }
    },
  };
}

function scannedRows(dimension: number, arenas: Arenas): Rows {
  return {
    write: () => {},
    read: (slot) => {
      const { buffer, byteOffset } = arenas.codes(slot);
      return new Float32Array(buffer, byteOffset, dimension);
    },
    erase: () => {},
    apart: () => 0,
  };
}

function codeRows(dimension: number, arenas: Arenas): Rows {
  const decoded = new Float32Array(dimension);
  return {
    write: () => {},
    read: (slot) => {
      const codes = arenas.codes(slot);
      const scale = arenas.scale(slot);
      for (let i = 0; i < dimension; i++) decoded[i] = (codes[i] as number) * scale;
      return decoded;
    },
    erase: () => {},
    // What is kept is the codes; only code × scale is rounded to float32.
    apart: () => 2 ** -23,
  };
}

let halves: Float32Array | undefined;

/** The value of each of the 65,536 halves. */
export function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => fromFloat16(bits));
  return halves;
}

function newBuffer(bytes: number): ArrayBuffer {
  return (
    typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes)
  ) as ArrayBuffer;
}
