/** The similarity transform that best maps one set of points onto another. */

import { VultusError } from '../errors.ts';
import type { Point } from '../face/geometry.ts';
import type { Affine } from '../image/affine.ts';

/**
 * Rotation, uniform scale and shift, never a mirror image, that bring `from` closest to `to` in the sum of squared
 * distances: S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
 * PAMI 13(4), 1991. In the plane its rotation has the closed form used here: with centred points, the best a + ib is
 * Σ conj(from)·to / Σ |from|², which is a rotation times a positive scale by construction.
 * Throws `INVALID_ARGUMENT` for fewer than two points, different counts, points that coincide or are not finite.
 */
export function similarityTransform(from: readonly Point[], to: readonly Point[]): Affine {
  if (from.length !== to.length || from.length < 2) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `similarityTransform: expected two lists of the same length ≥ 2, got ${from.length} and ${to.length}`,
    );
  }
  const centre = mean(from);
  const target = mean(to);
  let spread = 0;
  let along = 0;
  let across = 0;
  from.forEach((point, i) => {
    const other = to[i] as Point;
    const x = point.x - centre.x;
    const y = point.y - centre.y;
    const u = other.x - target.x;
    const v = other.y - target.y;
    spread += x * x + y * y;
    along += x * u + y * v;
    across += x * v - y * u;
  });
  const a = along / spread;
  const d = across / spread;
  if (!Number.isFinite(1 / (a * a + d * d))) {
    throw new VultusError('INVALID_ARGUMENT', 'similarityTransform: expected finite points that do not all coincide');
  }
  return [a, -d, target.x - a * centre.x + d * centre.y, d, a, target.y - d * centre.x - a * centre.y];
}

function mean(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point.x;
    y += point.y;
  }
  return { x: x / points.length, y: y / points.length };
}
