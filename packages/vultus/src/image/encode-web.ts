/** Pixels → PNG or JPEG bytes, in the browser. */

import { VultusError } from '../errors.ts';
import { checkEncoding, type EncodedFormat, type EncodeOptions } from './encode.ts';
import type { Image } from './image.ts';
import { toImageData } from './image-data-web.ts';

/**
 * Encodes a picture by a canvas. Throws `INVALID_ARGUMENT` for a broken image, format or quality, and for one that is larger
 * than the browser's canvases.
 */
export async function encodeImage(
  image: Image,
  format: EncodedFormat,
  options: EncodeOptions = {},
): Promise<Uint8Array> {
  const quality = checkEncoding(image, format, options) / 100;
  const { width, height } = image;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `encodeImage: no canvas of ${width} × ${height} here; give a smaller image`,
    );
  }
  context.putImageData(toImageData(image), 0, 0);
  const blob = await canvas.convertToBlob({ type: `image/${format}`, quality }).catch((cause: unknown) => {
    const message = `encodeImage: the browser cannot encode ${width} × ${height} pixels; give a smaller image`;
    throw new VultusError('INVALID_ARGUMENT', message, { cause });
  });
  return new Uint8Array(await blob.arrayBuffer());
}
