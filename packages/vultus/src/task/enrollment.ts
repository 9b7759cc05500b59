/** Enrolment: whether a picture is good enough to remember a person by, and if not, why not. */

import type { Box } from '../face/geometry.ts';
import {
  above,
  below,
  type ConditionedFace,
  conditionTasks,
  type FaceLimits,
  faceReasons,
  type Reason,
} from './conditions.ts';
import type { Mask } from './mask.ts';
import type { Occlusion } from './occlusion.ts';
import { exposureLimits } from './quality.ts';
import type { TemplateQuality } from './template-quality.ts';

/** A face with what enrolment looks at. */
export interface EnrollmentFace extends ConditionedFace {
  readonly mask: Mask;
  readonly occlusion: Occlusion;
  readonly templateQuality: TemplateQuality;
}

/** Tasks whose values {@link judgeEnrollment} looks at. */
export const enrollmentTasks = [...conditionTasks, 'mask', 'occlusion', 'templateQuality'] as const;

/** What {@link judgeEnrollment} asks of a picture. */
export interface EnrollmentLimits extends FaceLimits {
  /** A height in pixels that gives a better faceprint; below it the picture is accepted with advice. */
  readonly recommendedHeight: number;
  /** Greatest mask score, and greatest probability that the eyes, or nose or mouth, are hidden, 0…1. */
  readonly maxMask: number;
  readonly maxHidden: number;
  /** Least template quality, 0…1. */
  readonly minTemplateQuality: number;
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
  maxMask: 0.5,
  maxHidden: 0.5,
  minTemplateQuality: 0.02,
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
  readonly face: EnrollmentFace | null;
}

/** Judges the faces of a picture, whichever order. */
export function judgeEnrollment(
  faces: readonly EnrollmentFace[],
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
    ...coverReasons(largest, limits),
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

/** A mask is named as one, and not again as a covered nose and mouth; a poor template only where nothing covers the face. */
function coverReasons({ mask, occlusion, templateQuality }: EnrollmentFace, limits: EnrollmentLimits): Reason[] {
  const masked = above('MASK_DETECTED', mask.score, limits.maxMask);
  const eyes = above('EYES_COVERED', occlusion.eyes, limits.maxHidden);
  const other = above('FACE_COVERED', Math.max(occlusion.nose, occlusion.mouth), limits.maxHidden);
  const covered = [...masked, ...eyes, ...(masked.length > 0 ? [] : other)];
  return covered.length > 0 ? covered : below('POOR_TEMPLATE', templateQuality.score, limits.minTemplateQuality);
}
