/** Rotations of the head: matrices, the angles that people read, axis and angle, the best fit between two point sets. */

/** Row-major 3×3. Axes: x right, y down, z away from the camera. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number];

/** Degrees; see `HeadPose` for the signs. */
export interface Angles {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** A point or direction in three dimensions. */
export type Vector3 = readonly [x: number, y: number, z: number];

const radians = Math.PI / 180;

/** The product: first `b`, then `a`. */
export function multiply(a: Matrix3, b: Matrix3): Matrix3 {
  const at = (row: number, column: number) =>
    (a[3 * row] as number) * (b[column] as number) +
    (a[3 * row + 1] as number) * (b[3 + column] as number) +
    (a[3 * row + 2] as number) * (b[6 + column] as number);
  return [at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0), at(2, 1), at(2, 2)];
}

/** The rotation with the given angles: Rx(−pitch) · Ry(−yaw) · Rz(roll), the order of 300W-LP and AFLW2000. */
export function fromAngles({ yaw, pitch, roll }: Angles): Matrix3 {
  const [cp, sp] = [Math.cos(pitch * radians), Math.sin(-pitch * radians)];
  const [cy, sy] = [Math.cos(yaw * radians), Math.sin(-yaw * radians)];
  const x: Matrix3 = [1, 0, 0, 0, cp, -sp, 0, sp, cp];
  const y: Matrix3 = [cy, 0, sy, 0, 1, 0, -sy, 0, cy];
  return multiply(multiply(x, y), aboutView(roll));
}

/** The turn by `degrees` clockwise in the picture. */
export function aboutView(degrees: number): Matrix3 {
  const [c, s] = [Math.cos(degrees * radians), Math.sin(degrees * radians)];
  return [c, -s, 0, s, c, 0, 0, 0, 1];
}

/** The angles of a rotation: yaw −90…90, pitch and roll −180…180. */
export function toAngles(m: Matrix3): Angles {
  return {
    yaw: -Math.asin(Math.min(1, Math.max(-1, m[2]))) / radians,
    pitch: Math.atan2(m[5], m[8]) / radians,
    roll: Math.atan2(-m[1], m[0]) / radians,
  };
}

/** Axis times angle in radians (Rodrigues), as OpenCV's `rvec`; angle 0…π. */
export function toVector(m: Matrix3): Vector3 {
  const cos = Math.min(1, Math.max(-1, (m[0] + m[4] + m[8] - 1) / 2));
  const angle = Math.acos(cos);
  const [x, y, z] = [m[7] - m[5], m[2] - m[6], m[3] - m[1]];
  const length = Math.hypot(x, y, z);
  if (length > 1e-6) return [(x / length) * angle, (y / length) * angle, (z / length) * angle];
  if (cos > 0) return [0, 0, 0];
  // Half a turn: R = 2aaᵀ − I, whose diagonal and first row or column hold the axis a.
  const [p, q, r] = [m[0], m[4], m[8]].map((value) => Math.sqrt(Math.max(0, (value + 1) / 2))) as [
    number,
    number,
    number,
  ];
  if (p > 1e-3) return [p * angle, Math.sign(m[1] || 1) * q * angle, Math.sign(m[2] || 1) * r * angle];
  return [0, q * angle, Math.sign(m[5] || 1) * r * angle];
}

/** The rotation that turns `from` (about its mean) nearest to `to` (about its mean), any scale allowed. */
export function fitRotation(from: readonly Vector3[], to: readonly Vector3[]): Matrix3 {
  const [meanFrom, meanTo] = [mean(from), mean(to)];
  const m = new Array<number>(9).fill(0);
  for (const [i, p] of from.entries()) {
    const q = to[i] as Vector3;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        const product =
          ((q[row] as number) - (meanTo[row] as number)) * ((p[column] as number) - (meanFrom[column] as number));
        m[3 * row + column] = (m[3 * row + column] as number) + product;
      }
    }
  }
  return nearestRotation(m as unknown as Matrix3);
}

/** The rotation nearest to a matrix with a positive determinant: its polar factor, by Newton's iteration (Higham 1986). */
export function nearestRotation(m: Matrix3): Matrix3 {
  let current = m;
  for (let round = 0; round < 60; round++) {
    const next = newtonStep(current);
    const change = next.reduce((sum, value, i) => sum + Math.abs(value - (current[i] as number)), 0);
    current = next;
    if (change < 1e-10) break;
  }
  return current;
}

function newtonStep(m: Matrix3): Matrix3 {
  const [a, b, c, d, e, f, g, h, i] = m;
  const cofactors = [
    e * i - f * h,
    f * g - d * i,
    d * h - e * g,
    c * h - b * i,
    a * i - c * g,
    b * g - a * h,
    b * f - c * e,
    c * d - a * f,
    a * e - b * d,
  ];
  const determinant = a * (cofactors[0] as number) + b * (cofactors[1] as number) + c * (cofactors[2] as number);
  const size = Math.cbrt(Math.abs(determinant)) || 1;
  return m.map(
    (value, at) => (value / size + ((cofactors[at] as number) / (determinant || 1)) * size) / 2,
  ) as unknown as Matrix3;
}

function mean(points: readonly Vector3[]): Vector3 {
  const sum = points.reduce((total, [x, y, z]) => [total[0] + x, total[1] + y, total[2] + z] as Vector3, [
    0, 0, 0,
  ] as Vector3);
  return [sum[0] / points.length, sum[1] / points.length, sum[2] / points.length];
}
