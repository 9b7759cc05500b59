/** Embedding: the arithmetic of fusion, the contract, aligned chips, the shipped models on photographs. */

import { beforeAll, describe, expect, it } from 'vitest';
import { alignFace } from '../align/align.ts';
import type { FivePoints } from '../face/face.ts';
import { cosine, type Faceprint } from '../face/faceprint.ts';
import type { EmbeddingPart, EmbeddingPreset } from '../model/manifest.ts';
import { embedChips, embedFaces, mirrorImage, openEmbedder } from './embed.ts';
import { fakeCatalog, fakeDetections, fakeHost, wavyPicture } from './fake.data.ts';
import { landmarkModel } from './host.ts';
import { refineLandmarks } from './landmarks.ts';
import { runTasks } from './run.ts';
import { describeTask } from './task.contract.ts';
import type { Task } from './task.ts';

const picture = wavyPicture();

function preset(...parts: EmbeddingPart[]): EmbeddingPreset {
  return { id: 'test', version: '1', parts };
}

const presets = {
  first: preset({ model: 'first', weight: 1 }),
  second: preset({ model: 'second', weight: 1, flip: true }),
  fused: preset({ model: 'first', weight: 1 }, { model: 'second', weight: 0.5, flip: true }),
  heavier: preset({ model: 'first', weight: 1 }, { model: 'second', weight: 0.6, flip: true }),
  centred: preset({ model: 'first', weight: 1, centre: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1] }),
};
const catalog = fakeCatalog(presets);

describeTask('embed', async () => ({
  run: { host: fakeHost().host, embedder: await openEmbedder(catalog, 'fused') },
  picture,
  detections: fakeDetections,
}));

describe('a preset that aligns by both networks', () => {
  it('cuts the chip half-way between the points of alignment and those of the task', async () => {
    const shifted = (five: FivePoints, by: number): FivePoints =>
      Object.fromEntries(
        Object.entries(five).map(([name, { x, y }]) => [name, { x: x + 4 * by, y: y - 2 * by }]),
      ) as unknown as FivePoints;
    const landmarks: Task = { name: 'landmarks', read: (face) => shifted(face.landmarks, 1) };
    const { host } = fakeHost();
    const embedder = { ...(await openEmbedder(catalog, 'fused')), align: 'joined' as const };
    const faces = await runTasks(picture, fakeDetections, ['embed'], { host, embedder, tasks: [landmarks] });
    const half = faces.map((face) => ({ picture, landmarks: shifted(face.landmarks as FivePoints, 0.5) }));
    const expected = await embedFaces(half, embedder, host);
    const prints = faces.map(({ embed }) => embed as Faceprint);
    for (const [index, { vector }] of prints.entries()) {
      expect(cosine(vector, expected[index]?.vector ?? new Float32Array())).toBeGreaterThan(0.99999);
    }
    const plain = await embedFaces(
      faces.map((face) => ({ picture, landmarks: face.landmarks as FivePoints })),
      embedder,
      host,
    );
    expect(cosine(prints[0]?.vector ?? new Float32Array(), plain[0]?.vector ?? new Float32Array())).toBeLessThan(
      0.99999,
    );
    expect(faces[0]?.landmarks).not.toEqual(half[0]?.landmarks);
  });
});

describe('embedFaces', () => {
  let landmarks: FivePoints[];
  beforeAll(async () => {
    const found = await refineLandmarks(picture, fakeDetections, landmarkModel(fakeHost().host));
    landmarks = found.map(({ five }) => five);
  });

  async function embed(name: keyof typeof presets) {
    const { host, runs } = fakeHost();
    const faces = landmarks.map((five) => ({ picture, landmarks: five }));
    return { prints: await embedFaces(faces, await openEmbedder(catalog, name), host), runs };
  }

  it('makes the fused cosine the weighted mean of the cosines', async () => {
    const [first, second, fused] = await Promise.all([embed('first'), embed('second'), embed('fused')]);
    const between = ({ prints }: typeof first, a: number, b: number) =>
      cosine(prints[a]?.vector ?? new Float32Array(), prints[b]?.vector ?? new Float32Array());
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const) {
      const expected = (between(first, a, b) + 0.5 * between(second, a, b)) / 1.5;
      expect(between(fused, a, b)).toBeCloseTo(expected, 5);
    }
    for (const { vector } of fused.prints) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    expect(fused.runs.filter((name) => name === 'first').length).toBeLessThanOrEqual(2);
  });

  it('does not tell a chip from its mirror image when both are embedded', async () => {
    const chips = await Promise.all(landmarks.map((five) => alignFace(picture, five, { size: 112 })));
    const embedder = await openEmbedder(catalog, 'second');
    const { host } = fakeHost();
    const plain = await embedChips(chips, embedder, host);
    const mirrored = await embedChips(chips.map(mirrorImage), embedder, host);
    for (const [index, print] of plain.entries()) {
      expect(cosine(print.vector, mirrored[index]?.vector ?? new Float32Array())).toBeGreaterThan(0.9999);
    }
  });

  it('gives a chip what it gives the picture that the chip was cut from', async () => {
    const { prints } = await embed('first');
    const chips = await Promise.all(landmarks.map((five) => alignFace(picture, five, { size: 112 })));
    const fromChips = await embedChips(chips, await openEmbedder(catalog, 'first'), fakeHost().host);
    for (const [index, print] of prints.entries()) {
      expect(cosine(print.vector, fromChips[index]?.vector ?? new Float32Array())).toBeGreaterThan(0.99);
    }
    const oblong = { width: 2, height: 1, data: new Uint8Array(6) };
    const embedder = await openEmbedder(catalog, 'first');
    expect(() => embedChips([oblong], embedder, fakeHost().host)).toThrow(/square/);
  });

  it('has nothing to do for no faces', async () => {
    const { host, runs } = fakeHost();
    expect(await embedFaces([], await openEmbedder(catalog, 'fused'), host)).toEqual([]);
    expect(runs).toEqual([]);
  });
});

describe('openEmbedder', () => {
  it('gives equal presets one contract and different ones another', async () => {
    const contracts = new Map<string, string>();
    for (const name of Object.keys(presets)) contracts.set(name, (await openEmbedder(catalog, name)).contract.sha256);
    expect(new Set(contracts.values()).size).toBe(contracts.size);
    expect((await openEmbedder(catalog, 'fused')).contract.sha256).toBe(contracts.get('fused'));
    expect((await openEmbedder(catalog, 'fused')).contract.dimension).toBe(10);
  });

  it('refuses models that are no embedders and centres that do not fit', async () => {
    const short = fakeCatalog({ short: preset({ model: 'first', weight: 1, centre: [1] }), none: preset() });
    await expect(openEmbedder(short, 'short')).rejects.toThrow(/centre of 6/);
    await expect(openEmbedder(short, 'none')).rejects.toThrow(/at least one part/);
  });
});

describe('mirrorImage', () => {
  it('swaps left and right and undoes itself', () => {
    const image = { width: 3, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };
    expect(mirrorImage(image).data).toEqual(Uint8Array.of(7, 8, 9, 4, 5, 6, 1, 2, 3));
    expect(mirrorImage(mirrorImage(image))).toEqual(image);
  });
});
