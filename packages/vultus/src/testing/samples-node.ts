/** Small encoded pictures of every kind that the decoder meets, made on the spot. */

import sharp, { type Sharp } from 'sharp';
import { drawnPicture } from './pictures.ts';

/** A 24×16 picture with four plain quarters: red, green over blue, yellow. Orientation and colour are read off it. */
export const quarters = drawnPicture(24, 16, (x, y) => {
  if (y < 8) return x < 12 ? [220, 30, 30] : [30, 200, 30];
  return x < 12 ? [30, 30, 220] : [220, 220, 30];
});

/** The picture as a sharp pipeline. */
export function quartersPipeline(): Sharp {
  return sharp(quarters.data, { raw: { width: quarters.width, height: quarters.height, channels: 3 } });
}

/** Every kind of encoding under a name; all show {@link quarters}. */
export async function encodedSamples(): Promise<ReadonlyMap<string, Uint8Array>> {
  const p = quartersPipeline;
  const frames = Buffer.concat([quarters.data, quarters.data.map((v) => 255 - v)]);
  const animation = () => sharp(frames, { raw: { width: 24, height: 32, channels: 3, pageHeight: 16 } });
  const made: Record<string, Promise<Uint8Array>> = {
    'jpeg 4:4:4': p().jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer(),
    'jpeg progressive': p().jpeg({ quality: 98, chromaSubsampling: '4:4:4', progressive: true }).toBuffer(),
    png: p().png().toBuffer(),
    'png 16-bit': p().toColourspace('rgb16').png().toBuffer(),
    'png palette': p().png({ palette: true }).toBuffer(),
    'png interlaced': p().png({ progressive: true }).toBuffer(),
    'png opaque alpha': p().ensureAlpha(1).png().toBuffer(),
    'webp lossless': p().webp({ lossless: true }).toBuffer(),
    'webp animated': animation().webp({ lossless: true }).toBuffer(),
    'gif animated': animation().gif().toBuffer(),
    gif: p().gif().toBuffer(),
    tiff: p().tiff({ compression: 'none' }).toBuffer(),
    'tiff deflate': p().tiff({ compression: 'deflate' }).toBuffer(),
    'tiff lab': p().toColourspace('lab').tiff({ compression: 'none' }).toBuffer(),
    avif: p().avif({ quality: 95, effort: 0, chromaSubsampling: '4:4:4' }).toBuffer(),
    'bmp 24': Promise.resolve(bmp(24, true)),
    'bmp 32 top-down': Promise.resolve(bmp(32, false)),
  };
  const names = Object.keys(made);
  const files = await Promise.all(Object.values(made));
  return new Map(files.map((bytes, i) => [names[i] as string, bytes]));
}

/** A real photograph, 320 pixels wide, in the formats that compress photographs. */
export async function photoSamples(path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const p = () => sharp(path).resize(320).withMetadata({ orientation: 6 });
  return new Map<string, Uint8Array>([
    ['photo jpeg', await p().jpeg().toBuffer()],
    ['photo jpeg progressive', await p().jpeg({ progressive: true }).toBuffer()],
    ['photo jpeg cmyk', await p().toColourspace('cmyk').jpeg().toBuffer()],
    ['photo webp', await p().webp().toBuffer()],
    ['photo avif', await p().avif({ effort: 0 }).toBuffer()],
    ['photo png', await p().png().toBuffer()],
    ['photo tiff', await p().tiff().toBuffer()],
    ['photo gif', await p().gif({ effort: 1 }).toBuffer()],
  ]);
}

/** {@link quarters} as a BMP of 24 or 32 bits. */
function bmp(bits: 24 | 32, bottomUp: boolean): Uint8Array {
  const { width, height, data } = quarters;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const bytes = new Uint8Array(54 + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, bottomUp ? height : -height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  for (let y = 0; y < height; y++) {
    const row = 54 + (bottomUp ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      bytes.set([data[from + 2] as number, data[from + 1] as number, data[from] as number], row + (x * bits) / 8);
    }
  }
  return bytes;
}
