/** Bodies: the joints of people in a picture, by MoveNet. */

import { VultusError } from '../errors.ts';
import type { Box, Point } from '../face/geometry.ts';
import { type Affine, applyAffine } from '../image/affine.ts';
import type { Picture } from '../image/image.ts';
import type { TaskHost } from '../task/host.ts';
import { runScene } from './model.ts';

/** The 17 joints in COCO's order; left and right are the person's own, as everywhere in body pose. */
export const jointNames = [
  'nose',
  'leftEye',
  'rightEye',
  'leftEar',
  'rightEar',
  'leftShoulder',
  'rightShoulder',
  'leftElbow',
  'rightElbow',
  'leftWrist',
  'rightWrist',
  'leftHip',
  'rightHip',
  'leftKnee',
  'rightKnee',
  'leftAnkle',
  'rightAnkle',
] as const;

/** Pairs of joints that a bone connects: what a skeleton is drawn from. */
export const bones: readonly (readonly [from: number, to: number])[] = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [5, 6],
  [5, 7],
  [7, 9],
  [6, 8],
  [8, 10],
  [5, 11],
  [6, 12],
  [11, 12],
  [11, 13],
  [13, 15],
  [12, 14],
  [14, 16],
];

/** One joint. */
export interface Joint extends Point {
  readonly name: (typeof jointNames)[number];
  /** 0…1; below about 0.3 the joint is hidden or guessed. */
  readonly score: number;
}

/** One person. */
export interface Body {
  /** 0…1. */
  readonly score: number;
  /** Pixels of the upright picture; for `single` the box round the joints that are seen. */
  readonly box: Box;
  /** 17 joints in COCO's order. */
  readonly joints: readonly Joint[];
}

/** Options of {@link findBodies}. */
export interface BodyOptions {
  /** `several`: up to six people; `single`: the one in the middle, four times as fast. Default `several`. */
  readonly people?: 'several' | 'single';
  /** Lowest score to report, 0…1; default 0.2. */
  readonly scoreThreshold?: number;
  readonly signal?: AbortSignal;
}

/** A joint counts for a single person's box and score from here. */
const seenScore = 0.3;

const joints = jointNames.length;

/** The people of each picture, best first. @throws VultusError `MODEL_NOT_FOUND`, `MODEL_INVALID` */
export async function findBodies(
  pictures: readonly Picture[],
  host: TaskHost,
  options: BodyOptions = {},
): Promise<Body[][]> {
  if (pictures.length === 0) return [];
  const { people = 'several', scoreThreshold = 0.2, signal } = options;
  const family = people === 'single' ? 'movenet' : 'movenet-multipose';
  const { entry, outputs, toPicture } = await runScene(pictures, family, host, signal);
  const data = outputs[entry.outputs[people === 'single' ? 'keypoints' : 'persons'] ?? '']?.data;
  if (data === undefined) throw new VultusError('MODEL_INVALID', `Model ${entry.id}: expected an output of joints`);
  const size = data.length / pictures.length;
  return pictures.map((_, index) => {
    const numbers = Array.from(data.slice(index * size, (index + 1) * size), Number);
    const map: Affine = toPicture[index] as Affine;
    const place = (x: number, y: number) => applyAffine(map, { x: x * entry.input.width, y: y * entry.input.height });
    const found = people === 'single' ? [singleBody(numbers, place)] : severalBodies(numbers, place);
    return found.filter(({ score }) => score >= scoreThreshold).sort((a, b) => b.score - a.score);
  });
}

type Place = (x: number, y: number) => Point;

function readJoints(numbers: readonly number[], place: Place): Joint[] {
  return jointNames.map((name, i) => {
    const [y = 0, x = 0, score = 0] = numbers.slice(3 * i, 3 * i + 3);
    return { name, ...place(x, y), score };
  });
}

function singleBody(numbers: readonly number[], place: Place): Body {
  const all = readJoints(numbers, place);
  const seen = all.filter(({ score }) => score >= seenScore);
  const score = all.reduce((sum, joint) => sum + joint.score, 0) / joints;
  return { score, box: boxRound(seen.length > 0 ? seen : all), joints: all };
}

/** Rows of 17 × (y, x, score), then ymin, xmin, ymax, xmax, score. */
function severalBodies(numbers: readonly number[], place: Place): Body[] {
  const row = 3 * joints + 5;
  return Array.from({ length: Math.floor(numbers.length / row) }, (_, i) => {
    const person = numbers.slice(i * row, (i + 1) * row);
    const [top = 0, left = 0, bottom = 0, right = 0, score = 0] = person.slice(3 * joints);
    return { score, box: boxRound([place(left, top), place(right, bottom)]), joints: readJoints(person, place) };
  });
}

function boxRound(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
