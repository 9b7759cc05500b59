/** Silent liveness: one picture, no action asked of the person; judged only where the answer means something. */

import { type ConditionedFace, type FaceLimits, faceReasons, type Reason } from '../task/conditions.ts';
import { liveFrom, type SilentLiveness } from '../task/spoof.ts';

/** The conditions under which {@link judgeLiveness} answers. */
export interface LivenessLimits extends FaceLimits {
  /** Scores from here are `real`. */
  readonly threshold: number;
  /** Height of the face ÷ height of the picture (of its middle 3:4 part where it is a landscape). */
  readonly minShare: number;
  readonly maxShare: number;
  /** Greatest distance of the face's centre from the picture's ÷ height of the picture. */
  readonly maxOffset: number;
}

/** The defaults, for selfies and webcams. */
export const livenessLimits: LivenessLimits = {
  threshold: liveFrom,
  minHeight: 100,
  minShare: 0.2,
  maxShare: 0.62,
  maxOffset: 0.25,
  maxYaw: 25,
  maxPitch: 25,
  maxRoll: 25,
  maxDark: 0.5,
  maxBright: 0.35,
  minBrightness: 0.22,
  maxBrightness: 0.85,
  minSharpness: 0,
  minEyeOpenness: 0.3,
};

/** A person or a copy; `unsuitable` where the conditions do not hold and no answer is given. */
export interface LivenessVerdict {
  readonly verdict: 'real' | 'spoof' | 'unsuitable';
  /** 0 copy … 1 person; absent without a face. It is given, but not to be used, when the verdict is `unsuitable`. */
  readonly score?: number;
  /** Why the picture is unsuitable; `guidance` puts each in plain words. */
  readonly reasons: readonly Reason[];
}

/** A face with what the verdict rests on. */
export interface LivenessFace extends ConditionedFace {
  readonly liveness: SilentLiveness;
}

/** Judges the largest face of a picture. */
export function judgeLiveness(
  faces: readonly LivenessFace[],
  picture: { readonly width: number; readonly height: number },
  changes: Partial<LivenessLimits> = {},
): LivenessVerdict {
  const limits = { ...livenessLimits, ...changes };
  const [face, second] = [...faces].sort((a, b) => b.box.height - a.box.height);
  if (face === undefined) return { verdict: 'unsuitable', reasons: [{ code: 'NO_FACE', value: 0, limit: 1 }] };
  const crowd: Reason[] =
    second !== undefined && second.box.height > face.box.height / 2
      ? [{ code: 'MULTIPLE_FACES', value: faces.length, limit: 1 }]
      : [];
  const reasons = [...crowd, ...placeReasons(face, picture, limits), ...faceReasons(face, limits)];
  const { score } = face.liveness;
  if (reasons.length > 0) return { verdict: 'unsuitable', score, reasons };
  return { verdict: score >= limits.threshold ? 'real' : 'spoof', score, reasons };
}

function placeReasons(
  { box }: LivenessFace,
  { width, height }: { readonly width: number; readonly height: number },
  limits: LivenessLimits,
): Reason[] {
  const share = box.height / height;
  const offset = Math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2) / height;
  return [
    ...(share < limits.minShare ? [{ code: 'FACE_TOO_FAR', value: share, limit: limits.minShare } as const] : []),
    ...(share > limits.maxShare ? [{ code: 'FACE_TOO_CLOSE', value: share, limit: limits.maxShare } as const] : []),
    ...(offset > limits.maxOffset
      ? [{ code: 'FACE_NOT_CENTERED', value: offset, limit: limits.maxOffset } as const]
      : []),
  ];
}
