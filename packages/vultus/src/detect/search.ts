/** Finds upright faces: the passes over the picture, their fusion, the tiles. */

import type { Detection } from '../face/face.ts';
import { type Box, boxArea } from '../face/geometry.ts';
import type { Picture } from '../image/image.ts';
import { cropImage } from '../image/resize.ts';
import type { Detector, DetectorPass } from './detector.ts';
import { evidenceWeights, fusedThreshold } from './evidence.data.ts';
import { weigh } from './evidence.ts';
import { mapPoints, sizeStep } from './letterbox.ts';
import { mergeFaces, sameFace } from './merge.ts';
import { suppressOverlaps } from './nms.ts';
import type { Refiner } from './refiner.ts';
import { planTiles } from './tiles.ts';

/** What one upright search needs to know. */
export interface SearchOptions {
  readonly inputSize: number;
  /** Lowest score to report; `undefined` for the detectors' own. */
  readonly scoreThreshold: number | undefined;
  readonly nmsThreshold: number;
  readonly tiles: 'auto' | 'off' | number;
  readonly smallestFace: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What an upright search found, in pixels of the picture. */
export interface SearchResult {
  /** Best first, at or above the threshold. */
  readonly faces: readonly Detection[];
  /** What fall-back detectors saw and what came near the threshold, reported or not: cause to look for turned heads. */
  readonly doubtful: readonly Detection[];
}

/** Candidates of the main detector start here; the fused score decides. */
const candidateScore = 0.25;

/** A fall-back detector's candidate starts here, and ranks behind the main detector's while candidates are merged. */
const secondScore = 0.2;
const secondRank = 0.3;

/**
 * A face that fills the picture is larger in the passes than the main detector's largest anchor: parts of it pass for faces.
 * Where a candidate is this part of the picture's height, or there is none, one more pass at this size looks for such faces.
 */
const wholeLook = { cause: 0.4, inputSize: 160, least: 0.55 } as const;

/** A face that fills the picture and reaches this score is preferred to boxes inside it, however sure these are. */
const wholeScore = 0.8;

/** A box inside a face that fills the picture is a part of it below this share of its area; above, it is the same face. */
const partArea = 0.6;

/** Overlap of two candidates above which the weaker one gets no views of its own. */
const candidateOverlap = 0.5;

/** This many candidates are weighed, best first: beyond, closer looks cost more than they tell. */
const mostCandidates = 400;

/** A face that only a tile saw has no other view: its own score must reach this, when the caller names no threshold. */
const tileScore = 0.85;

/** Who looks: one or more detectors, the first of them the main one, and a refiner where there is one. */
export interface Watchers {
  readonly detectors: readonly [Detector, ...Detector[]];
  readonly refiner?: Refiner | undefined;
}

/** The threshold in force when the caller names none. */
export function defaultThreshold(main: Detector): number {
  return Object.hasOwn(evidenceWeights, main.id) ? fusedThreshold : main.defaultScoreThreshold;
}

/** Searches a picture for upright faces. */
export async function searchUpright(
  picture: Picture,
  { detectors, refiner }: Watchers,
  options: SearchOptions,
): Promise<SearchResult> {
  const [main, ...others] = detectors;
  const { inputSize, nmsThreshold, signal } = options;
  const threshold = options.scoreThreshold ?? defaultThreshold(main);
  const image = await picture.pixels(inputSize);
  const weights = Object.hasOwn(evidenceWeights, main.id) ? evidenceWeights[main.id] : undefined;
  const pass = (size: number, scoreThreshold: number): DetectorPass => ({
    inputSize: nearestSize(size),
    scoreThreshold,
    nmsThreshold,
    signal,
  });
  // Smaller passes look at smaller levels of the picture: they are made off this thread.
  const smallPass = async (detector: Detector, settings: DetectorPass): Promise<Detection[]> => {
    const level = await picture.pixels(Math.min(settings.inputSize, inputSize));
    const found = await detector.detect(level, settings);
    return found.map((face) => scaled(face, image.width / level.width, image.height / level.height));
  };
  const lowest = weights ? candidateScore : threshold;
  const [fine, tiled, coarse, ...seconds] = await Promise.all([
    main.detect(image, pass(inputSize, lowest)),
    searchTiles(picture, main, image, options, pass(inputSize, lowest)),
    weights ? smallPass(main, pass(inputSize / 2, lowest)) : [],
    ...others.map((other) => smallPass(other, pass(ownSize(other, inputSize), weights ? secondScore : lowest))),
  ]);
  const second = mergeFaces(seconds.flat(), nmsThreshold);
  const scale = { x: picture.width / image.width, y: picture.height / image.height };
  const toPicture = (list: readonly Detection[]) => list.map((face) => scaled(face, scale.x, scale.y));
  if (!weights) {
    const all = [...fine, ...tiled, ...second.filter((face) => face.score >= threshold)];
    return { faces: toPicture(mergeFaces(all, nmsThreshold)), doubtful: toPicture(second) };
  }
  const tall = (part: number) => (face: Detection) => face.box.height > part * image.height;
  const found = [...fine, ...coarse];
  const looksWhole = found.length === 0 || found.some(tall(wholeLook.cause));
  const whole = looksWhole ? await smallPass(main, pass(Math.min(wholeLook.inputSize, inputSize), lowest)) : [];
  const filling = whole.filter(tall(wholeLook.least));
  const small = [...filling, ...coarse];
  // By overlap alone: a box inside another may be a face of its own until it was looked at.
  const ranked = second.map((face) => ({ ...face, score: face.score * secondRank }));
  const candidates = suppressOverlaps([...fine, ...small, ...ranked], candidateOverlap).slice(0, mostCandidates);
  // That the fine pass misses faces beyond its anchors says nothing of them.
  const findings = {
    image,
    scale: scale.y,
    fine: [...fine, ...filling],
    coarse: small,
    second: others.length > 0 ? second : undefined,
  };
  const weighed = await weigh(candidates, findings, weights, refiner, signal);
  const fused = withoutParts(weighed, tall(wholeLook.least));
  const faces = [
    ...fused.filter((face) => face.score >= threshold),
    ...tiled.filter((face) => face.score >= (options.scoreThreshold ?? tileScore)),
  ];
  const doubtful = [...second, ...fused.filter((face) => face.score < threshold)];
  return { faces: toPicture(mergeFaces(faces, nmsThreshold)), doubtful: toPicture(doubtful) };
}

/** Candidates without those that are parts of a larger one, among those that fill the picture. */
function withoutParts(candidates: readonly Detection[], fills: (face: Detection) => boolean): Detection[] {
  const whole = candidates.filter((face) => face.score >= wholeScore && fills(face));
  const holds = (outer: Detection, inner: Detection) =>
    partArea * boxArea(outer.box) > boxArea(inner.box) && sameFace(outer.box, inner.box, candidateOverlap);
  return candidates.filter((face) => !whole.some((other) => holds(other, face)));
}

/** Faces that only tiles can see, in pixels of `image`: by the main detector's own score. */
async function searchTiles(
  picture: Picture,
  main: Detector,
  image: { readonly width: number; readonly height: number },
  options: SearchOptions,
  pass: DetectorPass,
): Promise<Detection[]> {
  if (options.tiles === 'off') return [];
  const plan = planTiles(picture, options.inputSize, options.tiles, options.smallestFace);
  if (!plan) return [];
  const level = await picture.pixels(plan.longSide);
  const found = await Promise.all(
    plan.tiles.map(async (tile): Promise<Detection[]> => {
      const inside = {
        ...tile,
        width: Math.min(tile.width, level.width - tile.x),
        height: Math.min(tile.height, level.height - tile.y),
      };
      const faces = await main.detect(cropImage(level, inside), pass);
      // A face cut by a tile's inner edge is seen whole by the neighbour.
      return faces.filter(({ box }) => !cut(box, inside, level)).map((face) => moved(face, inside.x, inside.y));
    }),
  );
  const sx = image.width / level.width;
  const sy = image.height / level.height;
  return mergeFaces(found.flat(), options.nmsThreshold).map((face) => scaled(face, sx, sy));
}

function cut(box: Box, tile: Box, level: { readonly width: number; readonly height: number }): boolean {
  return (
    (box.x < 1 && tile.x > 0) ||
    (box.y < 1 && tile.y > 0) ||
    (box.x + box.width > tile.width - 1 && tile.x + tile.width < level.width) ||
    (box.y + box.height > tile.height - 1 && tile.y + tile.height < level.height)
  );
}

function nearestSize(size: number): number {
  return Math.max(sizeStep, Math.round(size / sizeStep) * sizeStep);
}

function ownSize(detector: Detector, inputSize: number): number {
  return detector.inputSizes === 'any' ? inputSize : (detector.inputSizes[0] ?? inputSize);
}

function scaled(face: Detection, sx: number, sy: number): Detection {
  const { box, points } = face;
  return {
    ...face,
    box: { x: box.x * sx, y: box.y * sy, width: box.width * sx, height: box.height * sy },
    ...(points && { points: mapPoints(points, ({ x, y }) => ({ x: x * sx, y: y * sy })) }),
  };
}

function moved(face: Detection, dx: number, dy: number): Detection {
  const { box, points } = face;
  return {
    ...face,
    box: { ...box, x: box.x + dx, y: box.y + dy },
    ...(points && { points: mapPoints(points, ({ x, y }) => ({ x: x + dx, y: y + dy })) }),
  };
}
