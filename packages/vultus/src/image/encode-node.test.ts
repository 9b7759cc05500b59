/** Encoding: PNG keeps every pixel, JPEG nearly; wrong calls are refused. */

import { describe, expect, it } from 'vitest';
import { difference, noisePicture, smoothPicture } from '../testing/pictures.ts';
import { encodeImage } from './encode-node.ts';
import { openPicture } from './open-node.ts';

describe('encodeImage', () => {
  it('PNG comes back the same', async () => {
    const image = noisePicture(33, 17);
    expect(difference(await (await openPicture(await encodeImage(image, 'png'))).pixels(), image).max).toBe(0);
  });

  it('JPEG comes back nearly the same', async () => {
    const image = smoothPicture(64, 64);
    expect(difference(await (await openPicture(await encodeImage(image, 'jpeg'))).pixels(), image).mean).toBeLessThan(
      3,
    );
  });

  it('refuses an unknown format and a quality out of range', async () => {
    const image = noisePicture(2, 2);
    await expect(encodeImage(image, 'bmp' as 'png')).rejects.toThrow('png or jpeg');
    await expect(encodeImage(image, 'jpeg', { quality: 0 })).rejects.toThrow('1…100');
  });
});
