/** Near–far liveness: a face that comes closer bulges, a picture of one does not. */

import { VultusError } from '../errors.ts';

/** A landmark with its depth: pixels, z smaller towards the camera, as the mesh gives it. */
export interface DeepPoint {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** One frame of the check. */
export interface NearFarFrame {
  readonly width: number;
  readonly height: number;
  /** Box width of the face in pixels. */
  readonly faceWidth: number;
  /** Always the same points in the same order; at least 20, well spread over the face. */
  readonly points: readonly DeepPoint[];
  /** Frames with a head turned further than the options allow are skipped. */
  readonly yaw?: number;
  readonly pitch?: number;
}

/** Options of {@link NearFarCheck}. */
export interface NearFarOptions {
  /** Face width ÷ frame width that counts as far: from … to. Default 0.15 … 0.3. */
  readonly far?: readonly [from: number, to: number];
  /** The same for near. Default 0.4 … 0.75. */
  readonly near?: readonly [from: number, to: number];
  /** Frames averaged at each stage. Default 5. */
  readonly frames?: number;
  /** Horizontal field of view of the camera in degrees. Default 65. */
  readonly fieldOfView?: number;
  /** Score from which a face is taken to be solid. Default 0.2: pictures gave 0.02 at most, a rendered head 0.33. */
  readonly threshold?: number;
  /** Default 15. */
  readonly maxAngle?: number;
}

/** What the check says after each frame. */
export interface NearFarStatus {
  readonly stage: 'far' | 'near' | 'over';
  /** What to tell the person. */
  readonly guidance?: 'MOVE_BACK' | 'COME_CLOSER' | 'LOOK_STRAIGHT' | 'HOLD_STILL';
  readonly verdict?: {
    readonly live: boolean;
    /**
     * Perspective found ÷ perspective expected of a head: about 0 for a flat picture, up to 1 for a head. The mesh network
     * gives less than the geometry, for it sees most faces from the same distance: 0.33 where exact points give 0.94.
     */
    readonly score: number;
    /** Share of the points' movement that neither scaling nor perspective explains: > 0.05 makes the score a guess. */
    readonly residual: number;
  };
}

/**
 * Two stages, FAR then NEAR. Between them the points of a flat picture only grow, move and turn; on a head those nearer to
 * the camera grow more. How much more is fitted by least squares and compared with what a head at these distances must show.
 */
export class NearFarCheck {
  readonly #options: Required<NearFarOptions>;
  readonly #stages: { far: NearFarFrame[]; near: NearFarFrame[] } = { far: [], near: [] };
  #over: NearFarStatus | undefined;

  constructor(options: NearFarOptions = {}) {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    this.#options = {
      far: [0.15, 0.3],
      near: [0.4, 0.75],
      frames: 5,
      fieldOfView: 65,
      threshold: 0.2,
      maxAngle: 15,
      ...given,
    };
  }

  /** Takes in the next frame in which the face is seen. @throws VultusError `INVALID_ARGUMENT` for points that do not match */
  next(frame: NearFarFrame): NearFarStatus {
    if (this.#over !== undefined) return this.#over;
    const { frames, maxAngle, threshold, fieldOfView } = this.#options;
    const stage = this.#stages.far.length < frames ? 'far' : 'near';
    const [from, to] = this.#options[stage];
    const share = frame.faceWidth / frame.width;
    if (share > to) return { stage, guidance: 'MOVE_BACK' };
    if (share < from) return { stage, guidance: 'COME_CLOSER' };
    if (Math.abs(frame.yaw ?? 0) > maxAngle || Math.abs(frame.pitch ?? 0) > maxAngle) {
      return { stage, guidance: 'LOOK_STRAIGHT' };
    }
    const expected = this.#stages.far[0]?.points.length ?? frame.points.length;
    if (frame.points.length < 20 || frame.points.length !== expected) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `NearFarCheck: expected ${Math.max(20, expected)} points, got ${frame.points.length}`,
      );
    }
    this.#stages[stage].push(frame);
    if (this.#stages.near.length < frames) {
      const more = this.#stages.far.length < frames;
      return { stage: more ? 'far' : 'near', guidance: more || stage === 'near' ? 'HOLD_STILL' : 'COME_CLOSER' };
    }
    const fit = perspective(average(this.#stages.far), average(this.#stages.near), fieldOfView);
    this.#over = { stage: 'over', verdict: { live: fit.score >= threshold, ...fit } };
    return this.#over;
  }
}

/** Points relative to the frame's centre, where the optical axis passes, and the width of the face. */
interface Shape {
  readonly points: readonly DeepPoint[];
  readonly faceWidth: number;
  readonly frameWidth: number;
}

function average(frames: readonly NearFarFrame[]): Shape {
  const [first] = frames as [NearFarFrame];
  const mean = (pick: (frame: NearFarFrame) => number) =>
    frames.reduce((sum, frame) => sum + pick(frame), 0) / frames.length;
  const points = first.points.map((_, i) => ({
    x: mean(({ points: p, width }) => (p[i] as DeepPoint).x - width / 2),
    y: mean(({ points: p, height }) => (p[i] as DeepPoint).y - height / 2),
    z: mean(({ points: p, faceWidth }) => (p[i] as DeepPoint).z / faceWidth),
  }));
  return { points, faceWidth: mean(({ faceWidth }) => faceWidth), frameWidth: mean(({ width }) => width) };
}

/**
 * For a pinhole camera near_i = s·R·far_i·(1 + k·Z_i) + t, with Z the height of a point towards the camera in face widths
 * and k = 1/d_near − 1/d_far, distances in face widths too. s·R, t and k follow by linear least squares.
 */
function perspective(far: Shape, near: Shape, fieldOfView: number): { score: number; residual: number } {
  const height = far.points.map(({ z }) => -z);
  const middle = height.reduce((sum, value) => sum + value, 0) / height.length;
  const scale = near.faceWidth / far.faceWidth;
  const normal = Array.from({ length: 5 }, () => new Float64Array(6));
  const rows: { readonly terms: readonly number[]; readonly value: number }[] = [];
  for (const [i, { x, y }] of far.points.entries()) {
    const { x: u, y: v } = near.points[i] as DeepPoint;
    const lift = scale * ((height[i] as number) - middle);
    rows.push({ terms: [x, -y, 1, 0, lift * x], value: u }, { terms: [y, x, 0, 1, lift * y], value: v });
  }
  for (const { terms, value } of rows) {
    for (let a = 0; a < 5; a++) {
      const row = normal[a] as Float64Array;
      for (let b = 0; b < 5; b++) row[b] = (row[b] as number) + (terms[a] as number) * (terms[b] as number);
      row[5] = (row[5] as number) + (terms[a] as number) * value;
    }
  }
  const solution = solve(normal);
  const k = solution[4] ?? 0;
  let square = 0;
  for (const { terms, value } of rows) {
    square += (value - terms.reduce((sum, term, a) => sum + term * (solution[a] as number), 0)) ** 2;
  }
  const focal = 2 * Math.tan((fieldOfView * Math.PI) / 360);
  const distance = (shape: Shape) => shape.frameWidth / (shape.faceWidth * focal);
  const expected = 1 / distance(near) - 1 / distance(far);
  return {
    score: Math.max(0, Math.min(1.5, k / expected)),
    residual: Math.sqrt(square / rows.length) / near.faceWidth,
  };
}

/** Gaussian elimination with pivoting of five equations; a singular system gives zeros. */
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
