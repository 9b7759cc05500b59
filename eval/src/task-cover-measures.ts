/** Measures of what is worn and covered, and of eyes seen alone. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GlassesLabel, iou } from 'vultus';
import { files, spread } from './task-data.ts';
import type { MeasureRun } from './task-face-measures.ts';
import { readCentre } from './task-faces.ts';
import { share, type TaskFigure } from './task-report.ts';

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

function row(task: string, metric: string, right: readonly boolean[]): TaskFigure {
  return { task, metric, value: share(right), unit: '%', count: right.length };
}
