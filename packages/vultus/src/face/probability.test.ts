/** The logistic against 22 published values, and the threshold table. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { fmrFor, thresholdFor, toProbability } from './probability.ts';

const published = [
  {
    logistic: { threshold: 0.42, middle: 0.6, steepness: 8, min: 0.01, max: 1 },
    cosines: [-0.8, -0.2, 0.02, 0.1, 0.25, 0.3, 0.48, 0.7, 0.8, 0.9, 1],
    values: [0.0101, 0.0201, 0.0661, 0.1113, 0.2819, 0.3673, 0.7074, 0.9334, 0.9689, 0.9858, 0.9936],
  },
  {
    logistic: { threshold: 0.32, middle: 0.6, steepness: 10, min: 0.02, max: 1 },
    cosines: [-0.8, -0.2, 0.02, 0.1, 0.25, 0.32, 0.5, 0.7, 0.8, 0.9, 1],
    values: [0.02, 0.0278, 0.086, 0.1557, 0.4302, 0.6, 0.8997, 0.9851, 0.9945, 0.998, 0.9992],
  },
];

describe('toProbability', () => {
  it.each(published)('gives the published values at threshold $logistic.threshold', ({ logistic, cosines, values }) => {
    for (const [index, cosine] of cosines.entries()) {
      const expected = values[index] as number;
      expect(Math.abs(toProbability(cosine, { logistic }) - expected)).toBeLessThan(0.01 * expected);
    }
  });

  it('is middle at the threshold, rises, and stays within min and max', () => {
    const logistic = { threshold: 0.3, middle: 0.55, steepness: 20, min: 0.001, max: 0.999 };
    expect(toProbability(0.3, { logistic })).toBeCloseTo(0.55, 12);
    const cosine = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(cosine, cosine, (a, b) => {
        const [low, high] = [toProbability(Math.min(a, b), { logistic }), toProbability(Math.max(a, b), { logistic })];
        return low <= high && low >= 0.001 && high <= 0.999;
      }),
    );
  });
});

describe('thresholdFor', () => {
  const calibration = {
    thresholds: { '1e-2': { threshold: 0.2 }, '1e-3': { threshold: 0.3 }, '1e-4': { threshold: 0.36 } },
  };

  it('reads the table and interpolates over the logarithm of the rate', () => {
    expect(thresholdFor(calibration, { fmr: 1e-3 })).toBe(0.3);
    expect(thresholdFor(calibration, { fmr: 1e-4 })).toBe(0.36);
    expect(thresholdFor(calibration, { fmr: 10 ** -2.5 })).toBeCloseTo(0.25, 12);
  });

  it.each([0, 0.5, 1e-7, Number.NaN])('refuses %s, which the table does not reach', (fmr) => {
    expect(() => thresholdFor(calibration, { fmr })).toThrow(VultusError);
    expect(() => thresholdFor(calibration, { fmr })).toThrow(/from 0.0001 to 0.01/);
  });

  it('turns a gallery size and a false-positive rate into a threshold, beyond the table too', () => {
    const sizes = [1, 10, 100, 1000, 1e6, 1e9];
    const thresholds = sizes.map((gallerySize) => thresholdFor(calibration, { gallerySize, fpir: 0.01 }));
    expect(thresholds[0]).toBeCloseTo(0.2, 9);
    expect(thresholds[1]).toBeCloseTo(thresholdFor(calibration, { fmr: 1 - 0.99 ** 0.1 }), 9);
    expect(thresholds).toEqual([...thresholds].sort((a, b) => a - b));
    expect(thresholds.at(-1)).toBeGreaterThan(0.45);
    expect(thresholdFor(calibration, { gallerySize: 1, fpir: 0.5 })).toBe(0.2);
    expect(fmrFor({ gallerySize: 1e6, fpir: 0.01 })).toBeCloseTo(1.005e-8, 10);
  });

  it.each([
    [0, 0.1],
    [Number.NaN, 0.1],
    [10, 0],
    [10, 1],
    [Number.POSITIVE_INFINITY, 0.1],
  ])('refuses a gallery of %s at %s', (gallerySize, fpir) => {
    expect(() => thresholdFor(calibration, { gallerySize, fpir })).toThrow(VultusError);
  });
});
