/** How rows are laid out for the scan, and how far a scanned score may be from the exact one. */

import { dot } from './exact.ts';
import type { Kernel } from './kernel.ts';
import { quantiseCoarsely, quantiseQuery } from './quantise.ts';

/** What the scan reads: int8 with a scale for each row, or the float32 vectors themselves. */
export type Codes = 'int8' | 'float32';

/** Components as a search compares them: int8 rows meet int16, float32 rows the same, signs are eight to a byte. */
export type QueryCodes = Int16Array | Float32Array | Uint8Array;

/** A query as the kernels take it. */
export interface CodedQuery<C> {
  /** As many components as a row, padded with zeros. */
  readonly codes: C;
  /** Score = unit × scale of the row × sum of products. */
  readonly unit: number;
  /** How far that may be from the exact score. */
  readonly error: number;
}

/** Where rows go: a run of them and their scales in one memory, with scratch for as many vectors. */
export interface RowRun {
  readonly memory: WebAssembly.Memory;
  readonly kernel: Kernel;
  readonly scratch: number;
  readonly rows: number;
  readonly scales: number;
}

/** One way to lay out rows. */
export interface Coding {
  readonly kind: Codes | 'signs';
  /** Bytes of a row. */
  readonly stride: number;
  /** Lays out vectors, one after the other. @returns the largest ‖x − x̂‖ among them */
  encode(vectors: Float32Array, to: RowRun): number;
  /** @param residual the largest ‖x − x̂‖ of any row */
  query(query: Float32Array, residual: number): CodedQuery<QueryCodes>;
}

/** Covers float32 rounding of a product of sums and scales. */
const roundingSlack = 1e-5;

/** The layout of a kind for vectors of so many components. */
export function openCoding(kind: Coding['kind'], dimension: number): Coding {
  if (kind === 'signs') return signCoding(dimension);
  return kind === 'int8' ? int8Coding(dimension) : floatCoding(dimension);
}

/** Bytes, and components, of an int8 row. */
function int8Stride(dimension: number): number {
  return 16 * Math.ceil(dimension / 16);
}

function int8Coding(dimension: number): Coding {
  const stride = int8Stride(dimension);
  return {
    kind: 'int8',
    stride,
    encode: (vectors, { memory, kernel, scratch, rows, scales }) => {
      new Float32Array(memory.buffer, scratch, vectors.length).set(vectors);
      return kernel.encode(scratch, vectors.length / dimension, dimension, rows, scales, stride);
    },
    query: (query, residual) => {
      const codes = new Int16Array(stride);
      const coded = quantiseQuery(query, codes);
      return { codes, unit: coded.scale, error: errorOf(query, residual, coded.residual) };
    },
  };
}

/** A query for the matrix product over int8 rows, see gemm.ts. */
export function coarseQuery(query: Float32Array, residual: number): CodedQuery<Int8Array> {
  const codes = new Int8Array(int8Stride(query.length));
  const coded = quantiseCoarsely(query, codes);
  return { codes, unit: coded.scale, error: errorOf(query, residual, coded.residual) };
}

/** |x·q − x̂·q̂| ≤ ‖x − x̂‖·‖q‖ + ‖x̂‖·‖q − q̂‖, with ‖x̂‖ ≤ 1 + ‖x − x̂‖ up to the rounding of the precision. */
function errorOf(query: Float32Array, rowResidual: number, queryResidual: number): number {
  const length = Math.sqrt(dot(query, query));
  return rowResidual * length + (1.01 + rowResidual) * queryResidual + roundingSlack;
}

function floatCoding(dimension: number): Coding {
  const stride = 16 * Math.ceil(dimension / 4);
  return {
    kind: 'float32',
    stride,
    encode: (vectors, { memory, rows, scales }) => {
      const count = vectors.length / dimension;
      for (let i = 0; i < count; i++) {
        const vector = vectors.subarray(i * dimension, (i + 1) * dimension);
        new Float32Array(memory.buffer, rows + i * stride, dimension).set(vector);
      }
      new Float32Array(memory.buffer, scales, count).fill(1);
      return 0;
    },
    query: (query) => {
      const codes = new Float32Array(stride / 4);
      codes.set(query);
      // A sum of n float32 products is off by at most n·2⁻²⁴·‖x‖·‖q‖ to first order (Higham 2002, 3.1); a lane adds n = d/4.
      return { codes, unit: 1, error: (dimension / 4 + 8) * 2 ** -23 * Math.sqrt(dot(query, query)) };
    },
  };
}

/** Scores tell which rows deserve a real look, and nothing about their exact ones. */
function signCoding(dimension: number): Coding {
  const stride = 16 * Math.ceil(dimension / 128);
  return {
    kind: 'signs',
    stride,
    encode: (vectors, { memory, kernel, scratch, rows, scales }) => {
      new Float32Array(memory.buffer, scratch, vectors.length).set(vectors);
      kernel.encodeSigns(scratch, vectors.length / dimension, dimension, rows, scales, stride);
      return Number.POSITIVE_INFINITY;
    },
    query: (query) => {
      const codes = new Uint8Array(stride);
      for (let i = 0; i < dimension; i++) {
        if ((query[i] as number) > 0) codes[i >> 3] = (codes[i >> 3] as number) | (1 << (i & 7));
      }
      return { codes, unit: 1, error: Number.POSITIVE_INFINITY };
    },
  };
}
