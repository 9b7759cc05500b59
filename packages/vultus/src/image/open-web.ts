/** Opens anything that can be read as a picture, in a browser or worker: the browser decodes. */

import { VultusError } from '../errors.ts';
import { checkBytes, checkPixels, resolveLimits } from './check.ts';
import { pictureFormat } from './format.ts';
import { headerSize } from './header.ts';
import type { Image, ImageLimits, Picture } from './image.ts';
import { toImageData } from './image-data-web.ts';
import { createPicture } from './picture.ts';
import { describeSource, isPicture, isPixels, openPixels, type PixelWork } from './pixels.ts';
import { rawToImage } from './raw.ts';
import { readBlob, readUrl, reason } from './read.ts';
import { resizeImage } from './resize.ts';
import type { ImageSource } from './source.ts';

/** Options of `openPicture`. */
export interface OpenOptions {
  readonly limits?: ImageLimits | undefined;
  /** Fetch from other origins; default false. The page's own origin, `blob:` and `data:` are always read. */
  readonly allowUrls?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Element = HTMLImageElement | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | VideoFrame | ImageBitmap;

const pixelWork: PixelWork = {
  shrink: shrinkImage,
  pause: () => new Promise((resolve) => setTimeout(resolve)),
};

/** Up to this many source pixels, a reduction on this thread takes a millisecond or two. */
const smallSource = 100_000;

/**
 * Opens a picture. Encoded bytes are checked against the limits by their header before the browser decodes them; elements,
 * frames and bitmaps are copied as they are at the call, and never closed. Raw pixels are converted at once; `Image` data
 * are not copied. Errors as in Node; a canvas that holds another origin's pixels is `IMAGE_DECODE`.
 */
export async function openPicture(source: ImageSource, options: OpenOptions = {}): Promise<Picture> {
  const limits = resolveLimits(options.limits);
  if (typeof source === 'object' && source !== null) {
    if (isPicture(source)) return source;
    if (isPixels(source)) return openPixels(source, limits, pixelWork);
  }
  if (isElement(source)) return openElement(source, limits);
  const bytes = await readSource(source, limits, options);
  checkBytes(bytes.length, limits);
  return openBytes(bytes, limits);
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
    const url = absoluteUrl(source);
    const own = ['data:', 'blob:'].includes(url.protocol) || url.origin === globalThis.location?.origin;
    return readUrl(url.href, limits, own ? { ...options, allowUrls: true } : options);
  }
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Picture: expected a URL, bytes, Blob, raw pixels, an element with pixels, Image or Picture, got ${describeSource(source)}`,
  );
}

function absoluteUrl(source: string | URL): URL {
  try {
    return new URL(source, globalThis.location?.href);
  } catch (error) {
    throw new VultusError('INVALID_ARGUMENT', `Picture: expected a URL, got ${String(source).slice(0, 80)}`, {
      cause: error,
    });
  }
}

async function openBytes(bytes: Uint8Array, limits: Required<ImageLimits>): Promise<Picture> {
  const format = pictureFormat(bytes);
  if (format === undefined) {
    throw new VultusError('IMAGE_DECODE', `Expected an encoded picture, got ${bytes.length} bytes of no known format`);
  }
  if (format === 'svg' || format === 'pdf') {
    throw new VultusError('UNSUPPORTED_FORMAT', `The picture is ${format.toUpperCase()}, which is not decoded here`);
  }
  const size = headerSize(bytes, format);
  if (size !== undefined) checkPixels(size.width, size.height, limits);
  const bitmap = await decoding(() =>
    createImageBitmap(new Blob([bytes as BlobPart]), { imageOrientation: 'from-image' }),
  );
  checkPixels(bitmap.width, bitmap.height, limits);
  return bitmapPicture(bitmap);
}

async function openElement(source: Element, limits: Required<ImageLimits>): Promise<Picture> {
  const bitmap = await decoding(() => createImageBitmap(source));
  checkPixels(bitmap.width, bitmap.height, limits);
  return bitmapPicture(bitmap);
}

function bitmapPicture(bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  return createPicture({
    width,
    height,
    full: () => decoding(async () => readPixels(bitmap, width, height)),
    reduced: (w, h) => decoding(() => reduceBitmap(bitmap, w, h)),
    shrink: shrinkImage,
  });
}

/** The browser's own reduction, which averages; where it ignores the size, drawing scales. */
async function reduceBitmap(source: ImageBitmap | ImageData, width: number, height: number): Promise<Image> {
  const options: ImageBitmapOptions = { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' };
  const small = await createImageBitmap(source, options);
  try {
    return readPixels(small, width, height);
  } finally {
    small.close();
  }
}

async function shrinkImage(image: Image, width: number, height: number): Promise<Image> {
  if (image.width * image.height <= smallSource) return resizeImage(image, width, height);
  return reduceBitmap(toImageData(image), width, height);
}

/** Draws over white, so that transparent pictures look as they do on a page, and reads the pixels back. */
function readPixels(source: ImageBitmap, width: number, height: number): Image {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true, alpha: false });
  if (context === null) throw new Error('no 2d canvas');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return rawToImage({ data: context.getImageData(0, 0, width, height).data, width, height, format: 'rgba' });
}

/** Elements by the constructors that exist here: a worker has no HTML elements, an old browser no VideoFrame. */
function isElement(source: unknown): source is Element {
  const names = [
    'HTMLImageElement',
    'HTMLVideoElement',
    'HTMLCanvasElement',
    'OffscreenCanvas',
    'VideoFrame',
    'ImageBitmap',
  ];
  return names.some((name) => {
    const kind = (globalThis as Record<string, unknown>)[name];
    return typeof kind === 'function' && source instanceof kind;
  });
}

async function decoding<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof VultusError) throw error;
    throw new VultusError('IMAGE_DECODE', `The browser could not decode or read the picture: ${reason(error)}`, {
      cause: error,
    });
  }
}
