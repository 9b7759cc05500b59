/** What every detector promises; run it for each family and each way of making one. */

import { describe, expect, it } from 'vitest';
import type { Image } from '../image/image.ts';
import type { Detector, DetectorPass } from './detector.ts';

/** What differs between implementations. */
export interface DetectorContract {
  readonly create: () => Detector;
  /** A picture in which the detector finds at least two overlap-free faces. */
  readonly picture: () => Image | Promise<Image>;
  /** Whether a blank picture shows no face; default true (synthetic graphs answer the same whatever they see). */
  readonly looks?: boolean;
}

/** Declares the suite. */
export function detectorContract(name: string, contract: DetectorContract): void {
  describe(`detector contract: ${name}`, () => {
    const pass = (detector: Detector): DetectorPass => ({
      inputSize: detector.inputSizes === 'any' ? 320 : (detector.inputSizes[0] ?? 320),
      scoreThreshold: 0.3,
      nmsThreshold: 0.4,
    });

    it('orders by score, keeps boxes inside the picture, repeats itself exactly', async () => {
      const detector = contract.create();
      const image = await contract.picture();
      const found = await detector.detect(image, pass(detector));
      expect(found.length).toBeGreaterThanOrEqual(2);
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
      for (const { box, score } of found) {
        expect(score).toBeGreaterThanOrEqual(0.3);
        expect(score).toBeLessThanOrEqual(1);
        expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(image.width + 1e-6);
        expect(box.y + box.height).toBeLessThanOrEqual(image.height + 1e-6);
      }
      expect(await detector.detect(image, pass(detector))).toEqual(found);
    });

    it('takes pictures of any shape, one pixel included', async () => {
      const detector = contract.create();
      for (const [width, height] of [
        [1, 1],
        [3, 700],
        [500, 2],
      ] as const) {
        const found = await detector.detect(blank(width, height), pass(detector));
        if (contract.looks !== false) expect(found).toEqual([]);
      }
    });

    it('answers parallel calls as it answers one', async () => {
      const detector = contract.create();
      const image = await contract.picture();
      const alone = await detector.detect(image, pass(detector));
      const both = await Promise.all([detector.detect(image, pass(detector)), detector.detect(image, pass(detector))]);
      expect(both).toEqual([alone, alone]);
    });

    it('refuses a pass outside its range', async () => {
      const detector = contract.create();
      const image = blank(8, 8);
      await expect(detector.detect(image, { ...pass(detector), inputSize: 100 })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      await expect(detector.detect(image, { ...pass(detector), nmsThreshold: 2 })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    });
  });
}

function blank(width: number, height: number): Image {
  return { width, height, data: new Uint8Array(width * height * 3).fill(127) };
}
