/** Mesh: 478 points of a face in three dimensions, irises included, and whether there is a face at all. */

import type { FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import { type Affine, affineStretch, applyAffine } from '../image/affine.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { sigmoid } from './outputs.ts';
import type { Crop, ModelTask } from './task.ts';
import { eyeLine, squareRound, squareView } from './views.ts';

/** A point of the mesh. */
export interface MeshPoint extends Point {
  /** Depth in picture pixels, about 0 at the middle of the head, smaller nearer to the camera. */
  readonly z: number;
}

/** The mesh of one face. */
export interface FaceMesh {
  /**
   * 478 points in MediaPipe's order: 0–467 the face, 468–472 the iris on the picture's left (centre first), 473–477 the
   * one on its right. x and y in pixels of the upright picture; they may lie outside it.
   */
  readonly points: readonly MeshPoint[];
  /** The model's confidence that the crop shows a face, 0…1; meshes below 0.5 are not to be trusted. */
  readonly presence: number;
}

/** Points of the mesh. */
const meshSize = 478;

/** Crop side ÷ long side of the 68 points' box, on which the model does best; measured, see `docs/landmarks.md`. */
const cropScale = 1.65;

/** The crop's centre lies this share of the box's height above the box's: the points leave out the forehead. */
const cropRise = 0.03;

/** The mesh in the crop round the network's points, a part of `mesh`. */
export const meshFirstTask: ModelTask<'mesh.first', FaceMesh> = {
  name: 'mesh.first',
  model: meshModel,
  views: ({ landmarks, points }, { input }) => [meshView(points, landmarks, input.width)],
  decode: ({ points, flag }, { crops }) => meshFrom(points?.data ?? [], Number(flag?.data[0]), crops[0] as Crop),
};

/** The model of the mesh. */
export function meshModel(entries: readonly ModelEntry[]): ModelEntry | undefined {
  return entries.find(({ kind, family }) => kind === 'landmarks' && family === 'facemesh');
}

/** Where the mesh model looks: round 68 points, turned by the line between the eyes; `size` is its input's side. */
export function meshView(points: readonly Point[], five: FivePoints, size: number): Affine {
  return squareView(squareRound(points, cropScale, cropRise, eyeLine(five)), size);
}

/** The mesh from the model's numbers for one crop; `flag` is a logit. */
export function meshFrom(data: ArrayLike<number | bigint>, flag: number, { toPicture }: Crop): FaceMesh {
  const scale = affineStretch(toPicture);
  return {
    points: Array.from({ length: meshSize }, (_, i) => {
      const place = applyAffine(toPicture, { x: Number(data[3 * i]), y: Number(data[3 * i + 1]) });
      return { ...place, z: Number(data[3 * i + 2]) * scale };
    }),
    presence: sigmoid(flag),
  };
}
