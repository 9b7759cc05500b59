/** All faces of a picture: upright ones first, then, with cause, heads that lie on the side or upside down. */

import { throwIfAborted, VultusError } from '../errors.ts';
import type { Detection } from '../face/face.ts';
import { boxArea } from '../face/geometry.ts';
import type { Picture } from '../image/image.ts';
import type { Detector } from './detector.ts';
import type { DetectOptions } from './options.ts';
import type { Refiner } from './refiner.ts';
import { joinRolled } from './rolled.ts';
import { type SearchOptions, searchUpright, type Watchers } from './search.ts';

/** Input size when the caller names none. */
const defaultInputSize = 640;

/** Overlap of two boxes above which the weaker is dropped, when the caller names none. */
const defaultNmsThreshold = 0.3;

/**
 * Finds the faces of a picture, in its pixels, in the order asked for; none is an empty list. Equal calls give equal results.
 * @param detectors the main detector, then the fall-backs that give second opinions and see heads that are not upright
 * @param refiner looks once more at what the detectors found; better scores and boxes, a few milliseconds
 * @throws VultusError `INVALID_ARGUMENT` for no detectors or an option outside its range; `ABORTED`; what a model throws
 */
export async function findFaces(
  picture: Picture,
  detectors: readonly Detector[],
  options: DetectOptions = {},
  refiner?: Refiner,
): Promise<Detection[]> {
  const [main, ...others] = detectors;
  if (!main) throw new VultusError('INVALID_ARGUMENT', 'findFaces: expected at least one detector, got none');
  checkOptions(options);
  throwIfAborted(options.signal);
  const search: SearchOptions = {
    inputSize: options.inputSize ?? largestSize(main),
    scoreThreshold: options.scoreThreshold,
    nmsThreshold: options.nmsThreshold ?? defaultNmsThreshold,
    tiles: options.tiles ?? 'auto',
    smallestFace: options.smallestFace,
    signal: options.signal,
  };
  const watchers: Watchers = { detectors: [main, ...others], refiner };
  const upright = await searchUpright(picture, watchers, search);
  return selectFaces(await joinRolled(picture, watchers, search, upright, options.rolled ?? 'auto'), options);
}

/** The faces that the caller wants to see, in the order wanted. */
export function selectFaces(faces: readonly Detection[], options: DetectOptions): Detection[] {
  const { minFaceSize = 0, maxFaces = Number.POSITIVE_INFINITY, sortBy = 'score' } = options;
  const order =
    sortBy === 'size'
      ? (a: Detection, b: Detection) => boxArea(b.box) - boxArea(a.box)
      : (a: Detection, b: Detection) => b.score - a.score;
  return faces
    .filter((face) => face.box.height >= minFaceSize)
    .sort(order)
    .slice(0, maxFaces);
}

function largestSize(main: Detector): number {
  return main.inputSizes === 'any' ? defaultInputSize : Math.max(...main.inputSizes);
}

function checkOptions(options: DetectOptions): void {
  const bounds: Record<string, readonly [number | undefined, number, number]> = {
    scoreThreshold: [options.scoreThreshold, 0, 1],
    nmsThreshold: [options.nmsThreshold, 0, 1],
    minFaceSize: [options.minFaceSize, 0, Number.POSITIVE_INFINITY],
    maxFaces: [options.maxFaces, 0, Number.POSITIVE_INFINITY],
    smallestFace: [options.smallestFace, 1, Number.POSITIVE_INFINITY],
    tiles: [typeof options.tiles === 'number' ? options.tiles : undefined, 1, 16],
  };
  for (const [name, [value, low, high]] of Object.entries(bounds)) {
    if (value === undefined || (value >= low && value <= high)) continue;
    throw new VultusError('INVALID_ARGUMENT', `${name}: expected a number from ${low} to ${high}, got ${value}`);
  }
  const { inputSize } = options;
  if (inputSize === undefined || (Number.isInteger(inputSize) && inputSize >= 32 && inputSize % 32 === 0)) return;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `inputSize: expected a multiple of 32 such as 320 or 640, got ${inputSize}`,
  );
}
