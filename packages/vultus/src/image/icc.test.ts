/** sRGB profiles are told from others; ignoring them changes nothing; others are converted. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { samplePhoto } from '../testing/data.ts';
import { difference } from '../testing/pictures.ts';
import { quartersPipeline } from '../testing/samples-node.ts';
import { isSrgbProfile } from './icc.ts';
import { openPicture } from './open-node.ts';

async function profileOf(name: string): Promise<Buffer | undefined> {
  return (await sharp(await quartersPipeline().withIccProfile(name).png().toBuffer()).metadata()).icc;
}

describe('isSrgbProfile', () => {
  it('knows sRGB and nothing else', async () => {
    expect(isSrgbProfile(await profileOf('srgb'))).toBe(true);
    expect(isSrgbProfile((await sharp(samplePhoto(1)).metadata()).icc)).toBe(true);
    expect(isSrgbProfile(await profileOf('p3'))).toBe(false);
    expect(isSrgbProfile(undefined)).toBe(false);
  });

  it('survives damaged profiles', async () => {
    const profile = new Uint8Array((await profileOf('srgb')) ?? []);
    for (let cut = 0; cut < profile.length; cut += 3) isSrgbProfile(profile.subarray(0, cut));
    for (let i = 128; i < Math.min(profile.length, 400); i++) {
      const broken = Uint8Array.from(profile);
      broken[i] = 0xff;
      isSrgbProfile(broken);
    }
  });

  it('leaving the conversion out changes no more than rounding', async () => {
    const converted = await sharp(samplePhoto(1)).raw().toBuffer();
    const image = await (await openPicture(samplePhoto(1))).pixels();
    expect(difference(image, { ...image, data: converted }).mean).toBeLessThan(0.5);
  });

  it('a Display P3 picture comes out in sRGB', async () => {
    const p3 = await quartersPipeline().withIccProfile('p3').png().toBuffer();
    const { data } = await (await openPicture(p3)).pixels();
    [220, 30, 30].forEach((value, c) => {
      expect(Math.abs((data[c] as number) - value)).toBeLessThan(4);
    });
  });
});
