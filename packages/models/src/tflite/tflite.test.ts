/** The TFLite converter against two independent witnesses: a plain interpreter, and another project's conversion. */

import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { fetchFiles } from '../fetch.ts';
import { encodeModel } from '../onnx/index.ts';
import { packages } from '../packages.ts';
import { nchwToNhwc } from '../proof/original-onnx.ts';
import { randomInput } from '../proof/prove.ts';
import { convertTflite } from './convert.ts';
import { readFlexMap } from './flexbuffer.ts';
import { readTflite, type TfliteModel } from './model.ts';
import { interpretTflite } from './reference.ts';

const source = {
  path: 'face_detection_short_range.tflite',
  sha256: '3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633',
};
const input = randomInput(3 * 128 * 128, [-1, 1], 7);
let model: TfliteModel;
let boxes: Float32Array;
let scores: Float32Array;

beforeAll(async () => {
  const files = await fetchFiles(packages.mediapipeFaceDetection, [source]);
  model = readTflite(files.get(source.path) ?? new Uint8Array());
  const onnx = convertTflite(model, {
    name: 'short-range',
    outputs(builder, value) {
      builder.output('boxes', value('regressors'), ['N', 896, 16]);
      builder.output('scores', value('classificators'), ['N', 896, 1]);
    },
  });
  expect(onnx.graph.nodes.filter(({ op }) => op === 'Transpose')).toHaveLength(4); // one per output map, none inside
  const results = await run(encodeModel(onnx));
  boxes = results.boxes as Float32Array;
  scores = results.scores as Float32Array;
}, 60_000);

async function run(bytes: Uint8Array): Promise<Record<string, unknown>> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const results = await session.run({ input: new Tensor('float32', input, [1, 3, 128, 128]) });
  return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data]));
}

function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

describe('the short-range BlazeFace, converted', () => {
  it('equals the plain interpreter', () => {
    const values = interpretTflite(model, nchwToNhwc(input, [1, 128, 128, 3]));
    expect(difference(boxes, values.get('regressors') ?? new Float32Array())).toBeLessThan(1e-3);
    expect(difference(scores, values.get('classificators') ?? new Float32Array())).toBeLessThan(1e-3);
  });

  it('equals the same net as another project brought it to ONNX, up to its float16 weights', async () => {
    const other = await run(await readFile(new URL('../../models/blazeface-front.onnx', import.meta.url)));
    expect(difference(boxes, other.boxes as Float32Array)).toBeLessThan(1);
    expect(difference(scores, other.scores as Float32Array)).toBeLessThan(1);
  });
});

describe('hostile files', () => {
  it('are refused with an error', () => {
    expect(() => readTflite(new Uint8Array(64))).toThrow(/TFL3/);
    expect(() => readFlexMap(Uint8Array.of(0, 4, 1))).toThrow(/map/);
  });
});
