/** From what a model wants to see of a face to the map that cuts it out of the picture. */

import { VultusError } from '../errors.ts';
import type { FivePoints } from '../face/face.ts';
import type { Box } from '../face/geometry.ts';
import { boxCenter } from '../face/geometry.ts';
import { type Affine, composeAffine, invertAffine } from '../image/affine.ts';
import type { CropSpec } from '../model/manifest.ts';
import { similarityTransform } from './similarity.ts';
import { pointList, templatePoints } from './template.ts';

/** What is known of the face to cut out; refined landmarks go before the detector's points. */
export interface CropSubject {
  readonly box: Box;
  readonly points?: FivePoints | undefined;
  readonly landmarks?: FivePoints | undefined;
  /** In-plane rotation in degrees, > 0 clockwise; without it the eyes say. */
  readonly roll?: number | undefined;
}

/** Width and height in pixels. */
export interface CropSize {
  readonly width: number;
  readonly height: number;
}

type BoxCrop = Extract<CropSpec, { kind: 'box' }>;

/**
 * The map from crop pixels to picture pixels. A `box` crop that is not square keeps its aspect: `scale` sets the height.
 * `picture` is needed for `inside` crops only. Throws `INVALID_ARGUMENT` when a template crop comes without points,
 * an `inside` crop without the picture's size, or the box is empty.
 */
export function cropTransform(spec: CropSpec, face: CropSubject, size: number | CropSize, picture?: CropSize): Affine {
  const { width, height } = typeof size === 'number' ? { width: size, height: size } : size;
  if (spec.kind === 'box') return boxTransform(spec, face, width, height, picture);
  const points = face.landmarks ?? face.points;
  if (points === undefined) {
    throw new VultusError('INVALID_ARGUMENT', 'A template crop needs the five points of the face; run landmarks first');
  }
  // The template fills a square; on an oblong crop it sits in the middle.
  const side = Math.min(width, height);
  const template = templatePoints(spec.template, side).map(({ x, y }) => ({
    x: x + (width - side) / 2,
    y: y + (height - side) / 2,
  }));
  return pictureFromChip(pointList(points), template);
}

/**
 * The whole face, from the hairline to the chin, which models' crops are measured in: boxes of faces begin at the middle
 * of the forehead, for there annotators and networks agree best.
 */
export function wholeFace({ x, y, width, height }: Box): Box {
  const tall = height / 0.96;
  return { x, y: y - 0.08 * tall, width: width / 1.015, height: tall };
}

/**
 * The map from chip pixels to picture pixels for landmarks and their places on the chip. The fit minimises distances
 * on the chip, as the models were trained, and is then inverted.
 */
export function pictureFromChip(
  points: readonly { readonly x: number; readonly y: number }[],
  template: readonly { readonly x: number; readonly y: number }[],
): Affine {
  return invertAffine(similarityTransform(points, template));
}

/** Degrees by which the line between the eyes is turned clockwise. */
function rollOf(points: FivePoints): number {
  const { leftEye, rightEye } = points;
  return (Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x) * 180) / Math.PI;
}

function boxTransform(
  spec: BoxCrop,
  face: CropSubject,
  width: number,
  height: number,
  picture: CropSize | undefined,
): Affine {
  const centre = boxCenter(face.box);
  const wanted = basisOf(spec, face.box) * spec.scale;
  if (!(wanted > 0)) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `A box crop needs a box with an area, got ${face.box.width}×${face.box.height}`,
    );
  }
  const points = face.landmarks ?? face.points;
  const roll = spec.upright ? (face.roll ?? (points === undefined ? 0 : rollOf(points))) : 0;
  const region = { cx: centre.x, cy: centre.y, width: (wanted * width) / height, height: wanted };
  const { cx, cy, height: side } = spec.inside ? moveInside(region, roll, picture) : region;
  const step = side / height;
  const cos = Math.cos((roll * Math.PI) / 180) * step;
  const sin = Math.sin((roll * Math.PI) / 180) * step;
  return composeAffine([cos, -sin, cx, sin, cos, cy], [1, 0, -width / 2, 0, 1, -height / 2]);
}

function basisOf(spec: BoxCrop, box: Box): number {
  switch (spec.basis) {
    case 'width':
      return box.width;
    case 'height':
      return box.height;
    case 'long':
      return Math.max(box.width, box.height);
    case 'short':
      return Math.min(box.width, box.height);
  }
}

interface Region {
  readonly cx: number;
  readonly cy: number;
  readonly width: number;
  readonly height: number;
}

/** Shrinks the crop until it fits into the picture at all, then moves it by the least that brings it inside. */
function moveInside(region: Region, roll: number, picture: CropSize | undefined): Region {
  if (picture === undefined) {
    throw new VultusError('INVALID_ARGUMENT', 'An inside crop needs the size of the picture');
  }
  const cos = Math.abs(Math.cos((roll * Math.PI) / 180));
  const sin = Math.abs(Math.sin((roll * Math.PI) / 180));
  const spanX = region.width * cos + region.height * sin;
  const spanY = region.width * sin + region.height * cos;
  const shrink = Math.min(1, picture.width / spanX, picture.height / spanY);
  const halfX = (spanX * shrink) / 2;
  const halfY = (spanY * shrink) / 2;
  return {
    cx: Math.min(Math.max(region.cx, halfX), picture.width - halfX),
    cy: Math.min(Math.max(region.cy, halfY), picture.height - halfY),
    width: region.width * shrink,
    height: region.height * shrink,
  };
}
