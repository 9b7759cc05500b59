/** The main job on real pictures: one call finds, aligns and embeds; people are told apart. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { similarity } from './face/faceprint.ts';
import { iou } from './face/geometry.ts';
import { Vultus } from './node.ts';
import { samplePhoto } from './testing/data.ts';

let vultus: Engine;

beforeAll(async () => {
  vultus = await Vultus.open({ device: 'cpu' });
});

afterAll(() => vultus.close());

describe('detect', () => {
  test.each([
    [1, 3],
    [3, 3],
    [4, 4],
    [5, 5],
  ] as const)('finds the people of sample %i', async (sample, count) => {
    const faces = await vultus.detect(samplePhoto(sample));
    expect(faces).toHaveLength(count);
    expect(faces.map(({ index }) => index)).toEqual(faces.map((_, index) => index));
    for (const { score } of faces) expect(score).toBeGreaterThan(0.5);
  });

  test('detectLargest is the largest box of detect', async () => {
    const faces = await vultus.detect(samplePhoto(6));
    const largest = await vultus.detectLargest(samplePhoto(6));
    expect(largest).not.toBeNull();
    const areas = faces.map(({ box }) => box.width * box.height);
    expect((largest?.box.width ?? 0) * (largest?.box.height ?? 0)).toBeCloseTo(Math.max(...areas));
  });

  test('a picture without a face gives an empty list and null, not an error', async () => {
    const blank = { width: 320, height: 240, data: new Uint8Array(320 * 240 * 3).fill(127) };
    expect(await vultus.detect(blank)).toEqual([]);
    expect(await vultus.detectLargest(blank)).toBeNull();
    expect(await vultus.embed(blank)).toBeNull();
    expect(await vultus.analyze(blank)).toEqual([]);
  });

  test('equal calls give equal answers, any number at once', async () => {
    const runs = await Promise.all(
      Array.from({ length: 4 }, () => vultus.analyze(samplePhoto(1), { tasks: ['embed'] })),
    );
    for (const run of runs) expect(run).toEqual(runs[0]);
  });
});

describe('analyze', () => {
  test('puts each asked value under its task name and nothing else', async () => {
    const [face] = await vultus.analyze(samplePhoto(1), { tasks: ['points'] });
    expect(face?.points).toHaveLength(68);
    expect(face).not.toHaveProperty('embed');
    expect(face?.landmarks?.leftEye.x).toBeLessThan(face?.landmarks?.rightEye.x ?? 0);
  });

  test('an unknown task is refused with the names that exist', async () => {
    const wrong = ['agee'] as unknown as readonly ['embed'];
    await expect(vultus.analyze(samplePhoto(1), { tasks: wrong })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('an aborted call fails with ABORTED', async () => {
    await expect(vultus.detect(samplePhoto(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('recognition', () => {
  test('the one woman who is on two of the photographs is the best match between them, and nobody else matches', async () => {
    const [one, three] = await Promise.all(
      ([1, 3] as const).map((sample) => vultus.analyze(samplePhoto(sample), { tasks: ['embed'] })),
    );
    const pairs = (one ?? []).flatMap((a) =>
      (three ?? []).map((b) => ({ a, b, cosine: similarity(a.embed, b.embed) })),
    );
    const matches = pairs.filter(({ cosine }) => cosine >= vultus.threshold);
    expect(matches).toHaveLength(1);
    expect(iou(matches[0]?.a.box ?? empty, { x: 1444, y: 221, width: 245, height: 230 })).toBeGreaterThan(0.5);
    expect(iou(matches[0]?.b.box ?? empty, { x: 1064, y: 210, width: 242, height: 317 })).toBeGreaterThan(0.5);
  });

  test('compare says yes to a picture and itself, no to two strangers, NO_FACE to a blank', async () => {
    const same = await vultus.compare(samplePhoto(3), samplePhoto(3));
    expect(same.similarity).toBeCloseTo(1, 5);
    expect(same.match).toBe(true);
    const other = await vultus.compare(samplePhoto(3), samplePhoto(6));
    expect(other.match).toBe(false);
    const blank = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) };
    await expect(vultus.compare(samplePhoto(3), blank)).rejects.toMatchObject({ code: 'NO_FACE' });
  });

  test('an aligned chip embeds like the face it was cut from', async () => {
    const face = await vultus.analyzeMain(samplePhoto(3), { tasks: ['embed', 'points'] });
    if (face === null) throw new Error('sample 3 shows no face');
    const chip = await vultus.align(samplePhoto(3), face);
    const [print] = await vultus.embedAligned([chip]);
    expect(print && similarity(print, face.embed)).toBeGreaterThan(0.99);
  });
});

describe('life cycle', () => {
  test('models open on first use, preload and unload by word', async () => {
    await using engine = await Vultus.open({ device: 'cpu' });
    expect(engine.models().filter(({ open }) => open)).toEqual([]);
    await engine.preload(['detect']);
    const opened = engine.models().filter(({ open }) => open);
    expect(opened.length).toBeGreaterThan(0);
    expect(opened.every(({ kind, family }) => kind === 'detector' || family === 'mtcnn')).toBe(true);
    await engine.unload();
    expect(engine.models().filter(({ open }) => open)).toEqual([]);
  });

  test('a closed engine says so; closing twice is harmless', async () => {
    const engine = await Vultus.open({ device: 'cpu' });
    await engine.close();
    await engine.close();
    await expect(engine.detect(samplePhoto(1))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('with verified licences the whole pipeline runs on verified models only', async () => {
    await using engine = await Vultus.open({ device: 'cpu', licences: 'verified' });
    expect(engine.models().every(({ licence }) => licence.verified)).toBe(true);
    const faces = await engine.analyze(samplePhoto(1), { tasks: ['embed'] });
    expect(faces).toHaveLength(3);
    await expect(Vultus.open({ licences: 'verified', preset: 'balanced' })).rejects.toMatchObject({
      code: 'LICENCE_REFUSED',
    });
  });
});

const empty = { x: 0, y: 0, width: 0, height: 0 };
