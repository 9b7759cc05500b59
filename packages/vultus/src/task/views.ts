/** Where models look: squares of the picture, upright or turned. */

import { cropTransform, wholeFace } from '../align/crop.ts';
import { VultusError } from '../errors.ts';
import type { FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import { type Affine, composeAffine } from '../image/affine.ts';
import type { ModelEntry } from '../model/manifest.ts';
import type { FaceSubject } from './task.ts';

/** A square of the picture. */
export interface Square {
  readonly centre: Point;
  readonly side: number;
  /** Degrees clockwise; default 0. */
  readonly turn?: number;
}

/** The map from a model's input of `size` × `size` pixels onto a square of the picture. */
export function squareView({ centre, side, turn = 0 }: Square, size: number): Affine {
  const step = side / size;
  const cos = Math.cos((turn * Math.PI) / 180) * step;
  const sin = Math.sin((turn * Math.PI) / 180) * step;
  return composeAffine([cos, -sin, centre.x, sin, cos, centre.y], [1, 0, -size / 2, 0, 1, -size / 2]);
}

/**
 * The square round points, turned by `turn`: its side is `scale` times the long side of the points' box as seen upright;
 * `rise` moves it up by that share of the box's height.
 */
export function squareRound(points: readonly Point[], scale: number, rise: number, turn = 0): Square {
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const xs = points.map(({ x, y }) => cos * x + sin * y);
  const ys = points.map(({ x, y }) => cos * y - sin * x);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [u, v] = [(left + right) / 2, (top + bottom) / 2 - rise * (bottom - top)];
  const side = Math.max(scale * Math.max(right - left, bottom - top), 1);
  return { centre: { x: cos * u - sin * v, y: sin * u + cos * v }, side, turn };
}

/** Degrees by which the line between the eyes is turned clockwise. */
export function eyeLine({ leftEye, rightEye }: FivePoints): number {
  return lineTurn(leftEye, rightEye);
}

/** Degrees by which the line from one point to another is turned clockwise from the picture's rows. */
export function lineTurn(from: Point, to: Point): number {
  return (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
}

/** The mirror image of a view `width` pixels wide. */
export function mirrored(view: Affine, width: number): Affine {
  return composeAffine(view, [-1, 0, width, 0, 1, 0]);
}

/** The distance of two points in pixels. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The middle of two points. */
export function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** Two views: the crop that a model's entry names, and its mirror image. @throws VultusError `MODEL_INVALID` without a crop */
export function cropAndMirror({ detection, landmarks, picture }: FaceSubject, { id, input }: ModelEntry): Affine[] {
  if (input.crop === undefined) {
    throw new VultusError('MODEL_INVALID', `Model ${id}: expected an entry with a crop of the face, got none`);
  }
  const plain = cropTransform(input.crop, { ...detection, box: wholeFace(detection.box), landmarks }, input, picture);
  return [plain, mirrored(plain, input.width)];
}
