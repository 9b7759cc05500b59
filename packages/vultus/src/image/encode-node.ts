/** Pixels → PNG or JPEG bytes, in Node. */

import { checkEncoding, type EncodedFormat, type EncodeOptions } from './encode.ts';
import type { Image } from './image.ts';
import { loadSharp } from './sharp-node.ts';

/** Encodes a picture. Throws `INVALID_ARGUMENT` for a broken image, format or quality, `DEPENDENCY_MISSING` without `sharp`. */
export async function encodeImage(
  image: Image,
  format: EncodedFormat,
  options: EncodeOptions = {},
): Promise<Uint8Array> {
  const quality = checkEncoding(image, format, options);
  const sharp = await loadSharp();
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  const pipeline = sharp(image.data, { raw, limitInputPixels: false });
  const encoded = format === 'png' ? pipeline.png() : pipeline.jpeg({ quality });
  const bytes = await encoded.toBuffer();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
