/** Fits a picture into a network's input: scaled with its aspect kept, placed top left, the rest filled. */

import type { Detection, FivePoints } from '../face/face.ts';
import { clipBox, type Point } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { resizeImage } from '../image/resize.ts';
import type { InputSize } from './family.ts';

/** A picture as the network sees it. */
export interface Letterboxed {
  /** Exactly the size of the network's input. */
  readonly image: Image;
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

/** Scales a picture into an input of the given size; `fill` is the grey level of what is left over. */
export function letterbox(image: Image, input: InputSize, scaled: InputSize, fill: number): Letterboxed {
  const small = resizeImage(image, scaled.width, scaled.height);
  const scaleX = scaled.width / image.width;
  const scaleY = scaled.height / image.height;
  if (small.width === input.width && small.height === input.height) return { image: small, scaleX, scaleY };
  const data = new Uint8Array(input.width * input.height * 3).fill(fill);
  for (let y = 0; y < small.height; y++) {
    data.set(small.data.subarray(y * small.width * 3, (y + 1) * small.width * 3), y * input.width * 3);
  }
  return { image: { width: input.width, height: input.height, data }, scaleX, scaleY };
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
