/** Manifest entries, a picture and fake models for the tests of tasks. */

import type { Detection } from '../face/face.ts';
import type { Image, Picture } from '../image/image.ts';
import type { EmbeddingPreset, ModelEntry } from '../model/manifest.ts';
import { type FakeModel, fakeBackend, fakeModelBytes } from '../runtime/fake.ts';
import { SessionPool } from '../runtime/sessions.ts';
import type { TaskHost } from './host.ts';
import { meanShape68 } from './mean-shape.data.ts';

/** A manifest entry with only what the tests vary. */
export function fakeEntry(
  fields: Partial<ModelEntry> & Pick<ModelEntry, 'id' | 'kind' | 'family' | 'input'>,
): ModelEntry {
  const licence = { spdx: 'MIT', vouchedBy: 'own', verified: true, evidence: 'test', trainingData: 'none' } as const;
  return {
    version: '1',
    file: `${fields.id}.onnx`,
    sha256: fields.id.padEnd(64, '0'),
    licence,
    outputs: {},
    ...fields,
  };
}

const pixels = { name: 'input', layout: 'NCHW', channels: 'gray', mean: [0], std: [255] } as const;

/** A landmark model of 8×8 grey pixels. */
const landmarkEntry = fakeEntry({
  id: 'landmarks',
  kind: 'landmarks',
  family: 'points68',
  input: { ...pixels, width: 8, height: 8, crop: { kind: 'box', scale: 1, basis: 'height' } },
  outputs: { points: 'points' },
});

/** Embedders of 8×8 grey pixels: the vector is a fixed mix of the pixels. */
const embedderEntries = [fakeEmbedder('first', 6), fakeEmbedder('second', 4)] as const;

function fakeEmbedder(id: string, dimension: number): ModelEntry {
  return fakeEntry({
    id,
    kind: 'embedder',
    family: 'arcface',
    input: { ...pixels, width: 8, height: 8, crop: { kind: 'template', template: 'arcface' } },
    outputs: { embedding: 'embedding' },
    params: { dimension },
  });
}

/** Sums of the pixels with weights that depend on place and component: different pictures, different vectors. */
function mixPixels(data: Float32Array, rows: number, dimension: number): Float32Array {
  const size = data.length / rows;
  return Float32Array.from({ length: rows * dimension }, (_, at) => {
    const [row, component] = [Math.floor(at / dimension), at % dimension];
    let sum = 0.1 * (component + 1);
    for (let i = 0; i < size; i++) sum += (data[row * size + i] as number) * Math.sin((i + 1) * (component + 2));
    return sum;
  });
}

function mixing(dimension: number, output: string): FakeModel {
  return {
    inputs: [{ name: 'input', type: 'float32', dims: ['N', 1, 8, 8] }],
    outputs: [{ name: output, type: 'float32', dims: ['N', dimension] }],
    run: ({ input }) => {
      const rows = input?.dims[0] ?? 0;
      const data = mixPixels(input?.data as Float32Array, rows, dimension);
      return { [output]: { type: 'float32', dims: [rows, dimension], data } };
    },
  };
}

/** A face of mean shape, moved a little by what the crop shows; `turn` tilts it, in radians. */
function fakeLandmarks(turn = 0): FakeModel {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return {
    inputs: [{ name: 'input', type: 'float32', dims: ['N', 1, 8, 8] }],
    outputs: [{ name: 'points', type: 'float32', dims: ['N', 136] }],
    run: ({ input }) => {
      const rows = input?.dims[0] ?? 0;
      const shift = mixPixels(input?.data as Float32Array, rows, 1).map((value) => 0.02 * Math.tanh(value));
      const data = Float32Array.from({ length: rows * 136 }, (_, at) => {
        const [x = 0, y = 0] = meanShape68[Math.floor((at % 136) / 2)] ?? [];
        const [dx, dy] = [x - 0.5, y - 0.5];
        const turned = at % 2 === 0 ? 0.5 + cos * dx - sin * dy : 0.5 + sin * dx + cos * dy;
        return turned + (shift[Math.floor(at / 136)] as number);
      });
      return { points: { type: 'float32', dims: [rows, 136], data } };
    },
  };
}

/** A host over fake models; `runs` lists the models run so far. */
export function fakeHost(
  options: { readonly turn?: number; readonly extra?: Readonly<Record<string, FakeModel>> } = {},
) {
  const backend = fakeBackend({
    landmarks: fakeLandmarks(options.turn),
    first: mixing(6, 'embedding'),
    second: mixing(4, 'embedding'),
    task: mixing(3, 'numbers'),
    ...options.extra,
  });
  const pool = new SessionPool(backend, async (id) => ({ model: fakeModelBytes(id) }));
  const entries: ModelEntry[] = [landmarkEntry, ...embedderEntries];
  const host: TaskHost = { entries: () => entries, session: (id) => pool.session(id), concurrency: 2 };
  return { host, entries, runs: backend.runs };
}

/** A picture of smooth waves, different everywhere. */
export function wavyPicture(width = 240, height = 160): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.fill(128 + 100 * Math.sin(x / 9 + y / 23) * Math.cos(y / 11), (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  const image: Image = { width, height, data };
  return { width, height, pixels: async () => image };
}

/** Three boxes of different sizes. */
export const fakeDetections: readonly Detection[] = [
  { box: { x: 20, y: 20, width: 50, height: 60 }, score: 0.9 },
  { box: { x: 120, y: 40, width: 60, height: 70 }, score: 0.8 },
  { box: { x: 190, y: 110, width: 35, height: 40 }, score: 0.7 },
];

/** A catalog of the two fake embedders and the presets given. */
export function fakeCatalog(presets: Readonly<Record<string, EmbeddingPreset>>) {
  return {
    entry: (id: string) => embedderEntries.find((entry) => entry.id === id) as ModelEntry,
    preset: (name: string) => presets[name] as EmbeddingPreset,
  };
}
