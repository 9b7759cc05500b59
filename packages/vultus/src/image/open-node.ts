/** Opens anything that can be read as a picture, in Node: libvips (through the optional package `sharp`) decodes. */

import { VultusError } from '../errors.ts';
import { readBmp } from './bmp.ts';
import { checkBytes, resolveLimits } from './check.ts';
import { decodeBytes, shrinkImage } from './decode-node.ts';
import { pictureFormat } from './format.ts';
import type { ImageLimits, Picture } from './image.ts';
import { describeSource, isPicture, isPixels, openPixels, type PixelWork } from './pixels.ts';
import { readBlob, readDataUrl, readUrl } from './read.ts';
import { readFileBytes } from './read-node.ts';
import type { ImageSource } from './source.ts';

const pixelWork: PixelWork = { shrink: shrinkImage, pause: () => new Promise((resolve) => setImmediate(resolve)) };

/** Options of `openPicture`. */
export interface OpenOptions {
  readonly limits?: ImageLimits | undefined;
  /** Fetch `http:` and `https:` sources; default false. */
  readonly allowUrls?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a picture: reads its header, checks the limits, and leaves the pixels to `Picture.pixels`. Encoded bytes and
 * `Image` data are not copied: leave them as they are while the picture is in use; raw pixels are converted at once.
 * Errors: `INVALID_ARGUMENT`, `FILE_READ`, `IMAGE_DECODE`, `IMAGE_TOO_LARGE`, `UNSUPPORTED_FORMAT`, `DEPENDENCY_MISSING`,
 * `ABORTED`. A picture whose header is sound but whose pixels are damaged fails in `pixels` with `IMAGE_DECODE`.
 */
export async function openPicture(source: ImageSource, options: OpenOptions = {}): Promise<Picture> {
  const limits = resolveLimits(options.limits);
  if (typeof source === 'object' && source !== null) {
    if (isPicture(source)) return source;
    if (isPixels(source)) return openPixels(source, limits, pixelWork);
  }
  const bytes = await readSource(source, limits, options);
  checkBytes(bytes.length, limits);
  if (pictureFormat(bytes) === 'bmp') return openPixels(readBmp(bytes, limits), limits, pixelWork);
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
    `Picture: expected a path, URL, bytes, Blob, raw pixels, Image or Picture, got ${describeSource(source)}`,
  );
}
