/** Encoded bytes → a picture, by libvips off the main thread. */

import type { Sharp, SharpOptions } from 'sharp';
import { VultusError } from '../errors.ts';
import { checkPixels } from './check.ts';
import { type PictureFormat, pictureFormat } from './format.ts';
import { isSrgbProfile } from './icc.ts';
import type { Image, ImageLimits, Picture } from './image.ts';
import { createPicture } from './picture.ts';
import { resizeInTurns } from './resize.ts';
import { loadSharp } from './sharp-node.ts';

/** Formats handed to libvips. SVG is a program for a renderer, not pixels, and is left out on purpose. */
const decodable = new Set<PictureFormat>(['jpeg', 'png', 'gif', 'webp', 'tiff', 'avif']);

/** JPEG and WebP decode at a fraction of the cost when the result is at most half the size. */
const scalable = new Set<PictureFormat>(['jpeg', 'webp']);

/**
 * The least that JPEG can spend is a bit per 8×8 block, 512 pixels a byte; twice that is surely a forged or cut header.
 * Decoders would take memory for all of it and paint it grey.
 */
const jpegPixelsPerByte = 1024;

/** Pixels from which a level of at most half the size is decoded for itself: half of a small picture saves nothing. */
const reducedFrom = 1_000_000;

/** Up to this many source pixels, a reduction on this thread takes about a millisecond and saves the hand-over. */
const smallSource = 100_000;

/** Opens encoded bytes: header and limits now, pixels on demand. Errors as `openPicture`. */
export async function decodeBytes(bytes: Uint8Array, limits: Required<ImageLimits>): Promise<Picture> {
  const format = checkedFormat(bytes);
  const sharp = await loadSharp();
  const metadata = await decoding(() =>
    sharp(bytes, { failOn: 'error', limitInputPixels: false, pages: 1 }).metadata(),
  );
  const { width, height } = metadata.autoOrient;
  checkPixels(width, height, limits);
  if (format === 'jpeg' && bytes.length * jpegPixelsPerByte < width * height) {
    throw new VultusError(
      'IMAGE_DECODE',
      `The picture is damaged or incomplete: ${bytes.length} bytes of JPEG cannot hold ${width}×${height} pixels`,
    );
  }
  const options: SharpOptions = {
    failOn: 'error',
    limitInputPixels: limits.maxPixels,
    pages: 1,
    // Converting sRGB to sRGB would cost three times the decoding.
    ignoreIcc: isSrgbProfile(metadata.icc),
  };
  const pipeline = () => sharp(bytes, options).autoOrient().flatten({ background: '#ffffff' }).toColourspace('srgb');
  const reducible = width * height >= reducedFrom && scalable.has(format);
  return createPicture({
    width,
    height,
    full: () => toImage(pipeline(), width, height),
    reduced: (w, h) =>
      reducible && w * 2 <= width && h * 2 <= height
        ? toImage(pipeline().resize({ width: w, height: h, fit: 'fill', kernel: 'cubic' }), w, h)
        : undefined,
    shrink: shrinkImage,
  });
}

/** Area-averages decoded pixels: small ones here, large ones by libvips on its own threads. */
export async function shrinkImage(image: Image, width: number, height: number): Promise<Image> {
  if (image.width * image.height <= smallSource) return resizeInTurns(image, width, height);
  const sharp = await loadSharp();
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  const pipeline = sharp(image.data, { raw, limitInputPixels: false });
  return toImage(pipeline.resize({ width, height, fit: 'fill', kernel: 'cubic' }), width, height);
}

function checkedFormat(bytes: Uint8Array): PictureFormat {
  const format = pictureFormat(bytes);
  if (format !== undefined && decodable.has(format)) return format;
  if (format !== undefined) {
    throw new VultusError(
      'UNSUPPORTED_FORMAT',
      `The picture is ${format.toUpperCase()}, which is not decoded here; convert it to JPEG, PNG, WebP, AVIF, TIFF or GIF`,
      { details: { format } },
    );
  }
  const what = bytes.length === 0 ? 'no bytes at all' : `${bytes.length} bytes that are no picture format known here`;
  throw new VultusError('IMAGE_DECODE', `Expected an encoded picture, got ${what}`);
}

async function toImage(pipeline: Sharp, width: number, height: number): Promise<Image> {
  const { data, info } = await decoding(() => pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }));
  if (info.width !== width || info.height !== height || info.channels !== 3) {
    throw new VultusError(
      'IMAGE_DECODE',
      `The picture's header promises ${width}×${height} RGB, its pixels are ${info.width}×${info.height}×${info.channels}`,
    );
  }
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** Runs a step of libvips and gives its failure our name. */
async function decoding<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const text = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    if (/pixel limit/i.test(text ?? '')) {
      throw new VultusError('IMAGE_TOO_LARGE', 'The picture has more pixels than the limit; raise limits.maxPixels', {
        cause: error,
      });
    }
    throw new VultusError('IMAGE_DECODE', `The picture is damaged or incomplete: ${text}`, { cause: error });
  }
}
