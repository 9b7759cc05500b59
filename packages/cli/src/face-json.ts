/** A face as the commands print it in JSON. */

import type { AnalyzedFace, Box, Face, Faceprint, FivePoints, Point, TaskName } from 'vultus';

/** The JSON of a face without its task values. */
export interface FaceJson {
  readonly box: Box;
  readonly score: number;
  /** In-plane rotation in degrees where the detector searched for it. */
  readonly roll?: number;
  /** The five points: refined where a task refined them, else the detector's. */
  readonly landmarks?: FivePoints;
}

/** Box and points at a hundredth of a pixel. */
export function faceJson(face: Face & { readonly points?: unknown }): FaceJson {
  const { box, score, roll } = face;
  const five = face.landmarks ?? (Array.isArray(face.points) ? undefined : (face.points as FivePoints | undefined));
  return {
    box: { x: hundredth(box.x), y: hundredth(box.y), width: hundredth(box.width), height: hundredth(box.height) },
    score: Math.round(score * 1e6) / 1e6,
    ...(roll === undefined ? {} : { roll: hundredth(roll) }),
    ...(five === undefined ? {} : { landmarks: roundFive(five) }),
  };
}

/** The face with each asked-for value under its task's name. */
export function analyzedJson(
  face: AnalyzedFace<readonly TaskName[]>,
  names: readonly TaskName[],
  encode: (faceprint: Faceprint) => unknown,
): FaceJson & Readonly<Record<string, unknown>> {
  const values: [string, unknown][] = names.filter(isOwnValue).map((name) => {
    const value: unknown = face[name];
    if (name === 'embed') return [name, encode(value as Faceprint)];
    if (name === 'points') return [name, (value as readonly Point[]).map(roundPoint)];
    return [name, value];
  });
  return { ...faceJson(face), ...Object.fromEntries(values) };
}

/** `landmarks` stands beside the box already. */
function isOwnValue(name: TaskName): boolean {
  return name !== 'landmarks';
}

function roundFive(five: FivePoints): FivePoints {
  const { leftEye, rightEye, nose, leftMouth, rightMouth } = five;
  return {
    leftEye: roundPoint(leftEye),
    rightEye: roundPoint(rightEye),
    nose: roundPoint(nose),
    leftMouth: roundPoint(leftMouth),
    rightMouth: roundPoint(rightMouth),
  };
}

function roundPoint({ x, y }: Point): Point {
  return { x: hundredth(x), y: hundredth(y) };
}

function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}
