/** Faceprints as JSON and as compact bytes. Both carry the contract; neither trusts what it reads. */

import { VultusError } from '../errors.ts';
import type { EmbeddingContract, Faceprint, Precision } from './faceprint.ts';
import { fromFloat16, toFloat16 } from './float16.ts';

/** A faceprint as plain JSON. */
export interface FaceprintJson {
  readonly format: 'vultus-faceprint';
  readonly formatVersion: 1;
  readonly contract: EmbeddingContract;
  readonly precision: Precision;
  /** Unit length, as many numbers as `contract.dimension`. */
  readonly vector: readonly number[];
}

/** Longest vector that is read; far above any embedding in use. */
const maxDimension = 16_384;
const magic = [0x56, 0x46, 0x50, 0x01];
const precisions = ['float32', 'float16', 'int8'] as const satisfies readonly Precision[];
const bytesPerComponent = { float32: 4, float16: 2, int8: 1 } as const;
/** magic 4, precision 1, reserved 1, dimension 2, contract digest 32, id length 1, version length 1. */
const headerBytes = 42;

/** The faceprint as plain JSON; the numbers are its float32 components. */
export function faceprintToJson(faceprint: Faceprint): FaceprintJson {
  const { contract, precision, vector } = faceprint;
  return { format: 'vultus-faceprint', formatVersion: 1, contract, precision, vector: Array.from(vector) };
}

/** Reads what {@link faceprintToJson} wrote. @throws VultusError `INVALID_ARGUMENT` naming the field that is wrong. */
export function faceprintFromJson(value: unknown): Faceprint {
  const json = asObject(value, 'faceprint');
  if (json.format !== 'vultus-faceprint' || json.formatVersion !== 1) {
    throw invalid('format "vultus-faceprint" version 1', `${String(json.format)} ${String(json.formatVersion)}`);
  }
  const contract = readContract(asObject(json.contract, 'contract'));
  const precision = precisions.find((name) => name === json.precision);
  if (precision === undefined) throw invalid(`precision ${precisions.join(', ')}`, String(json.precision));
  const numbers = json.vector;
  if (!Array.isArray(numbers) || !numbers.every((item) => typeof item === 'number')) {
    throw invalid('vector to be an array of numbers', typeof numbers);
  }
  if (numbers.length !== contract.dimension) {
    throw invalid(`a vector of ${contract.dimension} numbers`, `${numbers.length}`);
  }
  return { contract, precision, vector: unitVector(Float32Array.from(numbers as number[]), precision) };
}

/**
 * Compact bytes, little-endian: `VFP` 1, precision (0 float32, 1 float16, 2 int8), 0, dimension (u16), the contract's
 * SHA-256 (32), lengths of its id and version (u8 each), both in UTF-8, the components. int8 components are preceded
 * by their scale (float32): component = scale × byte.
 * @param precision default: the faceprint's own; a coarser one loses digits, similarities move by < 0.002 (float16), < 0.01 (int8)
 */
export function encodeFaceprint(faceprint: Faceprint, precision: Precision = faceprint.precision): Uint8Array {
  const { contract } = faceprint;
  const vector = unitVector(faceprint.vector, 'float32');
  if (vector.length !== contract.dimension || vector.length > maxDimension) {
    throw invalid(`a vector of ${contract.dimension} (at most ${maxDimension}) components`, `${vector.length}`);
  }
  const id = encodeName(contract.id, 'id');
  const version = encodeName(contract.version, 'version');
  const scaleBytes = precision === 'int8' ? 4 : 0;
  const start = headerBytes + id.length + version.length;
  const bytes = new Uint8Array(start + scaleBytes + vector.length * bytesPerComponent[precision]);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  bytes[4] = precisions.indexOf(precision);
  view.setUint16(6, vector.length, true);
  bytes.set(digestBytes(contract.sha256), 8);
  bytes[40] = id.length;
  bytes[41] = version.length;
  bytes.set(id, headerBytes);
  bytes.set(version, headerBytes + id.length);
  writeComponents(view, start, vector, precision);
  return bytes;
}

/**
 * Reads what {@link encodeFaceprint} wrote; the vector comes back at unit length.
 * @throws VultusError `INVALID_ARGUMENT` for bytes that are no faceprint, cut short, too long, or without length.
 */
