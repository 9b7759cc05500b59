/** Detection on real photographs: small faces in large pictures, heads that lie on the side, users' own networks. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.ts';
import type { Detection } from '../face/face.ts';
import { boxCenter, iou } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { openPicture } from '../image/open-node.ts';
import { resizeImage } from '../image/resize.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { Vultus } from '../node.ts';
import { openNodeBackend } from '../runtime/onnx-node.ts';
import { dataPath, samplePhoto } from '../testing/data.ts';
import { createDetector } from './create.ts';
import { turnImage } from './turn.ts';

let vultus: Engine;
let photo: Image;
let faces: readonly Detection[];

beforeAll(async () => {
  vultus = await Vultus.open({ device: 'cpu' });
  photo = await (await openPicture(samplePhoto(4))).pixels();
  faces = await vultus.detect(photo);
});

afterAll(() => vultus.close());

/** A 4K picture of even grey in which the largest face of the photograph stands `height` pixels high. */
function inFourK(height: number): { readonly image: Image; readonly face: { x: number; y: number; height: number } } {
  const [largest] = [...faces].sort((a, b) => b.box.height - a.box.height);
  if (!largest) throw new Error('The sample photograph shows no face');
  const factor = height / largest.box.height;
  const small = resizeImage(photo, Math.round(photo.width * factor), Math.round(photo.height * factor));
  const image = { width: 3840, height: 2160, data: new Uint8Array(3840 * 2160 * 3).fill(120) };
  const [left, top] = [1700, 900];
  for (let y = 0; y < Math.min(small.height, image.height - top); y++) {
    const row = small.data.subarray(y * small.width * 3, (y * small.width + Math.min(small.width, 2000)) * 3);
    image.data.set(row, ((top + y) * image.width + left) * 3);
  }
  const centre = boxCenter(largest.box);
  return { image, face: { x: left + centre.x * factor, y: top + centre.y * factor, height } };
}

function sees(found: readonly Detection[], face: { x: number; y: number; height: number }): boolean {
  const box = {
    x: face.x - face.height * 0.4,
    y: face.y - face.height / 2,
    width: face.height * 0.8,
    height: face.height,
  };
  return found.some((detection) => iou(detection.box, box) > 0.5);
}

describe('small faces in 4K', () => {
  it('finds one of 120 pixels by default', async () => {
    const { image, face } = inFourK(120);
    expect(sees(await vultus.detect(image), face)).toBe(true);
  });

  it('finds one of 30 pixels when asked for', async () => {
    const { image, face } = inFourK(30);
    expect(sees(await vultus.detect(image, { smallestFace: 30 }), face)).toBe(true);
  });
});

describe('turned heads', () => {
  it.each([45, 90, 180, 270])('finds the people of a photograph turned by %i°, with their roll', async (degrees) => {
    const turned = turnImage(photo, degrees);
    const found = await vultus.detect(turned);
    expect(found).toHaveLength(faces.length);
    for (const { box, roll } of found) {
      expect(Math.abs(Math.abs(roll ?? 0) - Math.min(degrees, 360 - degrees))).toBeLessThanOrEqual(45);
      // Both pictures turn round their middles: back on the upright photograph, each face is where it was.
      const { x, y } = boxCenter(box);
      const angle = (-degrees * Math.PI) / 180;
      const [dx, dy] = [x - turned.width / 2, y - turned.height / 2];
      const place = {
        x: photo.width / 2 + dx * Math.cos(angle) - dy * Math.sin(angle),
        y: photo.height / 2 + dx * Math.sin(angle) + dy * Math.cos(angle),
      };
      const near = faces.some(({ box: known }) => {
        const middle = boxCenter(known);
        return Math.hypot(middle.x - place.x, middle.y - place.y) < known.height / 3;
      });
      expect(near).toBe(true);
    }
  });
});

const faceCrops = dataPath('attributes', 'fairface', 'val');

describe.skipIf(faceCrops === undefined)('faces that fill their picture', () => {
  it('are found whole, not in parts', async () => {
    const names = (await readdir(faceCrops ?? '')).sort().filter((_, i) => i % 14 === 0);
    const heights: number[] = [];
    for (const name of names) {
      const picture = await openPicture(join(faceCrops ?? '', name));
      const [first] = await vultus.detect(picture, { rolled: 'off', sortBy: 'size' });
      if (first) heights.push(first.box.height / picture.height);
    }
    const whole = heights.filter((height) => height > 0.65).length;
    expect(whole / names.length).toBeGreaterThan(0.9);
  }, 60_000);
});

const halfFilling = dataPath('verification', 'lfw', 'Jeremy_Greenstock', 'Jeremy_Greenstock_0011.jpg');

describe.skipIf(halfFilling === undefined)('a face that fills half of its picture', () => {
  it('keeps the surer of two boxes of one size', async () => {
    const [face] = await vultus.detect(halfFilling ?? '');
    // From the middle of the forehead to the chin; the other box begins above the hair.
    expect(face && iou(face.box, { x: 70, y: 62, width: 95, height: 131 })).toBeGreaterThan(0.9);
  });
});

/** A public network as a user would bring it: the file and a manifest entry. */
const yunetFile = dataPath('models', 'detect', 'yunet_2023mar.onnx');

describe.skipIf(yunetFile === undefined)('YuNet as its authors publish it', () => {
  it('finds the people of a photograph, with their five points', async () => {
    const entry: ModelEntry = {
      id: 'yunet',
      version: '2023.3.0',
      kind: 'detector',
      family: 'yunet',
      file: 'yunet_2023mar.onnx',
      licence: { spdx: 'MIT', vouchedBy: 'user', verified: false, evidence: '', trainingData: '' },
      input: { name: 'input', layout: 'NCHW', channels: 'bgr', width: 640, height: 640, mean: [0], std: [1] },
      outputs: {},
    };
    const backend = await openNodeBackend({ device: 'cpu' });
    try {
      const detector = createDetector(entry, async () => backend.load(await readFile(yunetFile ?? '')));
      const found = await detector.detect(photo, { inputSize: 640, scoreThreshold: 0.6, nmsThreshold: 0.3 });
      for (const face of faces) {
        const match = found.find(({ box }) => iou(box, face.box) > 0.5);
        expect(match).toBeDefined();
        const { nose } = match?.points ?? {};
        expect(Math.abs((nose?.x ?? 0) - boxCenter(face.box).x)).toBeLessThan(face.box.width / 2);
      }
    } finally {
      await backend.close();
    }
  });
});
