/** Mode `light`: landmarks carry a face from frame to frame, the detector looks only now and then. */

import type { FivePoints } from '../face/face.ts';
import { type Box, boxCenter, intersectionArea, iou, type Point } from '../face/geometry.ts';
import type { Affine } from '../image/affine.ts';
import type { Image } from '../image/image.ts';
import { warpAffine } from '../image/warp.ts';
import type { Observation, RefinedFace } from './track.ts';

/** Side of the grey patch in which a face is compared with itself one frame before. */
const patchSize = 20;
/** A face whose patch is less like the one before than this (correlation, −1…1) is not trusted. */
const leastLikeness = 0.35;
/** From one frame to the next a face grows or shrinks by less than this factor. */
const mostGrowth = 1.5;
/** Below this confidence of a network there is no face: the seed family's threshold. */
const leastConfidence = 0.1;

/** What is kept of a face to find it again in the next frame. */
export interface Anchor {
  /** As last detected, or as carried on since. */
  readonly box: Box;
  readonly landmarks: FivePoints;
  readonly patch: Float32Array;
}

/** The anchor of a face whose points have just been found. */
export function anchorFace(frame: Image, box: Box, landmarks: FivePoints): Anchor {
  return { box, landmarks, patch: facePatch(frame, landmarks) };
}

/** The face of `anchor` in the next frame, or `undefined` where the points found are not the same face any more. */
export function carryOn(
  frame: Image,
  anchor: Anchor,
  found: RefinedFace,
): { readonly anchor: Anchor; readonly likeness: number } | undefined {
  if (found.confidence !== undefined && found.confidence < leastConfidence) return undefined;
  const { scale, from, to } = motion(anchor.landmarks, found.landmarks);
  if (!(scale < mostGrowth && scale > 1 / mostGrowth)) return undefined;
  const centre = boxCenter(anchor.box);
  const width = anchor.box.width * scale;
  const height = anchor.box.height * scale;
  const box = {
    x: to.x + (centre.x - from.x) * scale - width / 2,
    y: to.y + (centre.y - from.y) * scale - height / 2,
    width,
    height,
  };
  const middle = boxCenter(box);
  const outside = middle.x < 0 || middle.y < 0 || middle.x > frame.width || middle.y > frame.height;
  if (outside || iou(box, anchor.box) < 0.2) return undefined;
  const next = anchorFace(frame, box, found.landmarks);
  const likeness = correlation(anchor.patch, next.patch);
  return likeness < leastLikeness ? undefined : { anchor: next, likeness };
}

/** Whether a detection lies in the region of a followed face: its square, half as large again. */
export function isClaimed(observation: Observation, followed: readonly Box[]): boolean {
  const { x, y } = boxCenter(observation.box);
  return followed.some((box) => {
    const centre = boxCenter(box);
    const reach = 0.75 * Math.max(box.width, box.height);
    return Math.abs(x - centre.x) <= reach && Math.abs(y - centre.y) <= reach;
  });
}

/** Of boxes that cover each other by more than half, all but the first: two tracks have run onto one face. */
export function doubled(boxes: readonly Box[]): readonly number[] {
  return boxes.flatMap((box, index) =>
    boxes.slice(0, index).some((other) => iou(box, other) > 0.5 || covers(other, box)) ? [index] : [],
  );
}

function covers(outer: Box, inner: Box): boolean {
  return intersectionArea(outer, inner) > 0.85 * inner.width * inner.height;
}

/** Growth and shift between two sets of five points, by their centre and spread: a turn of the head changes neither much. */
function motion(before: FivePoints, after: FivePoints): { scale: number; from: Point; to: Point } {
  const a = spread(before);
  const b = spread(after);
  return { scale: a.radius > 0 ? b.radius / a.radius : Number.NaN, from: a.centre, to: b.centre };
}

function spread(five: FivePoints): { centre: Point; radius: number } {
  const points = [five.leftEye, five.rightEye, five.nose, five.leftMouth, five.rightMouth];
  const x = points.reduce((sum, point) => sum + point.x, 0) / 5;
  const y = points.reduce((sum, point) => sum + point.y, 0) / 5;
  const square = points.reduce((sum, point) => sum + (point.x - x) ** 2 + (point.y - y) ** 2, 0);
  return { centre: { x, y }, radius: Math.sqrt(square / 5) };
}

/**
 * The face in grey, upright by its points, mean 0 and length 1. The frame of reference is the line from the middle of
 * the eyes to the middle of the mouth, which unlike the distance of the eyes does not shrink when the head turns.
 */
function facePatch(frame: Image, { leftEye, rightEye, leftMouth, rightMouth }: FivePoints): Float32Array {
  const eyes = { x: (leftEye.x + rightEye.x) / 2, y: (leftEye.y + rightEye.y) / 2 };
  const mouth = { x: (leftMouth.x + rightMouth.x) / 2, y: (leftMouth.y + rightMouth.y) / 2 };
  const unit = patchSize / 2.2;
  const down = { x: (mouth.x - eyes.x) / unit, y: (mouth.y - eyes.y) / unit };
  const corner = {
    x: (eyes.x + mouth.x) / 2 - (patchSize / 2) * (down.x + down.y),
    y: (eyes.y + mouth.y) / 2 - (patchSize / 2) * (down.y - down.x),
  };
  const map: Affine = [down.y, down.x, corner.x, -down.x, down.y, corner.y];
  const grey = new Float32Array(patchSize * patchSize);
  if (Math.hypot(down.x, down.y) < 1e-3) return grey;
  const { data } = warpAffine(frame, map, patchSize, patchSize);
  let mean = 0;
  for (let i = 0; i < grey.length; i++) {
    const at = i * 3;
    grey[i] = (data[at] as number) + 2 * (data[at + 1] as number) + (data[at + 2] as number);
    mean += (grey[i] as number) / grey.length;
  }
  let square = 0;
  for (let i = 0; i < grey.length; i++) {
    grey[i] = (grey[i] as number) - mean;
    square += (grey[i] as number) ** 2;
  }
  const length = Math.sqrt(square);
  return length > 0 ? grey.map((value) => value / length) : grey;
}

function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
