/** Mouth: how far it is open, from the inner lips of the mesh. */

import type { Measured } from './measured.ts';
import type { FaceMesh } from './mesh.ts';
import type { HeadPose } from './pose.ts';
import type { ValueTask } from './task.ts';

/** A mouth. */
export interface Mouth {
  /** Distance of the inner lips ÷ width of the mouth: 0 closed, about 0.5 a wide yawn. */
  readonly openness: number;
  /** `openness` ≥ 0.15: the teeth are apart. */
  readonly open: boolean;
}

const openFrom = 0.15;

/** Beyond these degrees the width of the mouth is foreshortened too far. */
const mouthLimits = { yaw: 60, pitch: 50 } as const;

/** The `mouth` task. */
export const mouthTask: ValueTask<'mouth', Measured<Mouth>> = {
  name: 'mouth',
  needs: ['mesh', 'pose'],
  read: ({ values }) => {
    const { yaw, pitch } = values.pose as HeadPose;
    if (Math.abs(yaw) > mouthLimits.yaw || Math.abs(pitch) > mouthLimits.pitch) return { error: 'EXTREME_FACE_ANGLE' };
    const { points } = values.mesh as FaceMesh;
    const at = (index: number) => points[index] ?? { x: 0, y: 0, z: 0 };
    const span = (a: number, b: number) => Math.hypot(at(a).x - at(b).x, at(a).y - at(b).y, at(a).z - at(b).z);
    const gap = (span(82, 87) + span(13, 14) + span(312, 317)) / 3;
    const openness = gap / Math.max(span(78, 308), 1e-6);
    return { openness, open: openness >= openFrom };
  },
};
