/** The refiner: which square it looks at, how its answer moves the box; a network of fixed answers stands in. */

import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '../model/manifest.ts';
import type { Session } from '../runtime/backend.ts';
import { createRefiner } from './refiner.ts';

const entry: ModelEntry = {
  id: 'refiner',
  version: '1.0.0',
  kind: 'other',
  family: 'mtcnn',
  file: 'refiner.onnx',
  licence: { spdx: 'MIT', vouchedBy: 'user', verified: false, evidence: '', trainingData: '' },
  input: { name: 'input', layout: 'NCHW', channels: 'rgb', width: 48, height: 48, mean: [127.5], std: [128] },
  outputs: {},
};

/** Says 0.9 of every crop and moves its edges by a tenth of the side: left, top outwards, right, bottom inwards. */
const session: Session = {
  inputs: [{ name: 'input', type: 'float32', dims: ['N', 3, 48, 48] }],
  outputs: [],
  async run({ input }) {
    const rows = input?.dims[0] ?? 0;
    const fill = (values: readonly number[]) => new Float32Array(Array.from({ length: rows }, () => values).flat());
    return {
      scores: { type: 'float32', dims: [rows, 2], data: fill([0.1, 0.9]) },
      boxes: { type: 'float32', dims: [rows, 4], data: fill([-0.1, -0.1, -0.1, -0.1]) },
    };
  },
  close: async () => undefined,
};

describe('createRefiner', () => {
  const image = { width: 200, height: 100, data: new Uint8Array(60_000).fill(90) };

  it('looks at the square round each box and moves its edges by parts of the side', async () => {
    const refiner = createRefiner(entry, async () => session);
    const boxes = [
      { x: 10, y: 20, width: 30, height: 40 },
      { x: 180, y: 80, width: 50, height: 10 },
    ];
    const found = await refiner.refine(image, boxes);
    expect(found.map(({ score }) => Math.round(score * 10) / 10)).toEqual([0.9, 0.9]);
    const rounded = found.map(({ box }) => Object.values(box).map((value) => Math.round(value * 10) / 10));
    expect(rounded).toEqual([
      [1, 16, 40, 40],
      [175, 55, 50, 50],
    ]);
  });

  it('runs nothing for no boxes, and a hundred in several runs alike', async () => {
    const refiner = createRefiner(entry, async () => session);
    expect(await refiner.refine(image, [])).toEqual([]);
    const boxes = Array.from({ length: 100 }, (_, i) => ({ x: i, y: 5, width: 20, height: 20 }));
    expect(await refiner.refine(image, boxes)).toHaveLength(100);
  });

  it('refuses another family and oblong crops by name', () => {
    expect(() => createRefiner({ ...entry, family: 'other' }, async () => session)).toThrow(/refiner/);
    const input = { ...entry.input, width: 40 };
    expect(() => createRefiner({ ...entry, input }, async () => session)).toThrow(/square/);
  });
});
