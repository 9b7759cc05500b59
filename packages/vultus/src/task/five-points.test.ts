/** The five points: joined where the networks agree, the mesh's where they do not; nearer to labels than alignment's. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.ts';
import type { FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import { Vultus } from '../node.ts';
import { samplePhoto } from '../testing/data.ts';
import { fiveAgree, landmarksTask } from './five-points.ts';
import { fivePoints } from './landmarks.ts';
import type { FaceMesh } from './mesh.ts';
import { dlibPoints } from './mesh-points.ts';
import type { FaceContext } from './task.ts';

const mesh: FaceMesh = {
  points: Array.from({ length: 478 }, (_, i) => ({ x: (i % 22) * 10, y: Math.floor(i / 22) * 10, z: 0 })),
  presence: 1,
};
const ofMesh = fivePoints(dlibPoints(mesh));

function shifted(five: FivePoints, by: number): FivePoints {
  const move = ({ x, y }: Point): Point => ({ x: x + by, y });
  return {
    leftEye: move(five.leftEye),
    rightEye: move(five.rightEye),
    nose: move(five.nose),
    leftMouth: move(five.leftMouth),
    rightMouth: move(five.rightMouth),
  };
}

const read = (landmarks: FivePoints) => landmarksTask.read({ landmarks, values: { mesh } } as unknown as FaceContext);

describe('landmarks', () => {
  const eyes = Math.hypot(ofMesh.leftEye.x - ofMesh.rightEye.x, ofMesh.leftEye.y - ofMesh.rightEye.y);

  it('lie half way between two networks that agree', async () => {
    const near = shifted(ofMesh, 0.07 * eyes);
    expect(fiveAgree(ofMesh, near)).toBe(true);
    expect((await read(near)).nose.x).toBeCloseTo(ofMesh.nose.x + 0.035 * eyes, 9);
  });

  it('are the mesh\u2019s where they do not agree', async () => {
    const far = shifted(ofMesh, 0.09 * eyes);
    expect(fiveAgree(ofMesh, far)).toBe(false);
    expect(await read(far)).toEqual(ofMesh);
  });
});

describe('a photograph', () => {
  let vultus: Engine;
  beforeAll(async () => {
    vultus = await Vultus.open({ device: 'cpu' });
  });
  afterAll(() => vultus.close());

  it('gets better points only when they are asked for; the faceprint is the same', async () => {
    const [plain] = await vultus.analyze(samplePhoto(4), { tasks: ['embed'] });
    const [best] = await vultus.analyze(samplePhoto(4), { tasks: ['embed', 'landmarks'] });
    expect(best?.landmarks).not.toEqual(plain?.landmarks);
    expect(best?.landmarks && plain?.landmarks && fiveAgree(best.landmarks, plain.landmarks)).toBe(true);
    expect(best?.embed.vector).toEqual(plain?.embed.vector);
  });
});
