/** Checks of sizes and limits that every way into the image room shares. */

import { VultusError } from '../errors.ts';
import type { Image, ImageLimits } from './image.ts';

/** Limits in force when the caller names none: 100 million pixels, 256 MiB of encoded bytes. */
const defaultLimits: Required<ImageLimits> = { maxPixels: 100_000_000, maxBytes: 256 * 1024 * 1024 };

/** The caller's limits over the defaults; throws `INVALID_ARGUMENT` for one that is not a positive number. */
export function resolveLimits(limits: ImageLimits | undefined): Required<ImageLimits> {
  const maxPixels = limits?.maxPixels ?? defaultLimits.maxPixels;
  const maxBytes = limits?.maxBytes ?? defaultLimits.maxBytes;
  for (const [name, value] of Object.entries({ maxPixels, maxBytes })) {
    if (!(value > 0))
      throw new VultusError('INVALID_ARGUMENT', `limits.${name}: expected a number above 0, got ${value}`);
  }
  return { maxPixels, maxBytes };
}

/** Throws `INVALID_ARGUMENT` unless both sides are whole numbers of at least 1. */
export function checkSize(what: string, width: number, height: number): void {
  if (Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0) return;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `${what}: expected whole numbers ≥ 1 as width and height, got ${width}×${height}`,
  );
}

/** Throws `IMAGE_TOO_LARGE` when width × height is more than the limit. */
export function checkPixels(width: number, height: number, limits: Required<ImageLimits>): void {
  if (width * height <= limits.maxPixels) return;
  throw new VultusError(
    'IMAGE_TOO_LARGE',
    `The picture is ${width}×${height} = ${width * height} pixels, the limit is ${limits.maxPixels}; raise limits.maxPixels to accept it`,
    { details: { width, height, maxPixels: limits.maxPixels } },
  );
}

/** Throws `IMAGE_TOO_LARGE` when there are more encoded bytes than the limit. */
export function checkBytes(bytes: number, limits: Required<ImageLimits>): void {
  if (bytes <= limits.maxBytes) return;
  throw new VultusError(
    'IMAGE_TOO_LARGE',
    `The picture has ${bytes} bytes or more, the limit is ${limits.maxBytes}; raise limits.maxBytes to accept it`,
    { details: { bytes, maxBytes: limits.maxBytes } },
  );
}

/** Throws `INVALID_ARGUMENT` unless `image.data` holds exactly width × height × 3 bytes. */
export function checkImage(image: Image): void {
  checkSize('Image', image.width, image.height);
  const expected = image.width * image.height * 3;
  if (image.data.length === expected) return;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Image: expected ${expected} bytes of RGB for ${image.width}×${image.height}, got ${image.data.length}; other layouts go in as raw pixels with a format`,
  );
}
