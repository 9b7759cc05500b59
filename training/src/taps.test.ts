/** The exported graph says what the learnt network says. */

import { encodeModel, GraphBuilder, graft } from '@vultus/models/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import type { HeadOutput, Tap } from './head.ts';
import { answer, type Lesson, learn } from './learn.ts';
import { featuresModel, headModel } from './taps.ts';

const outputs: readonly HeadOutput[] = [
  { kind: 'classes', name: 'bright', labels: ['no', 'yes'] },
  { kind: 'value', name: 'red' },
];
const taps: readonly Tap[] = [{ value: 'map' }, { value: 'row', pool: 'all' }];

/** A network with a 2-channel map and a row of three numbers inside. */
function backbone() {
  const builder = new GraphBuilder();
  builder.node('Mul', [builder.input('input', ['N', 2, 2, 2]), builder.floats([0.5])], {}, ['map']);
  builder.node('Identity', [builder.input('extra', ['N', 3])], {}, ['row']);
  builder.output('own', 'map', ['N', 2, 2, 2]);
  return builder.build('backbone');
}

it('computes the features and the answers in one graph', async () => {
  const images = Array.from({ length: 40 }, (_, i) =>
    Float32Array.from({ length: 8 }, (_, k) => ((i * 7 + k * 3) % 11) / 5),
  );
  const rows = images.map((_, i) => Float32Array.of(i % 2, 1, i / 40));
  const model = backbone();
  graft(model, 'features', featuresModel(taps, model.opset));
  const run = async (bytes: Uint8Array, i: number) => {
    const session = await InferenceSession.create(bytes);
    const feeds = {
      input: new Tensor('float32', images[i] ?? [], [1, 2, 2, 2]),
      extra: new Tensor('float32', rows[i] ?? [], [1, 3]),
    };
    const results = await session.run(feeds);
    return (name: string): number[] => Array.from((results[name]?.data ?? []) as Float32Array);
  };
  const bytes = encodeModel(model);
  const lessons: Lesson[] = [];
  for (const i of images.keys()) {
    const features = Float32Array.from((await run(bytes, i))('features'));
    expect(features).toHaveLength(5);
    lessons.push({ features, truth: { bright: (features[0] ?? 0) > 0.5 ? 'yes' : 'no', red: i / 40 } });
  }
  const learnt = learn(lessons, outputs, { hidden: [8], epochs: 20, rate: 1e-2 });
  const whole = backbone();
  graft(whole, 'head', headModel('head', taps, outputs, learnt.network, learnt.scale, whole.opset));
  for (const i of [0, 7, 21]) {
    const said = await run(encodeModel(whole), i);
    const expected = answer(learnt, outputs, lessons[i]?.features ?? new Float32Array());
    for (const { name } of outputs) {
      for (const [k, value] of said(name).entries()) expect(value).toBeCloseTo(expected[name]?.[k] ?? Number.NaN, 2);
    }
  }
});
