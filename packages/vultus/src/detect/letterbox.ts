/** Fits a picture into a network's input: scaled with its aspect kept, placed top left, the rest filled. */

import type { Detection, FivePoints } from '../face/face.ts';
import { clipBox, type Point } from '../face/geometry.ts';
import type { InputSize } from './family.ts';

/** How a picture lies in the network's input. */
export interface Letterboxed {
  /** Input pixels per picture pixel, each way. */
  readonly scaleX: number;
  readonly scaleY: number;
}

/** Networks of free size take multiples of this: the coarsest stride but one, so that every level has whole cells. */
export const sizeStep = 32;

/** Small pictures are enlarged at most this much: beyond, time is spent on pixels that show nothing new. */
const maxEnlargement = 2;

/** The size of the scaled picture inside an input whose long side is `inputSize`. */
export function scaledSize(image: InputSize, inputSize: number): InputSize {
  const factor = Math.min(inputSize / Math.max(image.width, image.height), maxEnlargement);
  return {
    width: Math.max(1, Math.round(image.width * factor)),
    height: Math.max(1, Math.round(image.height * factor)),
  };
}

/** The smallest input, in multiples of {@link sizeStep} each way, that holds the picture scaled to `inputSize`: no square padding. */
export function freeInputSize(image: InputSize, inputSize: number): InputSize {
  const scaled = scaledSize(image, inputSize);
  return {
    width: Math.ceil(scaled.width / sizeStep) * sizeStep,
    height: Math.ceil(scaled.height / sizeStep) * sizeStep,
  };
}

/** A detection in input pixels → pixels of the picture, the box clipped to it; `undefined` when nothing of it lies inside. */
export function unletterbox(detection: Detection, boxed: Letterboxed, picture: InputSize): Detection | undefined {
  const { box, points, score } = detection;
  const scaled = {
    x: box.x / boxed.scaleX,
    y: box.y / boxed.scaleY,
    width: box.width / boxed.scaleX,
    height: box.height / boxed.scaleY,
  };
  const clipped = clipBox(scaled, picture.width, picture.height);
  if (!(clipped.width > 0 && clipped.height > 0)) return undefined;
  const move = ({ x, y }: Point) => ({ x: x / boxed.scaleX, y: y / boxed.scaleY });
  return { box: clipped, score, ...(points && { points: mapPoints(points, move) }) };
}

/** The five points, each moved. */
export function mapPoints(points: FivePoints, move: (point: Point) => Point): FivePoints {
  return {
    leftEye: move(points.leftEye),
    rightEye: move(points.rightEye),
    nose: move(points.nose),
    leftMouth: move(points.leftMouth),
    rightMouth: move(points.rightMouth),
  };
}
