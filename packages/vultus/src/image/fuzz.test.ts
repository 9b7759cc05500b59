/** A few hundred damaged files; `npm run fuzz` does ten thousand. */

import { expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { mutate } from '../testing/mutate.ts';
import { encodedSamples } from '../testing/samples-node.ts';
import { openPicture } from './open-node.ts';

it('a damaged file costs one typed error or gives a picture', async () => {
  const samples = [...(await encodedSamples()).values()];
  for (let seed = 0; seed < 300; seed++) {
    const bytes = mutate(samples[seed % samples.length] as Uint8Array, seed);
    try {
      const picture = await openPicture(bytes, { limits: { maxPixels: 1_000_000 } });
      const image = await picture.pixels();
      expect(image.data.length).toBe(picture.width * picture.height * 3);
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(VultusError);
    }
  }
});
