/** 2×3 affine maps of the plane: apply, invert, compose. */

import { VultusError } from '../errors.ts';

/** Row-major 2×3 map: x' = a·x + b·y + c, y' = d·x + e·y + f. Points are pixels; pixel i covers i … i+1. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The image of a point under the map. */
export function applyAffine(map: Affine, point: { readonly x: number; readonly y: number }): { x: number; y: number } {
  const [a, b, c, d, e, f] = map;
  return { x: a * point.x + b * point.y + c, y: d * point.x + e * point.y + f };
}

/** The map that undoes `map`. Throws `INVALID_ARGUMENT` when it flattens the plane (determinant 0 or not finite). */
export function invertAffine(map: Affine): Affine {
  const [a, b, c, d, e, f] = map;
  const determinant = a * e - b * d;
  if (!Number.isFinite(1 / determinant)) {
    throw new VultusError('INVALID_ARGUMENT', `Expected an invertible affine map, got determinant ${determinant}`);
  }
  const ia = e / determinant;
  const ib = -b / determinant;
  const id = -d / determinant;
  const ie = a / determinant;
  return [ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)];
}

/** The map that applies `inner` first and `outer` to its result. */
export function composeAffine(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [p, q, r, s, t, u] = inner;
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f];
}

/** The map that scales by `sx`, `sy` about the origin and then moves by `dx`, `dy`. */
export function scaleAffine(sx: number, sy: number = sx, dx = 0, dy = 0): Affine {
  return [sx, 0, dx, 0, sy, dy];
}

/** The most that the map stretches any direction: the larger singular value of its linear part. */
export function affineStretch(map: Affine): number {
  const [a, b, , d, e] = map;
  const squares = (a * a + b * b + d * d + e * e) / 2;
  const determinant = a * e - b * d;
  return Math.sqrt(squares + Math.sqrt(Math.max(0, squares * squares - determinant * determinant)));
}
