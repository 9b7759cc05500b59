/** The codec: properties on made-up graphs, and a run of a built graph on the real runtime. */

import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeModel, encodeModel, float, fromHalf, GraphBuilder, int, ints, string, tidy, toHalf } from './index.ts';

function sample(): ReturnType<GraphBuilder['build']> {
  const builder = new GraphBuilder();
  const x = builder.input('x', ['N', 3]);
  const scaled = builder.node('Mul', [x, builder.halves([0.5, 1, 2], [3])]);
  const clipped = builder.node('LeakyRelu', [scaled], { alpha: float(0.25) });
  builder.output('y', builder.node('Transpose', [clipped], { perm: ints(1, 0) }), [3, 'N']);
  return builder.build('sample');
}

describe('the ONNX codec', () => {
  it('gives back what it encoded, with the same bytes each time', () => {
    const bytes = encodeModel(sample());
    expect(decodeModel(bytes)).toEqual(sample());
    expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
  });

  it('writes files that the runtime opens and runs', async () => {
    const session = await InferenceSession.create(encodeModel(sample()));
    const x = new Tensor('float32', Float32Array.from([1, -1, 2, 4, 8, -8]), [2, 3]);
    const { y } = await session.run({ x });
    expect(y?.dims).toEqual([3, 2]);
    expect(Array.from(y?.data ?? [], Number)).toEqual([0.5, 2, -0.25, 8, 4, -4]);
  });

  it('keeps attributes of every kind, negative and huge numbers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.maxSafeInteger()),
        fc.string({ unit: 'grapheme' }),
        fc.float({ noNaN: true }),
        (a, s, f) => {
          const model = sample();
          model.graph.nodes.push({
            op: 'Any',
            name: s,
            domain: 'test',
            inputs: ['', s],
            outputs: ['z'],
            attributes: { a: ints(...a), b: string(s), c: float(f), d: int(a[0] ?? -1) },
          });
          expect(decodeModel(encodeModel(model))).toEqual(model);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses damaged bytes with an error, never with a hang', () => {
    const bytes = encodeModel(sample());
    for (let cut = 1; cut < bytes.length; cut += 7) {
      try {
        decodeModel(bytes.subarray(0, cut));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
    expect(() => decodeModel(new Uint8Array([1, 2, 3]))).toThrow();
    expect(() => decodeModel(new Uint8Array())).toThrow(/graph/);
  });

  it('converts halves both ways', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (bits) => {
        const value = fromHalf(bits);
        if (!Number.isNaN(value)) expect(toHalf(value)).toBe(bits);
      }),
    );
    expect(toHalf(65520)).toBe(0x7c00);
    expect(toHalf(1 + 2 ** -11)).toBe(toHalf(1));
  });
});

describe('tidy', () => {
  it('removes what no output needs and keeps the result', () => {
    const model = sample();
    model.graph.nodes.push({ op: 'Relu', name: 'dead', inputs: ['x'], outputs: ['dead'], attributes: {} });
    tidy(model.graph);
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['Cast', 'Mul', 'LeakyRelu', 'Transpose', 'Identity']);
  });
});
