/** Objects: the things of 80 everyday classes in a picture, by NanoDet. */

import { suppressOverlaps } from '../detect/nms.ts';
import { VultusError } from '../errors.ts';
import { type Box, clipBox } from '../face/geometry.ts';
import { type Affine, applyAffine } from '../image/affine.ts';
import type { Picture } from '../image/image.ts';
import type { ModelEntry } from '../model/manifest.ts';
import type { Tensor, Tensors } from '../runtime/tensor.ts';
import type { TaskHost } from '../task/host.ts';
import { softmax } from '../task/outputs.ts';
import { cocoClasses } from './coco.data.ts';
import { runScene } from './model.ts';

/** A thing in a picture. */
export interface SceneObject {
  /** One of the 80 classes of COCO: `person`, `dog`, `cup`, … */
  readonly label: string;
  /** 0…1. */
  readonly score: number;
  /** Pixels of the upright picture, clipped to it. */
  readonly box: Box;
}

/** Options of {@link findObjects}. */
export interface ObjectOptions {
  /** Lowest score to report, 0…1; default 0.35. */
  readonly scoreThreshold?: number;
  /** Overlap above which the weaker of two boxes of one class is dropped; default 0.6, as the model was evaluated. */
  readonly nmsThreshold?: number;
  /** Report only these classes. */
  readonly labels?: readonly string[];
  /** Most objects per picture, best first; default 100. */
  readonly maxObjects?: number;
  readonly signal?: AbortSignal;
}

/**
 * The objects of each picture, best first; an empty list where nothing is seen.
 * @throws VultusError `INVALID_ARGUMENT` for a label that is no class; `MODEL_NOT_FOUND`
 */
export async function findObjects(
  pictures: readonly Picture[],
  host: TaskHost,
  options: ObjectOptions = {},
): Promise<SceneObject[][]> {
  const unknown = options.labels?.find((label) => !(cocoClasses as readonly string[]).includes(label));
  if (unknown !== undefined) {
    throw new VultusError('INVALID_ARGUMENT', `labels: expected names among COCO's 80 classes, got "${unknown}"`);
  }
  if (pictures.length === 0) return [];
  const { entry, outputs, toPicture } = await runScene(pictures, 'nanodet', host, options.signal);
  return pictures.map((picture, index) => {
    const seen = decodeNanodet(outputs, index, entry, options.scoreThreshold);
    return selectObjects(seen, picture, toPicture[index] as Affine, options);
  });
}

/** Candidates of one picture in input pixels. */
function decodeNanodet(outputs: Tensors, row: number, entry: ModelEntry, threshold: number | undefined): SceneObject[] {
  const { strides, bins, scoreThreshold } = entry.params as unknown as NanodetParams;
  return strides.flatMap((stride) => {
    const columns = Math.ceil(entry.input.width / stride);
    const scores = rowOf(outputs[entry.outputs[`scores${stride}`] ?? ''], row);
    const sides = rowOf(outputs[entry.outputs[`boxes${stride}`] ?? ''], row);
    const found: SceneObject[] = [];
    for (let at = 0; at < scores.length; at++) {
      const score = scores[at] as number;
      if (score < (threshold ?? scoreThreshold)) continue;
      const cell = Math.floor(at / cocoClasses.length);
      const centre = { x: ((cell % columns) + 0.5) * stride, y: (Math.floor(cell / columns) + 0.5) * stride };
      const box = boxFromBins(sides.slice(cell * 4 * bins, (cell + 1) * 4 * bins), centre, stride);
      found.push({ label: cocoClasses[at % cocoClasses.length] as string, score, box });
    }
    return found;
  });
}

interface NanodetParams {
  readonly strides: readonly number[];
  readonly bins: number;
  readonly scoreThreshold: number;
}

/** Each side's distance from the centre is the mean of a distribution over whole strides (Li et al. 2020). */
function boxFromBins(sides: readonly number[], centre: { x: number; y: number }, stride: number): Box {
  const bins = sides.length / 4;
  const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => {
    const shares = softmax(sides.slice(side * bins, (side + 1) * bins));
    return shares.reduce((sum, share, bin) => sum + share * bin, 0) * stride;
  }) as [number, number, number, number];
  return { x: centre.x - left, y: centre.y - top, width: left + right, height: top + bottom };
}

function selectObjects(
  seen: readonly SceneObject[],
  picture: Picture,
  toPicture: Affine,
  { nmsThreshold = 0.6, labels, maxObjects = 100 }: ObjectOptions,
): SceneObject[] {
  const wanted = seen.filter(({ label }) => labels === undefined || labels.includes(label));
  const classes = [...new Set(wanted.map(({ label }) => label))];
  const kept = classes.flatMap((name) =>
    suppressOverlaps(
      wanted.filter(({ label }) => label === name),
      nmsThreshold,
    ),
  );
  return kept
    .map((object) => ({ ...object, box: clipBox(moveBox(object.box, toPicture), picture.width, picture.height) }))
    .filter(({ box }) => box.width > 0 && box.height > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, maxObjects);
}

function moveBox({ x, y, width, height }: Box, map: Affine): Box {
  const from = applyAffine(map, { x, y });
  const to = applyAffine(map, { x: x + width, y: y + height });
  return { ...from, width: to.x - from.x, height: to.y - from.y };
}

/** The numbers of one picture. */
function rowOf(tensor: Tensor | undefined, row: number): number[] {
  if (tensor === undefined) {
    throw new VultusError('MODEL_INVALID', 'A NanoDet model: expected outputs scores and boxes for each stride');
  }
  const size = tensor.data.length / (tensor.dims[0] ?? 1);
  return Array.from(tensor.data.slice(row * size, (row + 1) * size), Number);
}
