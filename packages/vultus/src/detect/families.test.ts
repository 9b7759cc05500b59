/** Each family decodes the layout that its docstring states: encode a box by the formula, decode it, compare. */

import { describe, expect, it } from 'vitest';
import type { Image } from '../image/image.ts';
import type { ModelEntry } from '../model/manifest.ts';
import type { Session } from '../runtime/backend.ts';
import type { Tensor, Tensors } from '../runtime/tensor.ts';
import { createDetector } from './create.ts';
import { detectorContract } from './detector.contract.ts';
import { gridPriors, priorLength } from './priors.ts';

const size = 320;
const wanted = [
  { x: 40, y: 60, width: 50, height: 64, score: 0.9 },
  { x: 200, y: 180, width: 90, height: 80, score: 0.75 },
] as const;

function entry(family: string, outputs: Record<string, string>, params: Record<string, unknown> = {}): ModelEntry {
  return {
    id: `synthetic-${family}`,
    version: '1.0.0',
    kind: 'detector',
    family,
    file: 'none.onnx',
    sha256: '',
    bytes: 0,
    licence: { spdx: 'MIT', vouchedBy: 'own', verified: true, evidence: 'test', trainingData: 'none' },
    input: { name: 'input', layout: 'NCHW', channels: 'rgb', width: size, height: size, mean: [127], std: [128] },
    outputs,
    params,
  };
}

function float(dims: readonly number[]): Tensor<'float32'> {
  return { type: 'float32', dims, data: new Float32Array(dims.reduce((a, b) => a * b, 1)) };
}

function sessionOf(outputs: Tensors): () => Promise<Session> {
  return async () => ({ inputs: [], outputs: [], run: async () => outputs, close: async () => undefined });
}

const image: Image = { width: size, height: size, data: new Uint8Array(size * size * 3) };

type Layout = { readonly entry: ModelEntry; readonly outputs: Tensors };

function ssd(family: 'ultraface' | 'retinaface'): Layout {
  const levels =
    family === 'ultraface'
      ? [
          { stride: 8, sides: [10, 16, 24] },
          { stride: 16, sides: [32, 48] },
          { stride: 32, sides: [64, 96] },
          { stride: 64, sides: [128, 192, 256] },
        ]
      : [
          { stride: 8, sides: [16, 32] },
          { stride: 16, sides: [64, 128] },
          { stride: 32, sides: [256, 512] },
        ];
  const priors = gridPriors(levels, size, size);
  const count = priors.length / priorLength;
  const scores = float([1, count, 2]);
  const boxes = float([1, count, 4]);
  const points = float([1, count, 10]);
  wanted.forEach((box, k) => {
    const i = Math.floor(count / 3) + k;
    const [px = 0, py = 0, side = 1] = priors.subarray(i * priorLength, (i + 1) * priorLength);
    scores.data[i * 2 + 1] = box.score;
    boxes.data.set(
      [
        (box.x + box.width / 2 - px) / (0.1 * side),
        (box.y + box.height / 2 - py) / (0.1 * side),
        Math.log(box.width / side) / 0.2,
        Math.log(box.height / side) / 0.2,
      ],
      i * 4,
    );
  });
  const names = { scores: 'scores', boxes: 'boxes', ...(family === 'retinaface' && { points: 'points' }) };
  return { entry: entry(family, names), outputs: { scores, boxes, points } };
}

function blaze(): Layout {
  const count = 16 * 16 * 2 + 8 * 8 * 6;
  const scores = float([1, count, 1]);
  scores.data.fill(-20);
  const boxes = float([1, count, 16]);
  wanted.forEach((box, k) => {
    const i = 5 + k;
    const ax = (Math.floor(i / 2) + 0.5) * 16;
    scores.data[i] = Math.log(box.score / (1 - box.score));
    const s = 256 / size;
    boxes.data.set(
      [(box.x + box.width / 2) * s - ax, (box.y + box.height / 2) * s - 8, box.width * s, box.height * s],
      i * 16,
    );
  });
  const anchors = [
    { stride: 16, perCell: 2 },
    { stride: 32, perCell: 6 },
  ];
  const base = entry('blazeface', { scores: 'scores', boxes: 'boxes' }, { anchors });
  return { entry: { ...base, input: { ...base.input, width: 256, height: 256 } }, outputs: { scores, boxes } };
}

