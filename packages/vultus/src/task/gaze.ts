/** Gaze: where the eyes look, from the irises of the mesh on a round eyeball. */

import type { Point } from '../face/geometry.ts';
import { type Eyes, eyeLimits } from './eyes.ts';
import { isMeasured, type Measured } from './measured.ts';
import type { FaceMesh } from './mesh.ts';
import type { HeadPose } from './pose.ts';
import { type Matrix3, toAngles, type Vector3 } from './rotation.ts';
import type { ValueTask } from './task.ts';
import { distance, middle } from './views.ts';

/** Where both eyes look, relative to the camera. */
export interface Gaze {
  /** Degrees; < 0 towards the picture's left edge. */
  readonly yaw: number;
  /** Degrees; > 0 up. */
  readonly pitch: number;
  /** Unit vector of the gaze; x right, y down, z away from the camera: (0, 0, −1) looks into it. */
  readonly vector: Vector3;
}

/** Radius of the eyeball ÷ distance of the eye's corners: 12 mm to 30 mm. */
const eyeballRadius = 0.4;

/** Corners and iris centre in the mesh. */
const eyes = { left: [33, 133, 468], right: [362, 263, 473] } as const;

/** The `gaze` task. */
export const gazeTask: ValueTask<'gaze', Measured<Gaze>> = {
  name: 'gaze',
  needs: ['mesh', 'pose', 'eyes'],
  read: ({ values }) => {
    const pose = values.pose as HeadPose;
    const state = values.eyes as Measured<Eyes>;
    if (!isMeasured(state) || Math.abs(pose.yaw) > eyeLimits.yaw) return { error: 'EXTREME_FACE_ANGLE' };
    if (!state.left.open && !state.right.open) return { error: 'EYES_CLOSED' };
    const mesh = values.mesh as FaceMesh;
    const seen = (['left', 'right'] as const).filter((side) => state[side].open);
    const looks = seen.map((side) => eyeDirection(mesh, pose.matrix, side));
    return describeGaze(looks);
  },
};

/** The direction from the middle of the eyeball, which lies behind the middle of the corners, through the iris. */
function eyeDirection({ points }: FaceMesh, head: Matrix3, side: 'left' | 'right'): Vector3 {
  const [outer, inner, iris] = eyes[side].map((index) => points[index] as Point) as [Point, Point, Point];
  const foreshortening = Math.max(0.3, Math.hypot(head[0], head[3]));
  const radius = (eyeballRadius * distance(outer, inner)) / foreshortening;
  const between = middle(outer, inner);
  // The head's backward direction is the third column of its matrix; the corners lie a little before the ball's front.
  const centre = { x: between.x + head[2] * radius, y: between.y + head[5] * radius };
  const [dx, dy] = [(iris.x - centre.x) / radius, (iris.y - centre.y) / radius];
  const length = Math.hypot(dx, dy);
  const keep = length > 0.98 ? 0.98 / length : 1;
  return [dx * keep, dy * keep, -Math.sqrt(1 - (keep * length) ** 2)];
}

function describeGaze(looks: readonly Vector3[]): Gaze {
  const [x, y, z] = [0, 1, 2].map((axis) => looks.reduce((sum, look) => sum + (look[axis] as number), 0)) as [
    number,
    number,
    number,
  ];
  const length = Math.hypot(x, y, z);
  const vector: Vector3 = [x / length, y / length, z / length];
  // The third column of a rotation is the direction away from the nose.
  const { yaw, pitch } = toAngles([1, 0, -vector[0], 0, 1, -vector[1], 0, 0, -vector[2]]);
  return { yaw, pitch, vector };
}
