/** Pictures of one eye, cut out of a photograph: their state, however they are framed; a batch equals its singles. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cropPicture } from '../align/align.ts';
import type { Image } from '../image/image.ts';
import { Vultus } from '../node.ts';
import { samplePhoto } from '../testing/data.ts';
import { readEyePatches } from './eye-patch.ts';
import { fakeHost } from './fake.data.ts';
import { distance, squareView } from './views.ts';

let vultus: Vultus;
/** Three faces' left eyes, each as the network was trained to see it and low in a wider patch. */
let eyes: { readonly plain: Image; readonly low: Image }[];

beforeAll(async () => {
  vultus = await Vultus.open({ device: 'cpu' });
  const picture = await vultus.picture(samplePhoto(6));
  const faces = await vultus.analyze(picture, { tasks: ['landmarks'], maxFaces: 3 });
  eyes = await Promise.all(
    faces.map(async ({ landmarks }) => {
      const { leftEye = { x: 0, y: 0 }, rightEye = { x: 0, y: 0 } } = landmarks ?? {};
      const gap = distance(leftEye, rightEye);
      const cut = (scale: number, rise: number) => {
        const centre = { x: leftEye.x, y: leftEye.y - rise * gap };
        return cropPicture(picture, squareView({ centre, side: scale * gap }, 80), 80, 80);
      };
      return { plain: await cut(0.6, 0), low: await cut(0.9, 0.12) };
    }),
  );
});

afterAll(() => vultus.close());

describe('readEyePatches', () => {
  it('sees that eyes are open, well framed or low in a wide patch', async () => {
    const states = await vultus.eyePatches(eyes.flatMap(({ plain, low }) => [plain, low]));
    expect(states).toHaveLength(6);
    for (const { open, openness, aspectRatio } of states) {
      expect(open).toBe(true);
      expect(openness).toBeLessThanOrEqual(1);
      expect(aspectRatio).toBeGreaterThan(0.2);
    }
  });

  it('gives a batch what its singles get, and nothing for nothing', async () => {
    const patches = eyes.map(({ plain }) => plain);
    const together = await vultus.eyePatches(patches);
    for (const [i, patch] of patches.entries()) {
      const [alone] = await vultus.eyePatches([patch]);
      expect(alone?.openness).toBeCloseTo(together[i]?.openness ?? Number.NaN, 4);
    }
    expect(await vultus.eyePatches([])).toEqual([]);
  });

  it('says which model it wants', async () => {
    const patch = await vultus.picture(eyes[0]?.plain as Image);
    await expect(readEyePatches([patch], fakeHost().host)).rejects.toThrow('family iris');
  });
});
