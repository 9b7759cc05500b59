/** The vectors that decide: what the collection's precision keeps of them, for the exact score of a candidate. */

import type { Precision } from '../../face/faceprint.ts';
import { fromFloat16, toFloat16 } from '../../face/float16.ts';
import type { Arenas } from './arena.ts';
import type { Codes } from './coding.ts';

/** Vectors by slot. */
export interface Rows {
  /** Whether a vector comes back as it was written. */
  readonly exact: boolean;
  write(slot: number, vector: Float32Array): void;
  /** As it was rounded. Valid until the next call. */
  read(slot: number): Float32Array;
  erase(slot: number): void;
}

const rowsPerBlock = 4096;

/** Opens the vectors of a precision; where the scan's codes keep all of them, they are read from there. */
export function openRows(dimension: number, precision: Precision, codes: Codes, arenas: Arenas): Rows {
  if (codes === 'float32') return scannedRows(dimension, arenas);
  if (precision === 'float32') return floatRows(dimension);
  return precision === 'float16' ? halfRows(dimension) : codeRows(dimension, arenas);
}

function floatRows(dimension: number): Rows {
  const blocks: Float32Array[] = [];
  const view = (slot: number): Float32Array => {
    const block = Math.floor(slot / rowsPerBlock);
    const rows = blocks[block] ?? new Float32Array(newBuffer(4 * rowsPerBlock * dimension));
    blocks[block] = rows;
    const at = (slot % rowsPerBlock) * dimension;
    return rows.subarray(at, at + dimension);
  };
  return {
    exact: true,
    write: (slot, vector) => view(slot).set(vector),
    read: view,
    erase: (slot) => view(slot).fill(0),
  };
}

function halfRows(dimension: number): Rows {
  const blocks: Uint16Array[] = [];
  const decoded = new Float32Array(dimension);
  const table = halfTable();
  const view = (slot: number): Uint16Array => {
    const block = Math.floor(slot / rowsPerBlock);
    const rows = blocks[block] ?? new Uint16Array(newBuffer(2 * rowsPerBlock * dimension));
    blocks[block] = rows;
    const at = (slot % rowsPerBlock) * dimension;
    return rows.subarray(at, at + dimension);
  };
  return {
    exact: false,
    write: (slot, vector) => {
      const halves = view(slot);
      for (let i = 0; i < dimension; i++) halves[i] = toFloat16(vector[i] as number);
    },
    read: (slot) => {
      const halves = view(slot);
      for (let i = 0; i < dimension; i++) decoded[i] = table[halves[i] as number] as number;
      return decoded;
    },
    erase: (slot) => view(slot).fill(0),
  };
}

function scannedRows(dimension: number, arenas: Arenas): Rows {
  return {
    exact: true,
    write: () => {},
    read: (slot) => {
      const { buffer, byteOffset } = arenas.codes(slot);
      return new Float32Array(buffer, byteOffset, dimension);
    },
    erase: () => {},
  };
}

function codeRows(dimension: number, arenas: Arenas): Rows {
  const decoded = new Float32Array(dimension);
  return {
    exact: false,
    write: () => {},
    read: (slot) => {
      const codes = arenas.codes(slot);
      const scale = arenas.scale(slot);
      for (let i = 0; i < dimension; i++) decoded[i] = (codes[i] as number) * scale;
      return decoded;
    },
    erase: () => {},
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
