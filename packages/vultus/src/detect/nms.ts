/** Greedy non-maximum suppression: of boxes that overlap too much, the best one stays. */

import type { Detection } from '../face/face.ts';
import { iou } from '../face/geometry.ts';

/** Best score first; equal scores keep their order, so that equal input gives equal output. */
export function byScore(a: Detection, b: Detection): number {
  return b.score - a.score;
}

/**
 * The detections that survive greedy suppression, best first: one is dropped when it overlaps a better survivor by more
 * than `threshold`, 0…1 of their union. The input is not changed.
 */
export function suppressOverlaps<T extends Detection>(detections: readonly T[], threshold: number): T[] {
  const kept: T[] = [];
  for (const candidate of [...detections].sort(byScore)) {
    if (kept.every((better) => iou(candidate.box, better.box) <= threshold)) kept.push(candidate);
  }
  return kept;
}
