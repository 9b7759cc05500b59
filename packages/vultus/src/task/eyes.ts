/** Eyes: how far each is open, by a network on the eye and by the lids of the mesh. */

import type { Point } from '../face/geometry.ts';
import type { Measured } from './measured.ts';
import type { FaceMesh } from './mesh.ts';
import { numbers, softmax } from './outputs.ts';
import type { HeadPose } from './pose.ts';
import type { ModelTask, ValueTask } from './task.ts';
import { distance, eyeLine, middle, squareView } from './views.ts';

/** One eye. */
export interface EyeState {
  /** 0 closed … 1 open. */
  readonly openness: number;
  /** `openness` ≥ 0.5. */
  readonly open: boolean;
  /** Height of the opening ÷ its width, on the mesh; about 0.3 for an open eye, 0.1 for a closed one. */
  readonly aspectRatio: number;
}

/** Both eyes; `left` is the one on the left of the picture. */
export interface Eyes {
  readonly left: EyeState;
  readonly right: EyeState;
}

/** Beyond these degrees an eye is hidden or foreshortened so far that its state is a guess. */
export const eyeLimits = { yaw: 50, pitch: 45 } as const;

const corners = [
  [36, 39],
  [42, 45],
] as const;

/** Corners, then pairs of upper and lower lid points, of the mesh. */
const lids = {
  left: [33, 133, [160, 144], [158, 153]],
  right: [362, 263, [385, 380], [387, 373]],
} as const;

/** How open the network sees each eye, 0…1, a part of `eyes`. */
export const eyesNetworkTask: ModelTask<'eyes.network', readonly [left: number, right: number]> = {
  name: 'eyes.network',
  model: (entries) => entries.find(({ kind, family }) => kind === 'eyes' && family === 'eye-state'),
  views: ({ points, landmarks }, { input, params }) =>
    corners.map(([outer, inner]) => {
      const [a, b] = [points[outer] as Point, points[inner] as Point];
      const side = Math.max(1, distance(a, b) * Number(params?.eyeScale ?? 1.6));
      return squareView({ centre: middle(a, b), side, turn: eyeLine(landmarks) }, input.width);
    }),
  decode: ({ logits }, _, { params }) => {
    const labels = params?.labels as readonly string[] | undefined;
    const open = Math.max(0, labels?.indexOf('open') ?? 1);
    const data = numbers(logits);
    const share = (from: number) => softmax(data.slice(from, from + 2))[open] as number;
    return [share(0), share(2)];
  },
};

/** The `eyes` task. */
export const eyesTask: ValueTask<'eyes', Measured<Eyes>> = {
  name: 'eyes',
  needs: ['mesh', 'pose', 'eyes.network'],
  read: ({ values }) => {
    const { yaw, pitch } = values.pose as HeadPose;
    if (Math.abs(yaw) > eyeLimits.yaw || Math.abs(pitch) > eyeLimits.pitch) return { error: 'EXTREME_FACE_ANGLE' };
    const [left, right] = values['eyes.network'] as readonly [number, number];
    const mesh = values.mesh as FaceMesh;
    return {
      left: { openness: left, open: left >= 0.5, aspectRatio: eyeAspectRatio(mesh, 'left') },
      right: { openness: right, open: right >= 0.5, aspectRatio: eyeAspectRatio(mesh, 'right') },
    };
  },
};

/** Mean lid distance ÷ distance of the corners, in three dimensions (Soukupová & Čech 2016). */
export function eyeAspectRatio({ points }: FaceMesh, side: 'left' | 'right'): number {
  const at = (index: number) => points[index] ?? { x: 0, y: 0, z: 0 };
  const span = (a: number, b: number) => Math.hypot(at(a).x - at(b).x, at(a).y - at(b).y, at(a).z - at(b).z);
  const [outer, inner, first, second] = lids[side];
  return (span(first[0], first[1]) + span(second[0], second[1])) / (2 * Math.max(span(outer, inner), 1e-6));
}
