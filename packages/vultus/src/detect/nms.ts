/** Greedy non-maximum suppression: of boxes that overlap too much, the best one stays. */

import type { Detection } from '../face/face.ts';

/** Best score first; equal scores keep their order, so that equal input gives equal output. */
export function byScore(a: Detection, b: Detection): number {
  return b.score - a.score;
}

/**
 * The detections that survive greedy suppression, best first: one is dropped when it overlaps a better survivor by more
 * than `threshold`, 0…1 of their union. The input is not changed.
 */
export function suppressOverlaps<T extends Detection>(detections: readonly T[], threshold: number): T[] {
  const sorted = [...detections].sort(byScore);
  // Edges of the survivors in one flat array: a pass at a low threshold compares thousands of pairs.
  const edges = new Float64Array(sorted.length * 4);
  const kept: T[] = [];
  for (const candidate of sorted) {
    const { x, y, width, height } = candidate.box;
    if (overlapsAny(edges, kept.length, x, y, x + width, y + height, threshold)) continue;
    edges.set([x, y, x + width, y + height], kept.length * 4);
    kept.push(candidate);
  }
  return kept;
}

function overlapsAny(
  edges: Float64Array,
  count: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
  threshold: number,
): boolean {
  const area = (right - left) * (bottom - top);
  for (let i = 0; i < count * 4; i += 4) {
    const l = edges[i] as number;
    const t = edges[i + 1] as number;
    const r = edges[i + 2] as number;
    const b = edges[i + 3] as number;
    const width = Math.min(right, r) - Math.max(left, l);
    if (width <= 0) continue;
    const height = Math.min(bottom, b) - Math.max(top, t);
    if (height <= 0) continue;
    const common = width * height;
    if (common > threshold * (area + (r - l) * (b - t) - common)) return true;
  }
  return false;
}
