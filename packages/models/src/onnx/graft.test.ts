/** A head on a network: it computes from the inner value, and wrong heads are refused. */

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel } from './encode.ts';
import type { OnnxModel } from './graph.ts';
import { GraphBuilder, graft } from './index.ts';

/** x → inner = x + 1 → out = 10 · inner. */
function network(): OnnxModel {
  const builder = new GraphBuilder();
  const x = builder.input('x', ['N', 2]);
  builder.node('Add', [x, builder.floats([1, 1])], {}, ['inner']);
  builder.output('out', builder.node('Mul', ['inner', builder.floats([10, 10])]), ['N', 2]);
  return builder.build('network');
}

/** input → input · 2, with inner names like the network's own. */
function head(input: string, output: string, opset?: number): OnnxModel {
  const builder = new GraphBuilder();
  const value = builder.input(input, ['N', 2]);
  builder.output(output, builder.node('Mul', [value, builder.floats([2, 2])]), ['N', 2]);
  return builder.build('head', opset);
}

describe('graft', () => {
  it('adds an output computed from a value inside', async () => {
    const model = network();
    graft(model, 'double', head('inner', 'doubled'));
    const session = await InferenceSession.create(encodeModel(model));
    const { out, doubled } = await session.run({ x: new Tensor('float32', [1, 2], [1, 2]) });
    expect(Array.from(out?.data as Float32Array)).toEqual([20, 30]);
    expect(Array.from(doubled?.data as Float32Array)).toEqual([4, 6]);
  });

  it('refuses a head that does not fit, and says why', () => {
    expect(() => graft(network(), 'h', head('absent', 'y'))).toThrow('none called absent');
    expect(() => graft(network(), 'h', head('inner', 'out'))).toThrow('got out a second time');
    expect(() => graft(network(), 'h', head('inner', 'y', 9))).toThrow('operator set 17');
  });
});
