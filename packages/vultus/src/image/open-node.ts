/** Opens anything that can be read as a picture, in Node: libvips (through the optional package `sharp`) decodes. */

import { VultusError } from '../errors.ts';
import { checkBytes, checkImage, checkPixels, resolveLimits } from './check.ts';
import { decodeBytes, shrinkImage } from './decode-node.ts';
import type { Image, ImageLimits, Picture, RawPixels } from './image.ts';
import { createPicture } from './picture.ts';
import { startConversion } from './raw.ts';
import { readBlob, readDataUrl, readFileBytes, readUrl } from './read-node.ts';
import type { ImageSource } from './source.ts';

/** Options of `openPicture`. */
export interface OpenOptions {
  readonly limits?: ImageLimits | undefined;
  /** Fetch `http:` and `https:` sources; default false. */
  readonly allowUrls?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows converted between two turns of the event loop: about a millisecond's work. */
const pixelsPerTurn = 200_000;

/**
 * Opens a picture: reads its header, checks the limits, and leaves the pixels to `Picture.pixels`. Encoded bytes and
 * `Image` data are not copied: leave them as they are while the picture is in use; raw pixels are converted at once.
 * Errors: `INVALID_ARGUMENT`, `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, `UNSUPPORTED_FORMAT`, `DEPENDENCY_MISSING`,
 * `ABORTED`. A picture whose header is sound but whose pixels are damaged fails in `pixels` with `IMAGE_DECODE`.
 */
export async function openPicture(source: ImageSource, options: OpenOptions = {}): Promise<Picture> {
  const limits = resolveLimits(options.limits);
  if (typeof source === 'object' && source !== null) {
    if ('pixels' in source && typeof source.pixels === 'function') return source;
    if ('data' in source && 'width' in source) return openPixels(source, limits);
  }
  const bytes = await readSource(source, limits, options);
  checkBytes(bytes.length, limits);
  return decodeBytes(bytes, limits);
}

async function readSource(
  source: ImageSource,
  limits: Required<ImageLimits>,
  options: OpenOptions,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return readBlob(source, limits);
  if (typeof source === 'string' || source instanceof URL) {
    const text = String(source);
    if (/^https?:/i.test(text)) return readUrl(text, limits, options);
    if (/^data:/i.test(text)) return readDataUrl(text, limits);
    return readFileBytes(source, limits, options.signal);
  }
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Picture: expected a path, URL, bytes, Blob, raw pixels, Image or Picture, got ${describe(source)}`,
  );
}

async function openPixels(source: RawPixels | Image | ImageData, limits: Required<ImageLimits>): Promise<Picture> {
  checkPixels(source.width, source.height, limits);
  const image = await toImage(source);
  return createPicture({
    width: image.width,
    height: image.height,
    full: async () => image,
    shrink: shrinkImage,
  });
}

async function toImage(source: RawPixels | Image | ImageData): Promise<Image> {
  const raw = asRaw(source);
  if (raw === undefined) {
    const { width, height, data } = source as Image;
    checkImage({ width, height, data });
    return { width, height, data };
  }
  const conversion = startConversion(raw);
  const step = Math.max(1, Math.floor(pixelsPerTurn / raw.width));
  for (let row = 0; row < conversion.height; row += step) {
    if (row > 0) await new Promise((resolve) => setImmediate(resolve));
    conversion.rows(row, Math.min(conversion.height, row + step));
  }
  return conversion.image;
}

/** Raw pixels have a format; canvas data are RGBA in a clamped array; what is left is an Image. */
function asRaw(source: RawPixels | Image | ImageData): RawPixels | undefined {
  if ('format' in source) return source;
  const { data, width, height } = source;
  return data instanceof Uint8ClampedArray ? { data, width, height, format: 'rgba' } : undefined;
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value).slice(0, 80);
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'an object';
}
