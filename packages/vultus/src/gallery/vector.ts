/** Vectors in and out: checked, normalised, and encoded at a collection's precision. */

import { VultusError } from '../errors.ts';
import type { Precision } from '../face/faceprint.ts';

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
    for (let i = 0; i < dimension; i++) vector[i] = halfToFloat(view.getUint16(2 * i, true));
    return vector;
  }
  const scale = view.getFloat32(0, true);
  for (let i = 0; i < dimension; i++) vector[i] = view.getInt8(4 + i) * scale;
  return vector;
}

const floatBits = new Float32Array(1);
const intBits = new Uint32Array(floatBits.buffer);

function encodeHalf(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * vector.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < vector.length; i++) view.setUint16(2 * i, floatToHalf(vector[i] as number), true);
  return bytes;
}

/** IEEE 754 binary16 of a value below 65504 in size, rounded to nearest even; subnormals are kept. */
export function floatToHalf(value: number): number {
  floatBits[0] = value;
  const bits = intBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const rest = bits & 0x7fffffff;
  if (rest < 0x38800000) {
    // Below 2^-14: a multiple of 2^-24.
    const scaled = Math.abs(value) * 2 ** 24;
    const low = Math.floor(scaled);
    const excess = scaled - low;
    return sign | (low + (excess > 0.5 || (excess === 0.5 && (low & 1) === 1) ? 1 : 0));
  }
  const rounded = rest - 0x38000000 + 0xfff + ((rest >>> 13) & 1);
  return sign | Math.min(rounded >>> 13, 0x7bff);
}

/** The value of an IEEE 754 binary16; infinities and NaN do not occur in a stored vector and come out as large numbers. */
export function halfToFloat(half: number): number {
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const size = exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15);
  return (half & 0x8000) === 0 ? size : -size;
}
