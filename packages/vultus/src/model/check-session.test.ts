/** An entry held against an opened model: right ones pass, each kind of mistake is told. */

import { expect, it } from 'vitest';
import type { ValueInfo } from '../runtime/backend.ts';
import { checkSession } from './check-session.ts';
import type { ImageInput, ModelEntry } from './manifest.ts';
import { parseManifest } from './parse.ts';

function entry(input: Partial<ImageInput> = {}): ModelEntry {
  const model = {
    id: 'mine',
    kind: 'embedder',
    family: 'arcface',
    file: 'mine.onnx',
    input: { name: 'data', width: 112, height: 112, ...input },
    outputs: { embedding: 'fc1' },
  };
  const [parsed] = parseManifest({ format: 1, models: [model] }, 'test').models;
  if (!parsed) throw new Error('Expected a model');
  return parsed;
}

function session(dims: ValueInfo['dims'], name = 'data') {
  return {
    inputs: [{ name, type: 'float32' as const, dims }],
    outputs: [{ name: 'fc1', type: 'float32' as const, dims: ['N', 512] }],
  };
}

it('accepts fixed and free shapes that fit', () => {
  checkSession(entry(), session(['N', 3, 112, 112]));
  checkSession(entry(), session([1, 3, -1, -1]));
  checkSession(entry({ layout: 'NHWC' }), session([1, 112, 112, 3]));
  checkSession(entry({ multipleOf: 32 }), session([1, 3, 'H', 'W']));
});

it.each([
  [
    'a wrong tensor name',
    entry(),
    session([1, 3, 112, 112], 'dat'),
    /input\.name .*\(dat\), got "data"; did you mean "dat"/,
  ],
  ['the other layout', entry(), session([1, 112, 112, 3]), /N×3×112×112 .* got 1×112×112×3/],
  ['another size', entry(), session([1, 3, 128, 128]), /112×112/],
  ['gray for colour', entry({ channels: 'gray' }), session([1, 3, 112, 112]), /N×1×112×112/],
  ['a fixed size said to be free', entry({ multipleOf: 32 }), session([1, 3, 112, 112]), /Leave multipleOf out/],
  ['a flat input', entry(), session([1, 37632]), /four dimensions/],
])('refuses %s', (_, model, opened, message) => {
  expect(() => checkSession(model, opened)).toThrow(message);
});
