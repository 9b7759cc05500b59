/** Orientation: by which quarter turn a picture stands upright, found by its faces. */

import { cropPicture } from '../align/align.ts';
import type { Detector } from '../detect/detector.ts';
import { findFaces } from '../detect/find.ts';
import { turnPicture } from '../detect/turn.ts';
import { VultusError } from '../errors.ts';
import type { Detection } from '../face/face.ts';
import { boxCenter } from '../face/geometry.ts';
import type { Picture, Rotation } from '../image/image.ts';
import { imagesToTensor } from '../image/tensor.ts';
import { runBatched } from '../runtime/batch.ts';
import { openModel, type TaskHost } from '../task/host.ts';
import { decodeMesh, meshTask } from '../task/mesh.ts';
import { meshRotation } from '../task/pose.ts';
import { squareView } from '../task/views.ts';

/** How a picture lies. */
export interface Orientation {
  /** Clockwise degrees that turn the picture upright; what `rotate` of raw pixels takes. */
  readonly rotate: Rotation;
  /** Evidence for this turn ÷ evidence for all four, 0…1. */
  readonly confidence: number;
  /** Number of faces that were asked at this turn. */
  readonly faces: number;
}

/** Options of {@link pictureOrientation}. */
export interface OrientationOptions {
  /** Long side of the detector's input; default 640. */
  readonly inputSize?: number;
  readonly signal?: AbortSignal | undefined;
}

const turns: readonly Rotation[] = [0, 90, 180, 270];

/** Faces count from this score. */
const leastScore = 0.5;

/** The largest faces of a picture that are asked. */
const mostFaces = 4;

/** Side of the crop ÷ long side of the detector's box, on which the mesh does best. */
const cropScale = 1.35;

/**
 * The turn at which the faces of a picture stand upright; `null` where no turn shows a face. Detectors see faces that lie
 * on the side too, so each face found is shown to the mesh as it stands: a face upside down has no presence there, or its
 * chin points up.
 * @throws VultusError `MODEL_NOT_FOUND` without a mesh model
 */
export async function pictureOrientation(
  picture: Picture,
  detectors: readonly Detector[],
  host: TaskHost,
  { inputSize = 640, signal }: OrientationOptions = {},
): Promise<Orientation | null> {
  const votes = await Promise.all(
    turns.map(async (rotate) => {
      const seen = rotate === 0 ? picture : turnPicture(picture, rotate);
      const search = { inputSize, scoreThreshold: leastScore, rolled: 'off', tiles: 'off', sortBy: 'size' } as const;
      const faces = await findFaces(seen, detectors, { ...search, maxFaces: mostFaces, ...(signal && { signal }) });
      const standing = await uprightness(seen, faces, host);
      const weights = faces.map(({ score, box }, i) => score * Math.sqrt(box.height) * (standing[i] as number));
      return { rotate, faces: faces.length, evidence: weights.reduce((sum, weight) => sum + weight, 0) };
    }),
  );
  const best = votes.reduce((a, b) => (b.evidence > a.evidence ? b : a));
  if (best.evidence === 0) return null;
  const total = votes.reduce((sum, { evidence }) => sum + evidence, 0);
  return { rotate: best.rotate, confidence: best.evidence / total, faces: best.faces };
}

/** How far each face stands upright, 0…1: the mesh's presence × the cosine between its chin's direction and down. */
async function uprightness(picture: Picture, faces: readonly Detection[], host: TaskHost): Promise<number[]> {
  if (faces.length === 0) return [];
  const entry = meshTask.model(host.entries());
  if (entry === undefined) {
    throw new VultusError('MODEL_NOT_FOUND', 'Expected a mesh model of the family facemesh among the models, got none');
  }
  const { width, height, name } = entry.input;
  const crops = await Promise.all(
    faces.map(async ({ box }) => {
      const side = cropScale * Math.max(box.width, box.height);
      const toPicture = squareView({ centre: boxCenter(box), side }, width);
      return { toPicture, image: await cropPicture(picture, toPicture, width, height) };
    }),
  );
  const session = await openModel(host, entry).session();
  const feeds = {
    [name]: imagesToTensor(
      crops.map(({ image }) => image),
      entry.input,
    ),
  };
  const outputs = await runBatched(session, feeds, { concurrency: host.concurrency });
  return crops.map((crop, face) => {
    const { presence, points } = decodeMesh(outputs, crop, entry, face);
    return presence * Math.max(0, meshRotation({ presence, points })[4]);
  });
}
