/** How much of a face's perspective changed between far and near, by least squares. */

import { similarityTransform } from '../align/similarity.ts';
import type { Point } from '../face/geometry.ts';
import { applyAffine } from '../image/affine.ts';

/** A landmark with its depth: pixels, z smaller towards the camera, as the mesh gives it. */
export interface DeepPoint extends Point {
  readonly z: number;
}

/** One look at a face. */
export interface FaceLook {
  /** Of the frame, in pixels. */
  readonly width: number;
  /** Of the face, in pixels. */
  readonly faceWidth: number;
  readonly points: readonly DeepPoint[];
}

/** What the fit says; see `NearFarStatus`. */
export interface PerspectiveFit {
  readonly score: number;
  readonly residual: number;
}

/** A face in face widths about its middle, and how many face widths it is away. */
interface Shape {
  readonly points: readonly DeepPoint[];
  readonly distance: number;
}

/**
 * For a pinhole camera near = A·far·(1 + k·h) + b·h + t, with h the height of a point towards the camera and
 * k = 1/d_near − 1/d_far, all in face widths; the affine A takes up growth and any turn of a flat thing, b·h the place in
 * the frame and a turn of the head. k follows by linear least squares and is compared with what the sizes say.
 */
export function fitPerspective(
  far: readonly FaceLook[],
  near: readonly FaceLook[],
  fieldOfView: number,
): PerspectiveFit {
  const [from, to] = [average(far, fieldOfView), average(near, fieldOfView)];
  const middle = from.points.reduce((sum, { z }) => sum + z, 0) / from.points.length;
  const rows = from.points.flatMap(({ x, y, z }, i) => {
    const height = middle - z;
    const { x: u, y: v } = to.points[i] as DeepPoint;
    return [
      { terms: [x, y, 1, 0, 0, 0, height, 0, height * x], value: u },
      { terms: [0, 0, 0, x, y, 1, 0, height, height * y], value: v },
    ];
  });
  const solution = leastSquares(rows);
  const square = rows.reduce((sum, { terms, value }) => {
    const explained = terms.reduce((total, term, a) => total + term * (solution[a] as number), 0);
    return sum + (value - explained) ** 2;
  }, 0);
  const expected = 1 / to.distance - 1 / from.distance;
  return {
    score: Math.max(0, Math.min(1.5, (solution.at(-1) ?? 0) / expected)),
    residual: Math.sqrt(square / rows.length),
  };
}

/** The looks laid over the first of them, so that a head that moves or rolls a little is not smeared. */
function average(looks: readonly FaceLook[], fieldOfView: number): Shape {
  const [first] = looks as readonly [FaceLook];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const laid = looks.map(({ points }) => {
    const onto = similarityTransform(points, first.points);
    return points.map((point) => applyAffine(onto, point));
  });
  const centre = { x: mean(first.points.map(({ x }) => x)), y: mean(first.points.map(({ y }) => y)) };
  const points = first.points.map((_, i) => ({
    x: (mean(laid.map((each) => (each[i] as Point).x)) - centre.x) / first.faceWidth,
    y: (mean(laid.map((each) => (each[i] as Point).y)) - centre.y) / first.faceWidth,
    z: mean(looks.map((look) => (look.points[i] as DeepPoint).z / look.faceWidth)),
  }));
  const focal = 2 * Math.tan((fieldOfView * Math.PI) / 360);
  return { points, distance: first.width / (mean(looks.map(({ faceWidth }) => faceWidth)) * focal) };
}

/** Solves the normal equations; a singular system gives zeros. */
function leastSquares(rows: readonly { readonly terms: readonly number[]; readonly value: number }[]): number[] {
  const size = rows[0]?.terms.length ?? 0;
  const normal = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const { terms, value } of rows) {
    for (let a = 0; a < size; a++) {
      const row = normal[a] as Float64Array;
      for (let b = 0; b < size; b++) row[b] = (row[b] as number) + (terms[a] as number) * (terms[b] as number);
      row[size] = (row[size] as number) + (terms[a] as number) * value;
    }
  }
  return solve(normal);
}

/** Gaussian elimination with pivoting; a singular system gives zeros. */
function solve(system: Float64Array[]): number[] {
  const size = system.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(system[row]?.[column] ?? 0) > Math.abs(system[pivot]?.[column] ?? 0)) pivot = row;
    }
    const top = system[pivot] as Float64Array;
    if (Math.abs(top[column] as number) < 1e-12) return new Array<number>(size).fill(0);
    system[pivot] = system[column] as Float64Array;
    system[column] = top;
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const current = system[row] as Float64Array;
      const factor = (current[column] as number) / (top[column] as number);
      for (let j = column; j <= size; j++) current[j] = (current[j] as number) - factor * (top[j] as number);
    }
  }
  return system.map((row, i) => (row[size] as number) / (row[i] as number));
}
