/** Formats and sizes by header equal what the full decoder says. */

import { describe, expect, it } from 'vitest';
import { encodedSamples } from '../testing/samples-node.ts';
import { pictureFormat } from './format.ts';
import { headerSize } from './header.ts';

describe('headers', async () => {
  const samples = await encodedSamples();

  it.each([...samples.keys()])('%s', (name) => {
    const bytes = samples.get(name) as Uint8Array;
    const format = pictureFormat(bytes);
    expect(format).toBe(name.split(' ')[0]);
    if (format === 'tiff' || format === undefined) return;
    expect(headerSize(bytes, format)).toEqual({ width: 24, height: 16 });
    for (let cut = 0; cut < 60; cut++) headerSize(bytes.subarray(0, cut), format);
  });
});
