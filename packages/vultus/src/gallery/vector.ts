/** Vectors in and out: checked, normalised, and encoded at a collection's precision. */

import { VultusError } from '../errors.ts';
import type { Precision } from '../face/faceprint.ts';
import { toFloat16 } from '../face/float16.ts';
import { halfTable } from './index/rows.ts';

/**
 * A unit-length copy, or the vector itself where it is unit already (within 1e-6).
 * @throws VultusError `INVALID_ARGUMENT` for a wrong length, a component that is not finite, or a zero vector.
 */
export function unitVector(vector: Float32Array, dimension: number, what = 'The faceprint'): Float32Array {
  if (!(vector instanceof Float32Array) || vector.length !== dimension) {
    const got = vector instanceof Float32Array ? `${vector.length} components` : typeof vector;
    throw new VultusError(
      'INVALID_ARGUMENT',
      `${what}: expected a Float32Array of ${dimension} components, got ${got}`,
    );
  }
  let sum = 0;
  for (let i = 0; i < dimension; i++) {
    const x = vector[i] as number;
    sum += x * x;
  }
  if (!Number.isFinite(sum)) {
    throw new VultusError('INVALID_ARGUMENT', `${what} has a component that is not finite. Embed the face again`);
  }
  if (sum < 1e-24) {
    throw new VultusError('INVALID_ARGUMENT', `${what} has no length: all components are zero. Embed the face again`);
  }
  if (Math.abs(sum - 1) <= 1e-6) return vector;
  const scale = 1 / Math.sqrt(sum);
  return vector.map((x) => x * scale);
}

/** Bytes of one encoded vector. */
export function encodedLength(dimension: number, precision: Precision): number {
  if (precision === 'float32') return 4 * dimension;
  return precision === 'float16' ? 2 * dimension : dimension + 4;
}

/** Little-endian components; int8 is a float32 scale followed by `dimension` signed bytes. */
export function encodeVector(vector: Float32Array, precision: Precision): Uint8Array {
  if (precision === 'float32') return new Uint8Array(vector.slice().buffer);
  if (precision === 'float16') return encodeHalf(vector);
  const bytes = new Uint8Array(vector.length + 4);
  let largest = 0;
  for (const x of vector) largest = Math.max(largest, Math.abs(x));
  // The float32 of the scale is what decoding will use, so the codes are rounded against it.
  const scale = Math.fround(largest / 127);
  new DataView(bytes.buffer).setFloat32(0, scale, true);
  const codes = new Int8Array(bytes.buffer, 4);
  for (let i = 0; i < vector.length; i++) codes[i] = Math.round((vector[i] as number) / scale);
  return bytes;
}

/**
 * The inverse of {@link encodeVector}, up to the rounding of the precision.
 * @throws VultusError `STORE_CORRUPT` when the bytes have the wrong length.
 */
export function decodeVector(bytes: Uint8Array, dimension: number, precision: Precision): Float32Array {
  if (bytes.length !== encodedLength(dimension, precision)) {
    throw new VultusError(
      'STORE_CORRUPT',
      `A stored vector has ${bytes.length} bytes, expected ${encodedLength(dimension, precision)} for ${dimension} × ${precision}. Restore the gallery from a backup`,
    );
  }
  if (precision === 'float32') return new Float32Array(bytes.slice().buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const vector = new Float32Array(dimension);
  if (precision === 'float16') {
    const table = halfTable();
    for (let i = 0; i < dimension; i++) vector[i] = table[view.getUint16(2 * i, true)] as number;
    return vector;
  }
  const scale = view.getFloat32(0, true);
  for (let i = 0; i < dimension; i++) vector[i] = view.getInt8(4 + i) * scale;
  return vector;
}

function encodeHalf(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * vector.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < vector.length; i++) view.setUint16(2 * i, toFloat16(vector[i] as number), true);
  return bytes;
}
