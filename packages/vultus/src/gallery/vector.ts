/** Vectors in and out: checked, normalised, and encoded at a collection's precision. */

import { VultusError } from '../errors.ts';
import type { Precision } from '../face/faceprint.ts';
import { toFloat16 } from '../face/float16.ts';
import { quantiseRow } from './index/quantise.ts';
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
  const unit = new Float32Array(dimension);
  for (let i = 0; i < dimension; i++) unit[i] = (vector[i] as number) * scale;
  return unit;
}

/** Bytes of one encoded vector. */
export function encodedLength(dimension: number, precision: Precision): number {
  if (precision === 'float32') return 4 * dimension;
  return precision === 'float16' ? 2 * dimension : dimension + 4;
}

/** Little-endian components; int8 is a float32 scale followed by `dimension` signed bytes. */
export function encodeVector(vector: Float32Array, precision: Precision): Uint8Array {
  const bytes = new Uint8Array(encodedLength(vector.length, precision));
  encodeInto(vector, precision, bytes);
  return bytes;
}

/** {@link encodeVector} into bytes of the right length. */
export function encodeInto(vector: Float32Array, precision: Precision, bytes: Uint8Array): void {
  if (precision === 'float32') {
    bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (precision === 'float16') {
    for (let i = 0; i < vector.length; i++) view.setUint16(2 * i, toFloat16(vector[i] as number), true);
    return;
  }
  const codes = new Int8Array(bytes.buffer, bytes.byteOffset + 4, vector.length);
  view.setFloat32(0, quantiseRow(vector, codes).scale, true);
}

/**
 * The inverse of {@link encodeVector}, up to the rounding of the precision.
 * @throws VultusError `STORE_CORRUPT` when the bytes have the wrong length.
 */
export function decodeVector(bytes: Uint8Array, dimension: number, precision: Precision): Float32Array {
  const vector = new Float32Array(dimension);
  decodeInto(bytes, precision, vector);
  return vector;
}

/** {@link decodeVector} of many, one after the other; where they lie so already, the same memory. */
export function decodeVectors(encoded: readonly Uint8Array[], dimension: number, precision: Precision): Float32Array {
  if (precision === 'float32') {
    const inPlace = floatsInPlace(encoded, 4 * dimension);
    if (inPlace !== undefined) return inPlace;
  }
  const vectors = new Float32Array(encoded.length * dimension);
  for (const [i, bytes] of encoded.entries()) {
    decodeInto(bytes, precision, vectors.subarray(i * dimension, (i + 1) * dimension));
  }
  return vectors;
}

/** The bytes of vectors of `length` each as components, where no byte lies between them. */
function floatsInPlace(encoded: readonly Uint8Array[], length: number): Float32Array | undefined {
  const [first] = encoded;
  if (first === undefined || first.byteOffset % 4 !== 0) return undefined;
  const { buffer, byteOffset } = first;
  for (const [i, bytes] of encoded.entries()) {
    if (bytes.buffer !== buffer || bytes.byteOffset !== byteOffset + i * length || bytes.length !== length)
      return undefined;
  }
  return new Float32Array(buffer, byteOffset, (encoded.length * length) / 4);
}

/** {@link decodeVector} into a vector. */
function decodeInto(bytes: Uint8Array, precision: Precision, vector: Float32Array): void {
  const dimension = vector.length;
  if (bytes.length !== encodedLength(dimension, precision)) {
    throw new VultusError(
      'STORE_CORRUPT',
      `A stored vector has ${bytes.length} bytes, expected ${encodedLength(dimension, precision)} for ${dimension} × ${precision}. Restore the gallery from a backup`,
    );
  }
  if (precision === 'float32') {
    new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).set(bytes);
    return;
  }
  if (precision === 'float16') {
    const table = halfTable();
    for (let i = 0; i < dimension; i++)
      vector[i] = table[(bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8)] as number;
    return;
  }
  const scale = new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  const codes = new Int8Array(bytes.buffer, bytes.byteOffset + 4, dimension);
  for (let i = 0; i < dimension; i++) vector[i] = (codes[i] as number) * scale;
}
