/** The kernels against their twins in plain JavaScript, and what happens where there is no WebAssembly. */

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { difference, noisePicture, smoothPicture } from '../testing/pictures.ts';
import type { Affine } from './affine.ts';
import { kernelFill } from './tensor-kernel.ts';
import { plainFill } from './tensor-plain.ts';
import type { PixelEncoding } from './tensor-plan.ts';
import { kernelWarp } from './warp-kernel.ts';
import { plainWarp } from './warp-plain.ts';
import type { WarpPlan } from './warp-plan.ts';

describe('warp', () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

  it('equals its twin for any map, also far outside the picture', () => {
    const image = smoothPicture(57, 41);
    const plan = fc.constantFrom<WarpPlan>(
      { samples: 1, block: 1, edge: false },
      { samples: 1, block: 1, edge: true },
      { samples: 4, block: 1, edge: false },
      { samples: 4, block: 2, edge: true },
      { samples: 4, block: 3, edge: false },
      { samples: 4, block: 70, edge: true },
    );
    const map = fc.tuple(number(-4, 4), number(-4, 4), number(-90, 90), number(-4, 4), number(-4, 4), number(-90, 90));
    fc.assert(
      fc.property(map, fc.integer({ min: 1, max: 23 }), fc.integer({ min: 1, max: 23 }), plan, (m, w, h, how) => {
        const wanted = plainWarp(image, m as Affine, w, h, how);
        const got = kernelWarp(image, m as Affine, w, h, how);
        expect(got).toMatchObject({ width: w, height: h });
        // Samples on the very edge of the picture, a row or column of them at worst, may be judged inside by one only.
        const off = (got?.data ?? []).filter((value, i) => Math.abs(value - (wanted.data[i] as number)) > 3).length;
        expect(off).toBeLessThanOrEqual(3 * 2 * Math.max(w, h));
      }),
      { numRuns: 400 },
    );
  });

  it('is within two levels of its twin on the hardest picture', () => {
    const image = noisePicture(90, 80);
    const map: Affine = [0.61, -0.2, 17, 0.2, 0.61, 9];
    const once: WarpPlan = { samples: 1, block: 1, edge: false };
    const got = kernelWarp(image, map, 60, 60, once);
    expect(got && difference(got, plainWarp(image, map, 60, 60, once)).max).toBeLessThanOrEqual(2);
  });

  it('leaves to its twin what would take too much memory', () => {
    const image = noisePicture(2000, 1500);
    const whole: WarpPlan = { samples: 1, block: 1, edge: false };
    expect(kernelWarp(image, [1, 0, 0, 0, 1, 0], 2000, 1500, whole)).toBeUndefined();
  });
});

describe('tensors', () => {
  it('equal those of the twin in every layout, with and without margins', () => {
    const input = fc.record({
      layout: fc.constantFrom('NCHW', 'NHWC'),
      channels: fc.constantFrom('rgb', 'bgr', 'gray'),
      mean: fc.constantFrom([127.5], [104, 117, 123]),
      std: fc.constantFrom([1], [58, 57, 59]),
    });
    const side = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(input, side, side, fc.nat(5), fc.nat(5), (drawn, width, height, right, below) => {
        const gray = drawn.channels === 'gray';
        const list = (values: readonly number[]) => (gray ? values.slice(0, 1) : values);
        const encoding = { ...drawn, mean: list(drawn.mean), std: list(drawn.std) } as PixelEncoding;
        const image = noisePicture(width, height);
        const frame = { width: width + right, height: height + below };
        const length = frame.width * frame.height * (gray ? 1 : 3) + 9;
        const [wanted, got] = [new Float32Array(length).fill(7), new Float32Array(length).fill(7)];
        plainFill(image, encoding, { data: wanted, start: 4, ...frame });
        expect(kernelFill(image, encoding, { data: got, start: 4, ...frame })).toBe(true);
        const apart = wanted.map((value, i) => Math.abs(value - (got[i] as number)));
        expect(Math.max(...apart)).toBeLessThan(1e-3);
      }),
      { numRuns: 150 },
    );
  });
});

it('does without where WebAssembly is forbidden', async () => {
  vi.resetModules();
  vi.stubGlobal('WebAssembly', undefined);
  try {
    const { warpAffine } = await import('./warp.ts');
    const { imagesToTensor } = await import('./tensor.ts');
    const image = noisePicture(20, 20);
    expect(warpAffine(image, [1, 0, 0, 0, 1, 0], 20, 20).data).toEqual(image.data);
    const { data } = imagesToTensor([image], { layout: 'NHWC', channels: 'rgb', mean: [0], std: [1] });
    expect([...data]).toEqual([...image.data]);
  } finally {
    vi.unstubAllGlobals();
  }
});
