/** Pose: where the head points, from the mesh and a network together. */

import type { ModelEntry } from '../model/manifest.ts';
import { type FaceMesh, meshFirstTask } from './mesh.ts';
import { numbers, softmax } from './outputs.ts';
import { rigidFace } from './rigid-face.data.ts';
import {
  type Angles,
  aboutView,
  fitRotation,
  fromAngles,
  type Matrix3,
  multiply,
  nearestRotation,
  toAngles,
  toVector,
  type Vector3,
} from './rotation.ts';
import type { ModelTask, ValueTask } from './task.ts';
import { eyeLine, squareRound, squareView } from './views.ts';

/**
 * Pose of a head. Degrees: yaw < 0 nose towards the picture's left edge, pitch > 0 face up, roll > 0 head turned clockwise
 * in the picture. Yaw and pitch say where the nose points in the picture as it is, also on a head that lies on its side;
 * roll is the turn about that direction.
 */
export interface HeadPose extends Angles {
  /** Row-major rotation from the frontal head to this one; x right, y down, z away from the camera. */
  readonly matrix: Matrix3;
  /** The same as axis × angle in radians. */
  readonly vector: Vector3;
}

/** What the network says, and the turn of the crop that it saw. */
interface NetworkPose {
  readonly matrix: Matrix3;
}

/** Share of the network in the blend; measured, see `docs/landmarks.md`. */
const networkShare = 0.5;

/** The mesh is this much too flat; measured against labelled poses. */
const depthStretch = 1.2;

/** The network knows little of heads tilted further than this; it sees those upright. */
const levelDegrees = 25;

/** A mesh below this presence does not count. */
const leastPresence = 0.5;

/** The network's pose, a part of `pose`. */
export const poseNetworkTask: ModelTask<'pose.network', NetworkPose> = {
  name: 'pose.network',
  model: (entries) => entries.find(({ kind, family }) => kind === 'pose' && family === 'hopenet'),
  views: ({ points, landmarks }, { input }) => [
    squareView(squareRound(points, 1.5, 0.1, cropTurn(eyeLine(landmarks))), input.width),
  ],
  decode: ({ yaw, pitch, roll }, { landmarks }, model) => {
    const seen = fromAngles({
      // The network's yaw grows towards the picture's left edge.
      yaw: -expectedDegrees(numbers(yaw), model),
      pitch: expectedDegrees(numbers(pitch), model),
      roll: expectedDegrees(numbers(roll), model),
    });
    return { matrix: multiply(aboutView(cropTurn(eyeLine(landmarks))), seen) };
  },
};

/** The `pose` task. It takes the mesh's first look: measured, a second one turns no profile nearer to its label. */
export const poseTask: ValueTask<'pose', HeadPose> = {
  name: 'pose',
  needs: [meshFirstTask.name, 'pose.network'],
  read: ({ values }) => {
    const network = (values['pose.network'] as NetworkPose).matrix;
    const mesh = values[meshFirstTask.name] as FaceMesh;
    return describePose(mesh.presence < leastPresence ? network : blend(meshRotation(mesh), network));
  },
};

/** The rotation that turns the mean face onto a mesh. */
function meshRotation({ points }: FaceMesh): Matrix3 {
  const seen = rigidFace.map(([index]): Vector3 => {
    const { x = 0, y = 0, z = 0 } = points[index] ?? {};
    return [x, y, z * depthStretch];
  });
  return fitRotation(
    rigidFace.map(([, x, y, z]) => [x, y, z]),
    seen,
  );
}

/** A pose in all its spellings. */
export function describePose(matrix: Matrix3): HeadPose {
  return { ...toAngles(matrix), matrix, vector: toVector(matrix) };
}

function blend(mesh: Matrix3, network: Matrix3): Matrix3 {
  return nearestRotation(
    mesh.map((value, i) => (1 - networkShare) * value + networkShare * (network[i] as number)) as unknown as Matrix3,
  );
}

function cropTurn(line: number): number {
  return Math.abs(line) > levelDegrees ? line : 0;
}

/** The mean angle under the network's distribution over bins. */
function expectedDegrees(logits: readonly number[], { params }: ModelEntry): number {
  const step = Number(params?.degreesPerBin ?? 3);
  const offset = Number(params?.offset ?? -99);
  return softmax(logits).reduce((sum, share, bin) => sum + share * bin, 0) * step + offset;
}
