/** Decodes the weight manifest of a TFJS model: float32, float16, integers and affine-quantised codes. */
import { fromHalf } from '../onnx/index.ts';
import type { Constant, DType } from './constant.ts';
import { product } from './dims.ts';

/** One weight as the manifest lists it. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

/** One group of weights in one file or several that join end to end. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

/**
 * Weights by name. `bytes` is the content of all files in the manifest's order.
 * @throws RangeError when the bytes end early or go on after the last weight; TypeError for an unknown element type.
 */
export function decodeWeights(groups: readonly WeightGroup[], bytes: Uint8Array): Map<string, Constant> {
  const weights = new Map<string, Constant>();
  let offset = 0;
  for (const spec of groups.flatMap((group) => group.weights)) {
    const stored = spec.quantization?.dtype ?? spec.dtype;
    const size = product(spec.shape) * elementSize(stored, spec.name);
    if (offset + size > bytes.length) {
      throw new RangeError(`weight ${spec.name} needs bytes ${offset}…${offset + size}, the file has ${bytes.length}`);
    }
    weights.set(spec.name, decodeOne(spec, stored, new Uint8Array(bytes.subarray(offset, offset + size)).buffer));
    offset += size;
  }
  if (offset !== bytes.length) throw new RangeError(`weights end at byte ${offset}, the file has ${bytes.length}`);
  return weights;
}

function elementSize(stored: string, name: string): number {
  switch (stored) {
    case 'float32':
    case 'int32':
      return 4;
    case 'float16':
    case 'uint16':
      return 2;
    case 'uint8':
    case 'bool':
      return 1;
    default:
      throw new TypeError(
        `weight ${name} has element type ${stored}; float32, float16, int32, uint8, uint16 and bool are known`,
      );
  }
}

function decodeOne(spec: WeightSpec, stored: string, buffer: ArrayBuffer): Constant {
  const base = { kind: 'constant', dims: spec.shape, dtype: dtypeOf(spec.dtype) } as const;
  if (stored === 'float32') return { ...base, data: new Float32Array(buffer) };
  if (stored === 'int32') return { ...base, data: Float64Array.from(new Int32Array(buffer)) };
  if (stored === 'float16') {
    const codes = new Uint16Array(buffer);
    return { ...base, data: decodeCodes(codes, fromHalf), packing: { kind: 'half', codes } };
  }
  const codes = stored === 'uint16' ? new Uint16Array(buffer) : new Uint8Array(buffer);
  const { scale = 1, min: offset = 0 } = spec.quantization ?? {};
  if (base.dtype !== 'float32')
    return { ...base, data: Float64Array.from(codes, (code) => Math.round(code * scale + offset)) };
  return {
    ...base,
    data: decodeCodes(codes, (code) => code * scale + offset),
    packing: { kind: 'affine', codes, scale, offset },
  };
}

function dtypeOf(word: string): DType {
  if (word === 'float32') return 'float32';
  return word === 'bool' ? 'bool' : 'int32';
}

/** An index loop: `Float32Array.from` with a function takes ten times as long, and there are millions of codes. */
function decodeCodes(codes: Uint8Array | Uint16Array, decode: (code: number) => number): Float32Array {
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = decode(codes[i] ?? 0);
  return values;
}
