/** Mesh: 478 points of a face in three dimensions, irises included, and whether there is a face at all. */

import type { Point } from '../face/geometry.ts';
import { affineStretch, applyAffine } from '../image/affine.ts';
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
export const meshSize = 478;

/** Crop side ÷ long side of the 68 points' box, on which the model does best; measured, see `docs/landmarks.md`. */
const cropScale = 1.65;

/** The crop's centre lies this share of the box's height above the box's: the points leave out the forehead. */
const cropRise = 0.03;

/** The `mesh` task. */
export const meshTask: ModelTask<'mesh', FaceMesh> = {
  name: 'mesh',
  model: (entries) => entries.find(({ kind, family }) => kind === 'landmarks' && family === 'facemesh'),
  views: ({ landmarks, points }, { input }) => [
    squareView(squareRound(points, cropScale, cropRise, eyeLine(landmarks)), input.width),
  ],
  decode: ({ points, flag }, { crops }) => meshFrom(points?.data ?? [], Number(flag?.data[0]), crops[0] as Crop),
};

function meshFrom(data: ArrayLike<number | bigint>, flag: number, { toPicture }: Crop): FaceMesh {
  const scale = affineStretch(toPicture);
  return {
    points: Array.from({ length: meshSize }, (_, i) => {
      const place = applyAffine(toPicture, { x: Number(data[3 * i]), y: Number(data[3 * i + 1]) });
      return { ...place, z: Number(data[3 * i + 2]) * scale };
    }),
    presence: sigmoid(flag),
  };
}
