/** Weight manifests: every stored form, and files of the wrong length. */
import { describe, expect, it } from 'vitest';
import { toHalf } from '../onnx/index.ts';
import { transposeConstant } from './constant.ts';
import { decodeWeights, type WeightSpec } from './weights.ts';

function group(...weights: readonly WeightSpec[]): Parameters<typeof decodeWeights>[0] {
  return [{ paths: ['w.bin'], weights }];
}

describe('decodeWeights', () => {
  it('reads floats, halves, codes and integers one after the other', () => {
    const halves = Uint16Array.of(toHalf(1.5), toHalf(-0.25));
    const bytes = Buffer.concat([
      new Uint8Array(Float32Array.of(0.1, 2).buffer),
      new Uint8Array(halves.buffer),
      Uint8Array.of(0, 255, 10),
      new Uint8Array(Int32Array.of(-7).buffer),
    ]);
    const weights = decodeWeights(
      group(
        { name: 'f', shape: [2], dtype: 'float32' },
        { name: 'h', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } },
        { name: 'q', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
        { name: 'i', shape: [], dtype: 'int32' },
      ),
      bytes,
    );
    expect(Array.from(weights.get('f')?.data ?? [])).toEqual([Math.fround(0.1), 2]);
    expect(Array.from(weights.get('h')?.data ?? [])).toEqual([1.5, -0.25]);
    expect(Array.from(weights.get('q')?.data ?? [])).toEqual([-1, 126.5, 4]);
    expect(Array.from(weights.get('i')?.data ?? [])).toEqual([-7]);
    expect(weights.get('q')?.packing).toMatchObject({ kind: 'affine', scale: 0.5, offset: -1 });
  });

  it('refuses files that are too short or too long', () => {
    const spec = { name: 'w', shape: [2], dtype: 'float32' };
    expect(() => decodeWeights(group(spec), new Uint8Array(7))).toThrow(/w needs bytes 0…8, the file has 7/);
    expect(() => decodeWeights(group(spec), new Uint8Array(9))).toThrow(/end at byte 8, the file has 9/);
  });

  it('keeps codes beside values when axes are exchanged', () => {
    const spec = { name: 'q', shape: [2, 3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 2, min: 0 } };
    const source = decodeWeights(group(spec), Uint8Array.of(1, 2, 3, 4, 5, 6)).get('q');
    if (source === undefined) throw new Error('no weight');
    const turned = transposeConstant(source, [1, 0]);
    expect(turned.dims).toEqual([3, 2]);
    expect(Array.from(turned.packing?.codes ?? [])).toEqual([1, 4, 2, 5, 3, 6]);
    expect(Array.from(turned.data)).toEqual([2, 8, 4, 10, 6, 12]);
  });
});
