/** Measures of what is worn and of what is covered. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, type GlassesLabel, iou, type OcclusionPart, type Picture } from 'vultus';
import { paint } from './paint.ts';
import { seededRandom } from './random.ts';
import { skinColour } from './skin.ts';
import { files, readTable, spread } from './task-data.ts';
import type { MeasureRun } from './task-face-measures.ts';
import { readCentre } from './task-faces.ts';
import { share, type TaskFigure } from './task-report.ts';
import { randomOccluder } from './worn-styles.ts';

/** A picture whose right answer its folder tells. */
interface Labelled<Label> {
  readonly file: string;
  readonly label: Label;
}

/** Masks: the pictures of `mask` (one in four was held out from training: see the model card), and faces in crowds. */
export async function measureMask({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const inFolder = (folder: string, label: boolean) =>
    files(join(data, 'mask', folder)).map(
      (name): Labelled<boolean> => ({ file: join(data, 'mask', folder, name), label }),
    );
  const figures: TaskFigure[] = [];
  for (const [name, label] of [
    ['with_mask', true],
    ['without_mask', false],
  ] as const) {
    const right: boolean[] = [];
    for (const { file } of spread(inFolder(name, label), Math.ceil(limit / 2))) {
      const { face } = await readCentre(engine, await open(file), ['mask']);
      right.push((face.mask.label !== 'none') === label);
    }
    figures.push(row('mask', `right, pictures ${label ? 'with' : 'without'} a mask`, right));
  }
  return [...figures, ...(await measureCrowds({ engine, data, limit, open }))];
}

interface Crowd {
  readonly file: string;
  readonly faces: readonly { readonly box: readonly [number, number, number, number]; readonly label: string }[];
}

/** Faces of at least 24 pixels that the detector found, in the half of the pictures that no head learned from. */
async function measureCrowds({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const folder = join(data, 'detection', 'facemask');
  const pictures = readFileSync(join(folder, 'gt.jsonl'), 'utf8').trim().split('\n');
  const held = pictures.filter((_, i) => i % 2 === 0).map((line) => JSON.parse(line) as Crowd);
  const right: Record<string, boolean[]> = { with_mask: [], without_mask: [], mask_weared_incorrect: [] };
  for (const { file, faces } of spread(held, limit)) {
    const found = await engine.analyze(await open(join(folder, file)), { tasks: ['mask'] });
    for (const {
      box: [x, y, width, height],
      label,
    } of faces.filter(({ box }) => box[3] >= 24)) {
      const face = found.find(({ box }) => iou(box, { x, y, width, height }) > 0.4);
      if (face !== undefined) right[label]?.push((face.mask.label !== 'none') === (label !== 'without_mask'));
    }
  }
  const names: Readonly<Record<string, string>> = {
    with_mask: 'masked',
    without_mask: 'bare',
    mask_weared_incorrect: 'nose uncovered',
  };
  return Object.entries(right).map(([label, list]) => row('mask', `right, faces in crowds, ${names[label]}`, list));
}

/** Glasses or none: CelebA pictures, from which nothing was learned. */
export async function measureGlasses({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const figures: TaskFigure[] = [];
  const all: boolean[] = [];
  for (const [folder, worn] of [
    ['glasses', true],
    ['no_glasses', false],
  ] as const) {
    const right: boolean[] = [];
    for (const name of spread(files(join(data, 'glasses', folder)), limit)) {
      const picture = await open(join(data, 'glasses', folder, name));
      const [face] = await engine.analyze(picture, { tasks: ['glasses'], sortBy: 'size', maxFaces: 1 });
      const label: GlassesLabel = face?.glasses.label ?? 'none';
      if (face !== undefined) right.push((label !== 'none') === worn);
    }
    all.push(...right);
    figures.push(row('glasses', `right, CelebA ${worn ? 'with' : 'without'} glasses`, right));
  }
  return [row('glasses', 'right, CelebA, all', all), ...figures];
}

/** What is drawn over faces of which nothing is hidden, and what to ask then. */
const drawnOver = ['eyes', 'nose', 'mouth', undefined] as const;

/**
 * Hidden parts: hands and objects drawn over FairFace's validation faces, one kind a picture by turns, every fourth left
 * as it is. The drawings are of the kinds that training drew, on other people; dark glasses and hands that are in the
 * pictures count as false alarms.
 */
export async function measureOcclusion({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const folder = join(data, 'attributes', 'fairface');
  const rows = spread(readTable(join(folder, 'labels.csv')), limit);
  const right = drawnOver.map((): boolean[] => []);
  for (const [i, { file = '' }] of rows.entries()) {
    const part = drawnOver[i % drawnOver.length];
    const picture = await open(join(folder, file));
    const hidden = await hiddenParts(engine, part === undefined ? picture : await covered(engine, picture, part, i));
    right[i % drawnOver.length]?.push(part === undefined ? hidden.length === 0 : hidden.includes(part));
  }
  return drawnOver.map((part, i) =>
    row('occlusion', part ? `hidden ${part} noticed, drawn` : 'nothing hidden, nothing drawn', right[i] ?? []),
  );
}

async function hiddenParts(engine: Engine, picture: Picture): Promise<readonly OcclusionPart[]> {
  return (await readCentre(engine, picture, ['occlusion'])).face.occlusion.hidden;
}

/** The picture with a hand or an object over a part of its face, always the same for a number. */
async function covered(engine: Engine, picture: Picture, part: OcclusionPart, lot: number): Promise<Picture> {
  const image = await picture.pixels();
  const { face } = await readCentre(engine, picture, ['points']);
  const drawable = { height: face.box.height, points: face.points };
  const shape = randomOccluder(seededRandom(lot), drawable, part, skinColour(image, face.points));
  return engine.picture(await paint(image, shape, face.box.height * 0.005));
}

function row(task: string, metric: string, right: readonly boolean[]): TaskFigure {
  return { task, metric, value: share(right), unit: '%', count: right.length };
}
