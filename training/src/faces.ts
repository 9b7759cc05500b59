/** Where the face of a sample is: as the engine itself finds it, so that heads learn on the crops they will see. */

import { finderSettings, readCentre } from '@vultus/eval';
import {
  type Affine,
  cropTransform,
  type DetectOptions,
  type Engine,
  type Face,
  type Image,
  type ModelEntry,
  modelCrop,
  type Picture,
  wholeFace,
} from 'vultus';
import { keyOf, readFeatures, writeFeatures } from './cache.ts';
import type { Sample, View } from './head.ts';

/** Box and five points of a face, enough to cut any crop. */
type Place = Pick<Face, 'box' | 'score' | 'landmarks'>;

/** As the engine finds faces by default, but for heads that lie on the side: there are none, and looking takes three times as long. */
const detection: DetectOptions = { rolled: 'off' };

/** For the many large faces that are learned from. */
const quick: DetectOptions = { inputSize: 160, rolled: 'off' };

/** Finds the face of a sample on its picture before any change; found once per picture. */
export async function findPlace(engine: Engine, sample: Sample, bytes: Uint8Array): Promise<Place> {
  const options = sample.fills && sample.part === 'train' ? quick : detection;
  const key = keyOf('place', finderSettings(engine.models(), options), JSON.stringify(sample.box ?? null), bytes);
  const known = await readFeatures(key);
  if (known) return placeOf(known);
  const picture = await engine.picture(bytes);
  const tasks = ['points'] as const;
  const face = sample.box
    ? (await engine.read(picture, [{ box: sample.box, score: 1 }], { tasks }))[0]
    : (await readCentre(engine, picture, tasks, options)).face;
  if (face?.landmarks === undefined) throw new Error(`Expected points on the face of ${sample.file}, got none`);
  const numbers = numbersOf(face);
  await writeFeatures(key, numbers);
  return placeOf(numbers);
}

/** The crop that a task shows a model of a face; `view` is the task's own where it does not take the entry's crop. */
export function cropOf(picture: Picture, place: Place, entry: ModelEntry, view: View = entryView): Promise<Image> {
  const { landmarks } = place;
  if (landmarks === undefined) throw new Error('Expected a face with its five points, got none');
  return modelCrop(picture, view({ detection: place, landmarks, picture }, entry), entry.input);
}

function entryView({ detection, landmarks, picture }: Parameters<View>[0], { input }: ModelEntry): Affine {
  if (input.crop === undefined)
    throw new Error('Expected a network with a crop of the face, got one for whole pictures');
  return cropTransform(input.crop, { box: wholeFace(detection.box), landmarks }, input, picture);
}

/** The picture mirrored left to right. */
export function mirrored({ width, height, data }: Image): Image {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      turned.set(data.subarray(from, from + 3), (y * width + (width - 1 - x)) * 3);
    }
  }
  return { width, height, data: turned };
}

const pointNames = ['leftEye', 'rightEye', 'nose', 'leftMouth', 'rightMouth'] as const;

function numbersOf({ box, score, landmarks }: Face): Float32Array {
  const points = pointNames.flatMap((name) => [landmarks?.[name].x ?? 0, landmarks?.[name].y ?? 0]);
  return Float32Array.from([box.x, box.y, box.width, box.height, score, ...points]);
}

function placeOf(numbers: Float32Array): Place {
  const at = (i: number): number => numbers[i] ?? 0;
  const points = pointNames.map((name, i) => [name, { x: at(5 + 2 * i), y: at(6 + 2 * i) }]);
  return {
    box: { x: at(0), y: at(1), width: at(2), height: at(3) },
    score: at(4),
    landmarks: Object.fromEntries(points) as NonNullable<Place['landmarks']>,
  };
}
