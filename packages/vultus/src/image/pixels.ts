/** Opens pictures that are pixels already: raw pixels, canvas data, an Image. */

import { checkImage, checkPixels, checkSize } from './check.ts';
import type { Image, ImageLimits, Picture, RawPixels } from './image.ts';
import { createPicture } from './picture.ts';
import { startConversion } from './raw.ts';
import type { ImageSource } from './source.ts';

/** What the platform lends to {@link openPixels}. */
export interface PixelWork {
  /** Area-averages to a smaller size without holding the thread. */
  shrink(image: Image, width: number, height: number): Promise<Image>;
  /** Lets other work on this thread have a turn. */
  pause(): Promise<void>;
}

/** Sources that {@link openPixels} takes. */
export type PixelSource = RawPixels | Image | ImageData;

/** Pixels converted between two turns of the event loop: a millisecond or two of work. */
const pixelsPerTurn = 100_000;

/** True for what is a Picture already. */
export function isPicture(source: object): source is Picture {
  return 'pixels' in source && typeof source.pixels === 'function';
}

/** True for pixels in memory of any layout. */
export function isPixels(source: ImageSource): source is PixelSource {
  return typeof source === 'object' && 'data' in source && ArrayBuffer.isView(source.data) && 'width' in source;
}

/** Converts raw pixels at once, in turns; takes an Image as it is. Errors: `INVALID_ARGUMENT`, `IMAGE_TOO_LARGE`. */
export async function openPixels(
  source: PixelSource,
  limits: Required<ImageLimits>,
  work: PixelWork,
): Promise<Picture> {
  checkSize('Picture', source.width, source.height);
  checkPixels(source.width, source.height, limits);
  const raw = asRaw(source);
  const image = raw === undefined ? checkedImage(source) : await convert(raw, work);
  return createPicture({
    width: image.width,
    height: image.height,
    full: async () => image,
    shrink: work.shrink,
  });
}

/** What a value is, in a word or two, for messages. */
export function describeSource(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value).slice(0, 80);
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'an object';
}

async function convert(raw: RawPixels, work: PixelWork): Promise<Image> {
  const conversion = startConversion(raw);
  const step = Math.max(1, Math.floor(pixelsPerTurn / raw.width));
  for (let row = 0; row < conversion.height; row += step) {
    if (row > 0) await work.pause();
    conversion.rows(row, Math.min(conversion.height, row + step));
  }
  return conversion.image;
}

/** Raw pixels have a format; canvas data are RGBA in a clamped array; what is left is an Image. */
function asRaw(source: PixelSource): RawPixels | undefined {
  if ('format' in source) return source;
  const { data, width, height } = source;
  return data instanceof Uint8ClampedArray ? { data, width, height, format: 'rgba' } : undefined;
}

function checkedImage(source: PixelSource): Image {
  const { width, height, data } = source as Image;
  checkImage({ width, height, data });
  return { width, height, data };
}
