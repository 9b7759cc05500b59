/** Enrolment: whether a picture is good enough to remember a person by, and if not, why not. */

import type { Box } from '../face/geometry.ts';
import { type ConditionedFace, type FaceLimits, faceReasons, type Reason } from './conditions.ts';
import { exposureLimits } from './quality.ts';

/** What {@link judgeEnrollment} asks of a picture. */
export interface EnrollmentLimits extends FaceLimits {
  /** A height in pixels that gives a better faceprint; below it the picture is accepted with advice. */
  readonly recommendedHeight: number;
  /** Most faces in the picture that are at least half as high as the largest. */
  readonly maxFaces: number;
  /** Least part of the face's box that lies inside the picture by this margin, as a share of its height; 0: may touch. */
  readonly margin: number;
}

/** The defaults: at least 40 pixels high, 100 advised; yaw within 40°, pitch within 30°. */
export const enrollmentLimits: EnrollmentLimits = {
  minHeight: 40,
  recommendedHeight: 100,
  maxYaw: 40,
  maxPitch: 30,
  maxRoll: 60,
  maxDark: exposureLimits.dark,
  maxBright: exposureLimits.bright,
  minBrightness: exposureLimits.dim,
  maxBrightness: exposureLimits.glaring,
  minSharpness: 0.5,
  minEyeOpenness: 0.5,
  maxFaces: 1,
  margin: 0,
};

/** Whether to enrol. */
export interface EnrollmentVerdict {
  readonly accept: boolean;
  /** The conditions that are not met; empty when accepted. `guidance` puts each in plain words. */
  readonly reasons: readonly Reason[];
  /** What would make it better though it is accepted. */
  readonly advice: readonly Reason[];
  /** The face that was judged: the largest; `null` where none was found. */
  readonly face: ConditionedFace | null;
}

/** Judges the faces of a picture, whichever order. */
export function judgeEnrollment(
  faces: readonly ConditionedFace[],
  picture: { readonly width: number; readonly height: number },
  changes: Partial<EnrollmentLimits> = {},
): EnrollmentVerdict {
  const limits = { ...enrollmentLimits, ...changes };
  const largest = [...faces].sort((a, b) => b.box.height - a.box.height)[0];
  if (largest === undefined) {
    return { accept: false, reasons: [{ code: 'NO_FACE', value: 0, limit: 1 }], advice: [], face: null };
  }
  const rivals = faces.filter(({ box }) => box.height >= largest.box.height / 2).length;
  const reasons: Reason[] = [
    ...(rivals > limits.maxFaces ? [{ code: 'MULTIPLE_FACES', value: rivals, limit: limits.maxFaces } as const] : []),
    ...cutOff(largest.box, picture, limits.margin),
    ...faceReasons(largest, limits),
  ];
  const small = largest.box.height < limits.recommendedHeight && largest.box.height >= limits.minHeight;
  const advice: Reason[] = small
    ? [{ code: 'FACE_TOO_SMALL', value: largest.box.height, limit: limits.recommendedHeight }]
    : [];
  return { accept: reasons.length === 0, reasons, advice, face: largest };
}

function cutOff(box: Box, picture: { readonly width: number; readonly height: number }, margin: number): Reason[] {
  const room = Math.min(box.x, box.y, picture.width - box.x - box.width, picture.height - box.y - box.height);
  const share = room / box.height;
  return share < margin || room <= 0 ? [{ code: 'FACE_CUT_OFF', value: share, limit: margin }] : [];
}