export function decodeFaceprint(bytes: Uint8Array): Faceprint {
  if (bytes.length < headerBytes || magic.some((byte, index) => bytes[index] !== byte)) {
    throw invalid('the bytes of a faceprint (VFP, version 1)', `${bytes.length} bytes of something else`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const precision = precisions[bytes[4] as number];
  if (precision === undefined || bytes[5] !== 0) throw invalid('a precision of 0, 1 or 2', `${bytes[4]}`);
  const dimension = view.getUint16(6, true);
  const idEnd = headerBytes + (bytes[40] as number);
  const start = idEnd + (bytes[41] as number);
  const expected = start + (precision === 'int8' ? 4 : 0) + dimension * bytesPerComponent[precision];
  if (dimension === 0 || dimension > maxDimension || bytes.length !== expected) {
    throw invalid(`${expected} bytes for ${dimension} components`, `${bytes.length} bytes`);
  }
  const contract = readContract({
    id: decodeName(bytes.subarray(headerBytes, idEnd)),
    version: decodeName(bytes.subarray(idEnd, start)),
    sha256: Array.from(bytes.subarray(8, 40), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    dimension,
  });
  return { contract, precision, vector: unitVector(readComponents(view, start, dimension, precision), precision) };
}

function writeComponents(view: DataView, start: number, vector: Float32Array, precision: Precision): void {
  if (precision === 'float32') {
    for (const [i, value] of vector.entries()) view.setFloat32(start + i * 4, value, true);
  } else if (precision === 'float16') {
    for (const [i, value] of vector.entries()) view.setUint16(start + i * 2, toFloat16(value), true);
  } else {
    const scale = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    view.setFloat32(start, scale, true);
    for (const [i, value] of vector.entries()) view.setInt8(start + 4 + i, Math.round(value / scale));
  }
}

function readComponents(view: DataView, start: number, dimension: number, precision: Precision): Float32Array {
  if (precision === 'float32') {
    return Float32Array.from({ length: dimension }, (_, i) => view.getFloat32(start + i * 4, true));
  }
  if (precision === 'float16') {
    return Float32Array.from({ length: dimension }, (_, i) => fromFloat16(view.getUint16(start + i * 2, true)));
  }
  const scale = view.getFloat32(start, true);
  return Float32Array.from({ length: dimension }, (_, i) => view.getInt8(start + 4 + i) * scale);
}

/** At unit length; float32 vectors that have it already keep their bits. */
function unitVector(vector: Float32Array, precision: Precision): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (!(length > 1e-12) || !Number.isFinite(length)) throw invalid('a vector of finite, positive length', `${length}`);
  if (precision === 'float32' && Math.abs(length - 1) < 1e-6) return vector;
  return vector.map((value) => value / length);
}

function readContract(value: Readonly<Record<string, unknown>>): EmbeddingContract {
  const { id, version, sha256, dimension } = value;
  if (typeof id !== 'string' || id === '' || typeof version !== 'string') {
    throw invalid('contract.id and contract.version to be strings', `${typeof id} and ${typeof version}`);
  }
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw invalid('contract.sha256 to be 64 hex digits', String(sha256).slice(0, 80));
  }
  if (typeof dimension !== 'number' || !Number.isInteger(dimension) || dimension < 1 || dimension > maxDimension) {
    throw invalid(`contract.dimension from 1 to ${maxDimension}`, String(dimension));
  }
  return { id, version, sha256, dimension };
}

function encodeName(name: string, field: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  if (bytes.length > 255) throw invalid(`contract.${field} of at most 255 bytes`, `${bytes.length}`);
  return bytes;
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new VultusError('INVALID_ARGUMENT', 'Faceprint: expected names in UTF-8, got other bytes', { cause });
  }
}

function digestBytes(hex: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw invalid('contract.sha256 to be 64 hex digits', hex.slice(0, 80));
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16));
}

function asObject(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw invalid(`${field} to be an object`, value === null ? 'null' : typeof value);
}

function invalid(expected: string, got: string): VultusError {
  return new VultusError('INVALID_ARGUMENT', `Faceprint: expected ${expected}, got ${got}`);
}
