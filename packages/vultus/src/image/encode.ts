/** What encoding a picture takes, in Node and in the browser. */

import { VultusError } from '../errors.ts';
import { checkImage } from './check.ts';
import type { Image } from './image.ts';

/** Formats that `encodeImage` writes. */
export type EncodedFormat = 'png' | 'jpeg';

/** Options of `encodeImage`. */
export interface EncodeOptions {
  /** JPEG quality 1…100; default 90. */
  readonly quality?: number;
}

/** The quality in force. Throws `INVALID_ARGUMENT` for a broken image, format or quality. */
export function checkEncoding(image: Image, format: EncodedFormat, { quality = 90 }: EncodeOptions): number {
  checkImage(image);
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new VultusError('INVALID_ARGUMENT', `quality: expected a whole number 1…100, got ${quality}`);
  }
  if (format !== 'png' && format !== 'jpeg') {
    throw new VultusError('INVALID_ARGUMENT', `encodeImage: expected png or jpeg, got ${String(format)}`);
  }
  return quality;
}
