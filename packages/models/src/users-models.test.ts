/** Users' own models: every example manifest of docs/models.md, with a small network of the layout it describes. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Backend,
  checkSession,
  createDetector,
  type Manifest,
  manifestFile,
  openCatalog,
  openNodeBackend,
  parseManifest,
} from 'vultus';
import { encodeModel, GraphBuilder } from './onnx/index.ts';

/** Output tensors by name: dimensions, what fills them, and the few values that differ, by flat index. */
type Outputs = Readonly<
  Record<string, { dims: number[]; fill?: number; set?: Readonly<Record<number, readonly number[]>> }>
>;

/** A network that answers the same whatever it is shown. */
function constantNetwork(input: string, dims: (number | string)[], outputs: Outputs): Uint8Array {
  const builder = new GraphBuilder();
  builder.input(input, dims);
  for (const [name, { dims: shape, fill = 0, set = {} }] of Object.entries(outputs)) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(fill);
    for (const [index, some] of Object.entries(set)) values.set(some, Number(index));
    builder.output(name, builder.floats(values, shape), shape);
  }
  return encodeModel(builder.build('constant'));
}

/** One face per layout, and where it should be found in a picture of the input's size. */
const networks: Readonly<Record<string, { bytes: () => Uint8Array; box?: readonly number[] }>> = {
  'my-scrfd': {
    // Stride 32, cell (10, 10), the first of two anchors: two strides to each side.
    bytes: () =>
      constantNetwork('input.1', [1, 3, 'H', 'W'], {
        '448': { dims: [12800, 1] },
        '471': { dims: [3200, 1] },
        '494': { dims: [800, 1], set: { 420: [0.9] } },
        '451': { dims: [12800, 4] },
        '474': { dims: [3200, 4] },
        '497': { dims: [800, 4], set: { 1680: [2, 2, 2, 2] } },
        '454': { dims: [12800, 10] },
        '477': { dims: [3200, 10] },
        '500': { dims: [800, 10] },
      }),
    box: [256, 256, 128, 128],
  },
  'my-yunet': {
    // Stride 32, cell (10, 10): e^ln 4 strides wide and high round its corner.
    bytes: () => {
      const levels = [8, 16, 32].flatMap((stride) => {
        const cells = (640 / stride) ** 2;
        const found = stride === 32;
        return [
          [`cls_${stride}`, { dims: [1, cells, 1], ...(found && { set: { 210: [0.9] } }) }],
          [`obj_${stride}`, { dims: [1, cells, 1], ...(found && { set: { 210: [0.9] } }) }],
          [`bbox_${stride}`, { dims: [1, cells, 4], ...(found && { set: { 840: [0, 0, Math.log(4), Math.log(4)] } }) }],
          [`kps_${stride}`, { dims: [1, cells, 10] }],
        ] as const;
      });
      return constantNetwork('input', [1, 3, 'H', 'W'], Object.fromEntries(levels));
    },
    box: [256, 256, 128, 128],
  },
  'my-ultraface': {
    bytes: () =>
      constantNetwork('input', [1, 3, 240, 320], {
        scores: { dims: [1, 4420, 2], set: { 201: [0.9] } },
        boxes: { dims: [1, 4420, 4], set: { 400: [0.25, 0.25, 0.5, 0.5] } },
      }),
    box: [80, 60, 80, 60],
  },
  'my-retinaface': {
    // Stride 32, cell (10, 10), the 256-pixel prior round (336, 336), uncorrected.
    bytes: () =>
      constantNetwork('input0', [1, 3, 640, 640], {
        output0: { dims: [1, 16800, 4] },
        '590': { dims: [1, 16800, 2], set: { 32841: [0.9] } },
        '591': { dims: [1, 16800, 10] },
      }),
    box: [208, 208, 256, 256],
  },
  'my-blazeface': {
    // Stride 16, cell (4, 4) with its centre at 72.
    bytes: () =>
      constantNetwork('input', [1, 3, 128, 128], {
        classificators: { dims: [1, 896, 1], fill: -20, set: { 728: [3] } },
        regressors: { dims: [1, 896, 16], set: { 11648: [0, 0, 32, 32] } },
      }),
    box: [56, 56, 32, 32],
  },
  'my-arcface': {
    bytes: () => constantNetwork('input.1', ['N', 3, 112, 112], { '683': { dims: [1, 512], fill: 1 } }),
  },
};

let backend: Backend;
let folder: string;
let examples: readonly Manifest[];

beforeAll(async () => {
  const text = await readFile(new URL('../../../docs/models.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block]) => JSON.parse(block ?? ''));
  examples = blocks.map((block, i) => parseManifest(block, `docs/models.md, example ${i + 1}`));
  folder = await mkdtemp(join(tmpdir(), 'vultus-users-models-'));
  backend = await openNodeBackend({ device: 'cpu', threads: 1, workers: 1 });
});

afterAll(async () => {
  await backend?.close();
  await rm(folder, { recursive: true, force: true });
});

it('docs/models.md shows one example of each layout', () => {
  const shown = examples.flatMap(({ models }) => models.map(({ id }) => id));
  expect(shown.sort()).toEqual(Object.keys(networks).sort());
});

describe.each(Object.entries(networks))('%s', (id, network) => {
  it('opens by its manifest and is understood', async () => {
    const example = examples.find(({ models }) => models.some((model) => model.id === id));
    const path = join(folder, `${id}.json`);
    await writeFile(path, JSON.stringify(example));
    const catalog = await openCatalog([await manifestFile(path)]);
    const entry = catalog.entry(id);
    await writeFile(join(folder, entry.file), network.bytes());
    const session = await backend.load(await catalog.read(entry), { label: id });
    checkSession(entry, session);
    const { width, height, name } = entry.input;
    if (network.box === undefined) {
      const data = new Float32Array(3 * width * height);
      const outputs = await session.run({ [name]: { type: 'float32', dims: [1, 3, height, width], data } });
      expect(outputs[entry.outputs.embedding ?? '']?.dims).toEqual([1, entry.params?.dimension]);
      expect(catalog.preset('mine').parts).toEqual([{ model: id, weight: 1, flip: true }]);
      return;
    }
    const detector = createDetector(entry, async () => session);
    const image = { width, height, data: new Uint8Array(3 * width * height) };
    const pass = { inputSize: Math.max(width, height), scoreThreshold: 0.5, nmsThreshold: 0.4 };
    const faces = await detector.detect(image, pass);
    expect(faces).toHaveLength(1);
    const { box, score } = faces[0] ?? { box: { x: 0, y: 0, width: 0, height: 0 }, score: 0 };
    expect(score).toBeGreaterThan(0.85);
    [box.x, box.y, box.width, box.height].forEach((value, i) => {
      expect(value).toBeCloseTo(network.box?.[i] ?? Number.NaN, 2);
    });
  });
});
