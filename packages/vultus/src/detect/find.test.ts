/** Geometry of the search: suppression, tiles, turns, options; properties on random input. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detection } from '../face/face.ts';
import { iou } from '../face/geometry.ts';
import type { Image, Picture } from '../image/image.ts';
import { resizeImage } from '../image/resize.ts';
import type { Detector } from './detector.ts';
import { findFaces, selectFaces } from './find.ts';
import { freeInputSize } from './letterbox.ts';
import { suppressOverlaps } from './nms.ts';
import { planTiles } from './tiles.ts';
import { turnPicture } from './turn.ts';

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const side = fc.double({ min: 1, max: 50, noNaN: true });
const detection: fc.Arbitrary<Detection> = fc
  .record({ x: side, y: side, width: side, height: side, score: unit })
  .map(({ score, ...box }) => ({ box, score }));

describe('suppressOverlaps', () => {
  it('keeps no two that overlap too much, and drops none without a better one', () => {
    fc.assert(
      fc.property(fc.array(detection, { maxLength: 20 }), unit, (list, threshold) => {
        const kept = suppressOverlaps(list, threshold);
        for (const a of kept) for (const b of kept) expect(a === b || iou(a.box, b.box) <= threshold).toBe(true);
        for (const lost of list.filter((item) => !kept.includes(item))) {
          expect(kept.some((k) => k.score >= lost.score && iou(k.box, lost.box) > threshold)).toBe(true);
        }
      }),
    );
  });
});

describe('freeInputSize', () => {
  it('is a multiple of 32 that holds the scaled picture, at the usual sizes', () => {
    const length = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(length, length, fc.constantFrom(160, 192, 256, 320, 640, 1216), (width, height, inputSize) => {
        const input = freeInputSize({ width, height }, inputSize);
        expect([input.width % 32, input.height % 32]).toEqual([0, 0]);
        expect(Math.max(input.width, input.height)).toBeLessThanOrEqual(inputSize);
        expect(Math.min(input.width, input.height)).toBeGreaterThanOrEqual(32);
      }),
    );
  });
});

describe('planTiles', () => {
  it('needs none for a 120 pixel face in 4K, and some for one of 30', () => {
    expect(planTiles({ width: 3840, height: 2160 }, 640, 'auto', undefined)).toBeUndefined();
    const plan = planTiles({ width: 3840, height: 2160 }, 640, 'auto', 30);
    expect(plan?.tiles.length).toBeGreaterThan(3);
    expect((30 * (plan?.longSide ?? 0)) / 3840).toBeGreaterThanOrEqual(15.9);
  });

  it('covers every pixel', () => {
    const length = fc.integer({ min: 700, max: 6000 });
    fc.assert(
      fc.property(length, length, fc.integer({ min: 2, max: 6 }), (width, height, count) => {
        const plan = planTiles({ width, height }, 640, count, undefined);
        const right = Math.max(...(plan?.tiles ?? []).map((tile) => tile.x + tile.width));
        const bottom = Math.max(...(plan?.tiles ?? []).map((tile) => tile.y + tile.height));
        expect(Math.max(right, bottom)).toBeGreaterThanOrEqual((plan?.longSide ?? 0) - 1);
      }),
      { numRuns: 50 },
    );
  });
});

describe('turnPicture', () => {
  it('brings a box back to where it was, whatever the turn', () => {
    const picture = pictureOf({ width: 300, height: 200, data: new Uint8Array(180_000) });
    fc.assert(
      fc.property(fc.constantFrom(45, 90, 135, 180, 225, 270, 315), (degrees) => {
        const turned = turnPicture(picture, degrees);
        const middle = { x: turned.width / 2 - 10, y: turned.height / 2 - 10, width: 20, height: 20 };
        const { box, roll } = turned.restore({ box: middle, score: 1 });
        expect(box.x + box.width / 2).toBeCloseTo(150, 6);
        expect(box.y + box.height / 2).toBeCloseTo(100, 6);
        expect(Math.abs(roll ?? 0)).toBeLessThanOrEqual(180);
      }),
    );
  });
});

describe('findFaces', () => {
  const picture = pictureOf({ width: 640, height: 480, data: new Uint8Array(640 * 480 * 3) });
  const stub = (faces: Detection[]): Detector => ({
    id: 'stub',
    inputSizes: 'any',
    defaultScoreThreshold: 0.5,
    detect: async (_, pass) => faces.filter((face) => face.score >= pass.scoreThreshold),
    close: async () => undefined,
  });
  const faces: Detection[] = [
    { box: { x: 10, y: 10, width: 40, height: 40 }, score: 0.9 },
    { box: { x: 200, y: 200, width: 90, height: 90 }, score: 0.6 },
    { box: { x: 400, y: 10, width: 50, height: 50 }, score: 0.4 },
  ];

  it('keeps the scores of a model without weights, at its own threshold', async () => {
    expect(await findFaces(picture, [stub(faces)], { rolled: 'off' })).toEqual(faces.slice(0, 2));
    expect(await findFaces(picture, [stub([])])).toEqual([]);
  });

  it('selects by size, count and order', () => {
    expect(selectFaces(faces, { sortBy: 'size', maxFaces: 1 })).toEqual([faces[1]]);
    expect(selectFaces(faces, { minFaceSize: 45 })).toHaveLength(2);
  });

  it('refuses options outside their range, and no detectors', async () => {
    for (const options of [{ inputSize: 100 }, { scoreThreshold: 2 }, { maxFaces: -1 }, { tiles: 99 }]) {
      await expect(findFaces(picture, [stub([])], options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await expect(findFaces(picture, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

function pictureOf(image: Image): Picture {
  return {
    width: image.width,
    height: image.height,
    async pixels(longSide) {
      const factor = Math.min(1, (longSide ?? Number.POSITIVE_INFINITY) / Math.max(image.width, image.height));
      return resizeImage(image, Math.round(image.width * factor), Math.round(image.height * factor));
    },
  };
}