function strided(family: 'yunet' | 'scrfd'): Layout {
  const outputs: Record<string, Tensor<'float32'>> = {};
  for (const stride of [8, 16, 32]) {
    const cells = (size / stride) ** 2;
    const anchors = family === 'scrfd' ? cells * 2 : cells;
    outputs[`bbox_${stride}`] = float([1, anchors, 4]);
    outputs[`kps_${stride}`] = float([1, anchors, 10]);
    for (const name of family === 'scrfd' ? ['score'] : ['cls', 'obj']) {
      outputs[`${name}_${stride}`] = float([1, anchors, 1]);
    }
  }
  wanted.forEach((box, k) => {
    const columns = size / 16;
    const column = 7 + k;
    const row = 4;
    const cell = row * columns + column;
    const cx = box.x + box.width / 2;
    const cy = box.y + box.height / 2;
    if (family === 'yunet') {
      outputs.cls_16?.data.set([box.score], cell);
      outputs.obj_16?.data.set([box.score], cell);
      outputs.bbox_16?.data.set(
        [cx / 16 - column, cy / 16 - row, Math.log(box.width / 16), Math.log(box.height / 16)],
        cell * 4,
      );
    } else {
      outputs.score_16?.data.set([box.score], cell * 2);
      const sides = [
        column * 16 - box.x,
        row * 16 - box.y,
        box.x + box.width - column * 16,
        box.y + box.height - row * 16,
      ];
      outputs.bbox_16?.data.set(
        sides.map((side) => side / 16),
        cell * 8,
      );
    }
  });
  return { entry: entry(family, Object.fromEntries(Object.keys(outputs).map((name) => [name, name]))), outputs };
}

const layouts = {
  ultraface: ssd('ultraface'),
  retinaface: ssd('retinaface'),
  blazeface: blaze(),
  yunet: strided('yunet'),
  scrfd: strided('scrfd'),
};

for (const [family, layout] of Object.entries(layouts)) {
  const create = () => createDetector(layout.entry, sessionOf(layout.outputs));
  detectorContract(family, { create, picture: () => image, looks: false });

  describe(family, () => {
    it('decodes the boxes that were encoded', async () => {
      const inputSize = layout.entry.input.width;
      const found = await create().detect(image, { inputSize, scoreThreshold: 0.3, nmsThreshold: 0.4 });
      expect(found).toHaveLength(2);
      found.forEach(({ box, score }, i) => {
        const want = wanted[i];
        for (const key of ['x', 'y', 'width', 'height'] as const) expect(box[key]).toBeCloseTo(want?.[key] ?? -1, 2);
        expect(score).toBeCloseTo(want?.score ?? -1, 4);
      });
    });

    it('names the output that is missing', async () => {
      const broken = createDetector(layout.entry, sessionOf({}));
      const pass = { inputSize: layout.entry.input.width, scoreThreshold: 0.3, nmsThreshold: 0.4 };
      await expect(broken.detect(image, pass)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    });
  });
}

describe('createDetector', () => {
  it('refuses an unknown family and parameters that do not fit', () => {
    const session = sessionOf({});
    expect(() => createDetector(entry('mtcnn', {}), session)).toThrow(/one of the families/);
    expect(() => createDetector(entry('ultraface', {}, { strides: ['x'] }), session)).toThrow(/strides/);
    expect(() => createDetector(entry('blazeface', {}), session)).toThrow(/anchors/);
  });
});
