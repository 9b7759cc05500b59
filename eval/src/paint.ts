/** Shapes painted over pixels. */

import sharp from 'sharp';
import type { Image } from 'vultus';

/** SVG shapes in the picture's pixels painted over it, their edges blurred by `soft` pixels (standard deviation). */
export async function paint({ width, height, data }: Image, shapes: string, soft = 0): Promise<Image> {
  const filter = soft > 0 ? `<filter id="soft"><feGaussianBlur stdDeviation="${soft.toFixed(2)}"/></filter>` : '';
  const group = `<g${soft > 0 ? ' filter="url(#soft)"' : ''}>${shapes}</g>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${filter}${group}</svg>`;
  const painted = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data: painted };
}
