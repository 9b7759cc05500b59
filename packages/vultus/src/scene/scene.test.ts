/** Objects, bodies and orientation on real photographs; a batch equals its singles. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../engine.ts';
import { rotateImage } from '../image/raw.ts';
import { Vultus } from '../node.ts';
import { samplePhoto } from '../testing/data.ts';

let vultus: Engine;

beforeAll(async () => {
  vultus = await Vultus.open({ device: 'cpu' });
});

afterAll(() => vultus.close());

describe('objects', () => {
  it('finds the people of a photograph, inside it, best first', async () => {
    const found = await vultus.objects(samplePhoto(1), { labels: ['person'] });
    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
    const { width, height } = await vultus.picture(samplePhoto(1));
    for (const { label, box } of found) {
      expect(label).toBe('person');
      expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width + 1e-6);
      expect(box.y + box.height).toBeLessThanOrEqual(height + 1e-6);
    }
  });

  it('gives in a batch what it gives alone, and nothing for nothing', async () => {
    const pictures = [samplePhoto(1), samplePhoto(4)];
    const together = await vultus.objectsBatch(pictures);
    const alone = await Promise.all(pictures.map((picture) => vultus.objects(picture)));
    expect(together.map((found) => found.map(({ label }) => label))).toEqual(
      alone.map((found) => found.map(({ label }) => label)),
    );
    expect(await vultus.objectsBatch([])).toEqual([]);
  });

  it('refuses labels that are no class', async () => {
    await expect(vultus.objects(samplePhoto(1), { labels: ['unicorn'] })).rejects.toThrow(/80 classes.*unicorn/);
  });
});

describe('bodies', () => {
  it('puts each nose into a face', async () => {
    const [bodies, faces] = await Promise.all([vultus.bodies(samplePhoto(1)), vultus.detect(samplePhoto(1))]);
    expect(bodies).toHaveLength(3);
    for (const { box } of faces) {
      const inside = bodies.filter(({ joints }) => {
        const [nose] = joints;
        if (nose === undefined) return false;
        return nose.x > box.x && nose.x < box.x + box.width && nose.y > box.y && nose.y < box.y + box.height;
      });
      expect(inside).toHaveLength(1);
    }
  });

  it('sees one person when asked for one', async () => {
    expect(await vultus.bodies(samplePhoto(1), { people: 'single' })).toHaveLength(1);
  });
});

describe('orientation', () => {
  it.each([0, 90, 180, 270] as const)('finds the turn of a picture that was turned by %i', async (turn) => {
    const image = await (await vultus.picture(samplePhoto(1))).pixels(800);
    const found = await vultus.orientation(turn === 0 ? image : rotateImage(image, turn));
    expect(found?.rotate).toBe((360 - turn) % 360);
  });

  it('is null without a face', async () => {
    const blank = { width: 320, height: 240, data: new Uint8Array(320 * 240 * 3).fill(127) };
    expect(await vultus.orientation(blank)).toBeNull();
  });
});
