/** From what the tasks say of a face to what the cooperative checks want to know. */

import type { Emotion } from '../task/emotion.ts';
import type { Eyes } from '../task/eyes.ts';
import { isMeasured, type Measured } from '../task/measured.ts';
import type { Mouth } from '../task/mouth.ts';
import type { HeadPose } from '../task/pose.ts';
import type { FaceReading } from './actions.ts';

/** The tasks to read off a face for {@link faceReading}; add `emotion` for smiles. */
export const readingTasks = ['pose', 'eyes', 'mouth'] as const;

/** A face with the values of {@link readingTasks}. */
export interface ReadableFace {
  readonly pose: HeadPose;
  readonly eyes: Measured<Eyes>;
  readonly mouth: Measured<Mouth>;
  readonly emotion?: Emotion;
}

/**
 * What the actions are seen on. The eyes are measured by their lids on the mesh: on a poor camera, where the network
 * takes an open eye for a closed one, the lids still tell (`docs/liveness.md` has the figures).
 */
export function faceReading({ pose, eyes, mouth, emotion }: ReadableFace): FaceReading {
  return {
    yaw: pose.yaw,
    pitch: pose.pitch,
    ...(isMeasured(eyes) ? { leftEye: eyes.left.aspectRatio, rightEye: eyes.right.aspectRatio } : {}),
    ...(isMeasured(mouth) ? { mouth: mouth.openness } : {}),
    ...(emotion === undefined ? {} : { smile: emotion.distribution.happy }),
  };
}
