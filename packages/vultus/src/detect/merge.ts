/** One face seen several times: by two detectors, at two sizes, in two tiles. */

import type { Detection } from '../face/face.ts';
import { type Box, boxArea, intersectionArea, iou } from '../face/geometry.ts';
import { byScore } from './nms.ts';

/** A box this much inside a better one is a part of the same face. */
const containment = 0.7;

/** Boxes of one face found upright and turned differ: this overlap is enough to take them for one. */
export const looseOverlap = 0.2;

/** Whether two boxes are taken for one face. */
export function sameFace(a: Box, b: Box, nmsThreshold: number): boolean {
  if (iou(a, b) > nmsThreshold) return true;
  const smaller = Math.min(boxArea(a), boxArea(b));
  return smaller > 0 && intersectionArea(a, b) / smaller > containment;
}

/** Keeps the best of the detections of each face, best first. */
export function mergeFaces<T extends Detection>(detections: readonly T[], nmsThreshold: number): T[] {
  const kept: T[] = [];
  for (const candidate of [...detections].sort(byScore)) {
    if (kept.every((better) => !sameFace(better.box, candidate.box, nmsThreshold))) kept.push(candidate);
  }
  return kept;
}
