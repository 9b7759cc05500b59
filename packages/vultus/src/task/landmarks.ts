/** Landmarks: 68 points and the five that alignment needs, found in the box of a detection. */

import { cropPicture } from '../align/align.ts';
import { cropTransform, wholeFace } from '../align/crop.ts';
import { similarityTransform } from '../align/similarity.ts';
import { VultusError } from '../errors.ts';
import type { Detection, FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import { type Affine, applyAffine, composeAffine, invertAffine, scaleAffine } from '../image/affine.ts';
import type { Picture } from '../image/image.ts';
import { imagesToTensor } from '../image/tensor.ts';
import { nextTurn } from '../image/turns.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { type BatchOptions, runBatched } from '../runtime/batch.ts';
import type { OpenModel } from './host.ts';
import { meanShape68 } from './mean-shape.data.ts';

/** The refined landmarks of one face. */
export interface FaceLandmarks {
  /** Eye centres, nose tip, mouth corners. */
  readonly five: FivePoints;
  /**
   * 68 points in dlib's order (jaw 0–16, brows 17–26, nose 27–35, eyes 36–47, mouth 48–67), running from the picture's
   * left to its right on an upright face. Pixels of the upright picture; they may lie outside it.
   */
  readonly points: readonly Point[];
}

const pointCount = 68;
const meanShape: readonly Point[] = meanShape68.map(([x, y]) => ({ x, y }));

/** A second look pays when the first crop was off by more than this; 99 % of upright frontal faces are within. */
const tolerance = { degrees: 25, scale: 1.7, shift: 0.35 } as const;

/**
 * Finds the landmarks of all detections, in their order. First in the crop that the model was made for: the square
 * round the box, turned by the detection's roll, which is believed, for of a head upside down the network draws one that
 * stands. Where the points found say that this crop was tilted, too wide, too tight or off centre, once more in the crop
 * in which the mean face lies where the model expects it. On faces that the detector framed well a second look gains
 * nothing (`docs/embeddings.md`), so it is not taken.
 */
export async function refineLandmarks(
  picture: Picture,
  detections: readonly Detection[],
  model: OpenModel,
  options: BatchOptions = {},
): Promise<FaceLandmarks[]> {
  if (detections.length === 0) return [];
  const frames = detections.map((detection) => firstFrame(detection, model.entry));
  const found = await lookIn(picture, frames, model, options);
  const again = found.flatMap((points, index) => (isOff(frames[index] as Affine, points) ? [index] : []));
  const better = again.map((index) => fitMeanShape(found[index] as Point[]));
  const second = await lookIn(picture, better, model, options);
  for (const [position, index] of again.entries()) found[index] = second[position] as Point[];
  return found.map((points) => ({ five: fivePoints(points), points }));
}

/** Five of the 68 points: the means of each eye's outline, the tip of the nose, the outer corners of the mouth. */
export function fivePoints(points: readonly Point[]): FivePoints {
  if (points.length !== pointCount) {
    throw new VultusError('INVALID_ARGUMENT', `fivePoints: expected ${pointCount} points, got ${points.length}`);
  }
  const [nose, leftMouth, rightMouth] = [30, 48, 54].map((index) => points[index]) as [Point, Point, Point];
  return {
    leftEye: meanPoint(points.slice(36, 42)),
    rightEye: meanPoint(points.slice(42, 48)),
    nose,
    leftMouth,
    rightMouth,
  };
}

/** From the unit square to the picture. */
function firstFrame(detection: Detection, entry: ModelEntry): Affine {
  const crop = entry.input.crop;
  if (crop?.kind !== 'box') {
    throw new VultusError(
      'MODEL_INVALID',
      `Model ${entry.id}: a landmark model needs a box crop in its manifest entry`,
    );
  }
  const { box, roll = 0 } = detection;
  return cropTransform({ ...crop, upright: true }, { box: wholeFace(box), roll }, 1);
}

async function lookIn(
  picture: Picture,
  frames: readonly Affine[],
  { entry, session }: OpenModel,
  options: BatchOptions,
): Promise<Point[][]> {
  if (frames.length === 0) return [];
  const { width, height, name } = entry.input;
  const toUnit = scaleAffine(1 / width, 1 / height);
  const crops = await Promise.all(
    frames.map((frame) => cropPicture(picture, composeAffine(frame, toUnit), width, height)),
  );
  const opened = await session();
  await nextTurn();
  const outputs = await runBatched(opened, { [name]: imagesToTensor(crops, entry.input) }, options);
  const data = outputs[entry.outputs.points ?? '']?.data;
  if (data === undefined || data.length !== frames.length * pointCount * 2) {
    throw new VultusError(
      'MODEL_INVALID',
      `Model ${entry.id}: expected ${pointCount * 2} numbers per face in output "points", got ${data?.length ?? 'none'} for ${frames.length} faces`,
    );
  }
  return frames.map((frame, face) =>
    Array.from({ length: pointCount }, (_, i) => {
      const at = (face * pointCount + i) * 2;
      return applyAffine(frame, { x: Number(data[at]), y: Number(data[at + 1]) });
    }),
  );
}

/** The frame (unit square → picture) in which the points come nearest to the mean shape. */
function fitMeanShape(points: readonly Point[]): Affine {
  return similarityTransform(meanShape, points);
}

/** Whether the frame that the points ask for is far from the one they were found in. */
function isOff(frame: Affine, points: readonly Point[]): boolean {
  const correction = composeAffine(invertAffine(frame), fitMeanShape(points));
  const [a, , , d] = correction;
  const scale = Math.hypot(a, d);
  const degrees = (Math.abs(Math.atan2(d, a)) * 180) / Math.PI;
  const centre = applyAffine(correction, { x: 0.5, y: 0.5 });
  const shift = Math.hypot(centre.x - 0.5, centre.y - 0.5);
  const { scale: most } = tolerance;
  return degrees > tolerance.degrees || scale > most || scale < 1 / most || shift > tolerance.shift;
}

function meanPoint(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
