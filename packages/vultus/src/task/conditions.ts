/** Conditions on a face or a picture: each with its own code, the value measured and the limit it broke. */

import type { Face } from '../face/face.ts';
import type { Eyes } from './eyes.ts';
import { isMeasured, type Measured } from './measured.ts';
import type { HeadPose } from './pose.ts';
import type { Quality } from './quality.ts';

/** What can be wrong with a picture of a face, and what to tell the person in front of the camera. */
export const conditionCodes = {
  NO_FACE: 'No face is visible. Look into the camera.',
  MULTIPLE_FACES: 'More than one face is visible. Be alone in the picture.',
  FACE_TOO_SMALL: 'The face is too small. Come closer, or use a larger picture.',
  FACE_TOO_FAR: 'You are too far away. Come closer.',
  FACE_TOO_CLOSE: 'You are too close. Move back a little.',
  FACE_NOT_CENTERED: 'The face is not in the middle. Move to the centre of the picture.',
  FACE_CUT_OFF: 'The face touches the edge of the picture. Move until all of it is visible.',
  EXTREME_FACE_ANGLE: 'The head is turned away. Look straight into the camera.',
  TOO_DARK: 'The face is too dark. Turn towards the light.',
  TOO_BRIGHT: 'The face is too bright. Move out of the glare.',
  BLURRY: 'The picture is blurred. Hold still, and clean the lens.',
  EYES_CLOSED: 'The eyes are closed. Open them.',
  MASK_DETECTED: 'A mask covers the face. Take it off.',
  EYES_COVERED: 'The eyes are covered. Take off dark glasses, and keep hair and hands away.',
  FACE_COVERED: 'Something covers the nose or the mouth. Take it away.',
  POOR_TEMPLATE: 'This picture would recognise you badly. Try another: frontal, sharp, in even light.',
} as const;

/** One of {@link conditionCodes}. */
export type ConditionCode = keyof typeof conditionCodes;

/** A condition that is not met. */
export interface Reason {
  readonly code: ConditionCode;
  /** What was measured, in the unit of the limit. */
  readonly value: number;
  /** The limit that was broken. */
  readonly limit: number;
}

/** A face with what the conditions look at. */
export interface ConditionedFace extends Face {
  readonly pose: HeadPose;
  readonly eyes: Measured<Eyes>;
  readonly quality: Quality;
}

/** Tasks whose values the conditions look at. */
export const conditionTasks = ['pose', 'eyes', 'quality'] as const;

/** Limits on one face; a limit of 0 for a least value, or Infinity for a greatest, switches a condition off. */
export interface FaceLimits {
  /** Least height of the face in pixels. */
  readonly minHeight: number;
  /** Greatest degrees either way. */
  readonly maxYaw: number;
  readonly maxPitch: number;
  readonly maxRoll: number;
  /** Greatest share of dark and of bright pixels in the face. */
  readonly maxDark: number;
  readonly maxBright: number;
  /** Least and greatest mean brightness of the face, 0…1. */
  readonly minBrightness: number;
  readonly maxBrightness: number;
  /** Least sharpness score, 0…1. */
  readonly minSharpness: number;
  /** Least openness of the less open eye, 0…1. */
  readonly minEyeOpenness: number;
}

/** In plain words what to do about a reason. */
export function guidance({ code }: { readonly code: ConditionCode }): string {
  return conditionCodes[code];
}

/** The conditions on a face that are not met, the graver first. */
export function faceReasons(face: ConditionedFace, limits: FaceLimits): Reason[] {
  const { pose, quality, eyes, box } = face;
  const { exposure, blur } = quality;
  const open = isMeasured(eyes) ? Math.min(eyes.left.openness, eyes.right.openness) : 1;
  return [
    ...below('FACE_TOO_SMALL', box.height, limits.minHeight),
    ...above('EXTREME_FACE_ANGLE', Math.abs(pose.yaw), limits.maxYaw),
    ...above('EXTREME_FACE_ANGLE', Math.abs(pose.pitch), limits.maxPitch),
    ...above('EXTREME_FACE_ANGLE', Math.abs(pose.roll), limits.maxRoll),
    ...first(
      above('TOO_DARK', exposure.faceDark, limits.maxDark),
      below('TOO_DARK', exposure.brightness, limits.minBrightness),
    ),
    ...first(
      above('TOO_BRIGHT', exposure.faceBright, limits.maxBright),
      above('TOO_BRIGHT', exposure.brightness, limits.maxBrightness),
    ),
    ...below('BLURRY', blur.score, limits.minSharpness),
    ...below('EYES_CLOSED', open, limits.minEyeOpenness),
  ];
}

/** The reason when `value` is less than `limit`, else none. */
export function below(code: ConditionCode, value: number, limit: number): Reason[] {
  return value < limit ? [{ code, value, limit }] : [];
}

/** The reason when `value` is more than `limit`, else none. */
export function above(code: ConditionCode, value: number, limit: number): Reason[] {
  return value > limit ? [{ code, value, limit }] : [];
}

function first(one: readonly Reason[], other: readonly Reason[]): readonly Reason[] {
  return one.length > 0 ? one : other;
}
