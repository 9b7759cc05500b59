/** Pixels → PNG or JPEG bytes, in Node. */

import { VultusError } from '../errors.ts';
import { checkImage } from './check.ts';
import type { Image } from './image.ts';
import { loadSharp } from './sharp-node.ts';

/** Options of {@link encodeImage}. */
export interface EncodeOptions {
  /** JPEG quality 1…100; default 90. */
  readonly quality?: number;
}

/** Encodes a picture. Throws `INVALID_ARGUMENT` for a broken image, format or quality, `DEPENDENCY_MISSING` without `sharp`. */
export async function encodeImage(
  image: Image,
  format: 'png' | 'jpeg',
  options: EncodeOptions = {},
): Promise<Uint8Array> {
  checkImage(image);
  const quality = options.quality ?? 90;
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new VultusError('INVALID_ARGUMENT', `quality: expected a whole number 1…100, got ${quality}`);
  }
  if (format !== 'png' && format !== 'jpeg') {
    throw new VultusError('INVALID_ARGUMENT', `encodeImage: expected png or jpeg, got ${String(format)}`);
  }
  const sharp = await loadSharp();
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  const pipeline = sharp(image.data, { raw, limitInputPixels: false });
  const encoded = format === 'png' ? pipeline.png() : pipeline.jpeg({ quality });
  const bytes = await encoded.toBuffer();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
