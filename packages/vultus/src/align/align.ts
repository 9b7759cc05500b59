/** Face chips: cut out of the level of the picture that loses nothing. */

import type { FivePoints } from '../face/face.ts';
import { type Affine, affineStretch, composeAffine, scaleAffine } from '../image/affine.ts';
import type { Image, Picture } from '../image/image.ts';
import { largePicturePixels } from '../image/picture.ts';
import { type WarpOptions, warpInTurns } from '../image/warp.ts';
import { pictureFromChip } from './crop.ts';
import { pointList, templatePoints } from './template.ts';

/** Options of {@link alignFace}. */
export interface AlignOptions extends WarpOptions {
  /** Side of the square chip in pixels; default 112. */
  readonly size?: number;
  /** Template that the points are fitted to; default `arcface`. */
  readonly template?: string;
}

/** Pixels that a level must have per crop pixel: at 1, sampling it a second time would soften the crop visibly. */
const spareResolution = 1.4;

/** A crop that covers no more source pixels than this is cheaper to average on the spot than to reduce the whole picture for. */
const smallCropPixels = 512 * 1024;

/** The face as a square chip, turned and scaled so that its five points lie where the template has them. */
export async function alignFace(picture: Picture, points: FivePoints, options: AlignOptions = {}): Promise<Image> {
  const size = options.size ?? 112;
  const toPicture = pictureFromChip(pointList(points), templatePoints(options.template ?? 'arcface', size));
  return cropPicture(picture, toPicture, size, size, options);
}

/**
 * Cuts a `width` × `height` crop out of a picture by the map from crop to picture pixels, from the smallest level of the
 * picture that still has 1.4 pixels for each crop pixel along a line; see `warpAffine` for the sampling.
 */
export async function cropPicture(
  picture: Picture,
  cropToPicture: Affine,
  width: number,
  height: number,
  options: WarpOptions = {},
): Promise<Image> {
  const longSide = cropLevel(picture, cropToPicture, width, height);
  if (longSide === undefined) return warpInTurns(await picture.pixels(), cropToPicture, width, height, options);
  const level = await picture.pixels(longSide);
  const toLevel = scaleAffine(level.width / picture.width, level.height / picture.height);
  return warpInTurns(level, composeAffine(toLevel, cropToPicture), width, height, options);
}

/**
 * Crops of this side and more show a face finer than their networks look at it: up to a shrink of 2 one sample a pixel does
 * for them what four do, in a quarter of the time.
 */
const fineCrop = 160;

/** The crop that a model looks at, by the map from its input's pixels to the picture's. */
export function modelCrop(
  picture: Picture,
  toPicture: Affine,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Image> {
  const sampling = Math.min(width, height) < fineCrop ? {} : { sampleOnceTo: 2 };
  return cropPicture(picture, toPicture, width, height, sampling);
}

/**
 * The long side of the level that {@link cropPicture} reads, or `undefined` for the full picture. Levels are halves,
 * quarters, eighths of the picture, so that several faces share them and a JPEG decoder can produce them directly.
 */
export function cropLevel(
  picture: { readonly width: number; readonly height: number },
  cropToPicture: Affine,
  width: number,
  height: number,
): number | undefined {
  const stretch = affineStretch(cropToPicture);
  if (!(stretch >= 2 * spareResolution) || !Number.isFinite(stretch)) return undefined;
  const covered = stretch * stretch * width * height;
  if (picture.width * picture.height < largePicturePixels && covered <= smallCropPixels) return undefined;
  const reduction = 2 ** Math.floor(Math.log2(stretch / spareResolution));
  return Math.ceil(Math.max(picture.width, picture.height) / reduction);
}
