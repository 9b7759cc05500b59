/** float32 → int8 rows with a scale each, and int16 queries; with the error that this makes, for the certificate. */

/** What quantising a row cost. */
export interface RowError {
  /** Component = scale × code. */
  readonly scale: number;
  /** ‖x − scale·codes‖, rounded up. */
  readonly residual: number;
}

/** 1.5 × 2²³: a float32 that is added to it is rounded to a whole number. */
const rounder = 12_582_912;

/**
 * Fills `codes` (its tail beyond the vector is left alone) with the nearest multiples of the row's scale. Reckoned in
 * float32, as the kernel does it: a component is off by at most 2⁻²⁴ of its size more than its distance says, which the
 * residual covers.
 */
export function quantiseRow(vector: Float32Array, codes: Int8Array): RowError {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i] as number));
  const scale = Math.fround(largest / 127);
  // Below, one divided by it could leave float32.
  if (scale < 1e-30) {
    codes.fill(0, 0, vector.length);
    return { scale: 0, residual: largest * Math.sqrt(vector.length) };
  }
  const inverse = Math.fround(1 / scale);
  let sum = 0;
  for (let i = 0; i < vector.length; i++) {
    const x = vector[i] as number;
    const code = Math.fround(Math.fround(x * inverse) + rounder) - rounder;
    codes[i] = code;
    const off = x - code * scale;
    sum += off * off;
  }
  return { scale, residual: Math.sqrt(sum) * (1 + 1e-4) + scale * 1e-5 * Math.sqrt(vector.length) };
}

/** Codes of a query that the matrix product takes: with rows up to 255 no pair of products leaves int16, see gemm.ts. */
const largestCoarse = 64;

/**
 * A query as int16, fine enough that only the rows' rounding matters. The largest code is bounded so that the sum of
 * `codes.length` products with row codes up to 128 stays within int32.
 */
export function quantiseQuery(query: Float32Array, codes: Int16Array): RowError {
  return quantiseTo(Math.min(32_767, Math.floor((2 ** 31 - 1) / (128 * codes.length))), query, codes);
}

/** A query as int8 from −64 to 64: a hundred times coarser, which a larger certificate makes good. */
export function quantiseCoarsely(query: Float32Array, codes: Int8Array): RowError {
  return quantiseTo(largestCoarse, query, codes);
}

function quantiseTo(largestCode: number, query: Float32Array, codes: Int16Array | Int8Array): RowError {
  let largest = 0;
  for (let i = 0; i < query.length; i++) largest = Math.max(largest, Math.abs(query[i] as number));
  const scale = Math.fround(largest / largestCode) || 1;
  let sum = 0;
  for (let i = 0; i < query.length; i++) {
    const x = query[i] as number;
    const code = Math.max(-largestCode, Math.min(largestCode, Math.round(x / scale)));
    codes[i] = code;
    const off = x - code * scale;
    sum += off * off;
  }
  return { scale, residual: Math.sqrt(sum) };
}
