/** Eyes: how far each is open, by a network on the eye and by the lids of the mesh. */

import type { ModelEntry } from '../model/manifest.ts';
import type { Tensor } from '../runtime/tensor.ts';
import type { Measured } from './measured.ts';
import type { FaceMesh } from './mesh.ts';
import { numbers, sigmoid } from './outputs.ts';
import type { HeadPose } from './pose.ts';
import type { ModelTask, ValueTask } from './task.ts';
import { distance, lineTurn, middle, mirrored, squareView } from './views.ts';

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

/** Corners from the picture's left to its right, then pairs of upper and lower lid points, of the mesh. */
const lids = {
  left: [33, 133, [160, 144], [158, 153]],
  right: [362, 263, [385, 380], [387, 373]],
} as const;

/** The aspect ratio at which the lids of the mesh say neither open nor closed, and what a unit of it weighs in log-odds. */
const lidWeight = { halfOpen: 0.16, perUnit: 40 } as const;

/** Log-odds that each eye is open, as the network sees it and its mirror image; a part of `eyes`. */
export const eyesNetworkTask: ModelTask<'eyes.network', readonly [left: number, right: number]> = {
  name: 'eyes.network',
  needs: ['mesh'],
  model: (entries) => entries.find(isEyeState),
  views: ({ values }, { input, params }) => {
    const { points } = values.mesh as FaceMesh;
    const at = (index: number) => points[index] ?? { x: 0, y: 0 };
    const turn = lineTurn(at(lids.left[0]), at(lids.right[1]));
    return [lids.left, lids.right].flatMap(([from, to]) => {
      const side = Math.max(1, distance(at(from), at(to)) * Number(params?.eyeScale ?? 1.6));
      const view = squareView({ centre: middle(at(from), at(to)), side, turn }, input.width);
      return [view, mirrored(view, input.width)];
    });
  },
  decode: ({ logits }, _, entry) => {
    const [left = 0, leftMirrored = 0, right = 0, rightMirrored = 0] = openLogits(logits, entry);
    return [(left + leftMirrored) / 2, (right + rightMirrored) / 2];
  },
};

/** The `eyes` task: the network on each eye and the lids of the mesh together. */
export const eyesTask: ValueTask<'eyes', Measured<Eyes>> = {
  name: 'eyes',
  needs: ['mesh', 'pose', eyesNetworkTask.name],
  read: ({ values }) => {
    const { yaw, pitch } = values.pose as HeadPose;
    if (Math.abs(yaw) > eyeLimits.yaw || Math.abs(pitch) > eyeLimits.pitch) return { error: 'EXTREME_FACE_ANGLE' };
    const [left, right] = values[eyesNetworkTask.name] as readonly [number, number];
    const mesh = values.mesh as FaceMesh;
    return { left: stateOf(left, mesh, 'left'), right: stateOf(right, mesh, 'right') };
  },
};

function stateOf(logOdds: number, mesh: FaceMesh, side: 'left' | 'right'): EyeState {
  const aspectRatio = eyeAspectRatio(mesh, side);
  const openness = sigmoid(logOdds + lidWeight.perUnit * (aspectRatio - lidWeight.halfOpen));
  return { openness, open: openness >= 0.5, aspectRatio };
}

/** Whether a model says of an eye that it is open or closed. */
export function isEyeState({ kind, family }: ModelEntry): boolean {
  return kind === 'eyes' && family === 'eye-state';
}

/** Log-odds that each eye is open, of the network's two numbers per eye. */
export function openLogits(logits: Tensor | undefined, { params }: ModelEntry): number[] {
  const labels = params?.labels as readonly string[] | undefined;
  const open = Math.max(0, labels?.indexOf('open') ?? 1);
  const data = numbers(logits);
  return Array.from(
    { length: data.length / 2 },
    (_, eye) => (data[2 * eye + open] as number) - (data[2 * eye + 1 - open] as number),
  );
}

/** Mean lid distance ÷ distance of the corners, in three dimensions (Soukupová & Čech 2016). */
function eyeAspectRatio({ points }: FaceMesh, side: 'left' | 'right'): number {
  const at = (index: number) => points[index] ?? { x: 0, y: 0, z: 0 };
  const span = (a: number, b: number) => Math.hypot(at(a).x - at(b).x, at(a).y - at(b).y, at(a).z - at(b).z);
  const [outer, inner, first, second] = lids[side];
  return (span(first[0], first[1]) + span(second[0], second[1])) / (2 * Math.max(span(outer, inner), 1e-6));
}
