/** Measures of eyes: open or closed, on faces and on pictures of one eye. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isMeasured } from 'vultus';
import { files, spread } from './task-data.ts';
import type { MeasureRun } from './task-face-measures.ts';
import { readCentre } from './task-faces.ts';
import { share, type TaskFigure } from './task-report.ts';

/** Folders of pictures of one eye, each with a folder of open and one of closed eyes. */
const patchSets = [
  ['cew24', 'CEW patches, 24 pixels'],
  ['cew-train', 'CEW patches, training split'],
  ['color', 'colour patches'],
] as const;

/** Patches that go through the models together. */
const patchesPerCall = 16;

/** Eyes of faces and of patches, by file and folder names. */
export async function measureEyes(run: MeasureRun): Promise<TaskFigure[]> {
  const figures = await measureYale(run);
  for (const [set, name] of patchSets) figures.push(await measurePatches(run, join(run.data, 'eyes', set), name));
  return figures;
}

/** Yale's `sleepy` are closed, `normal`, `sad` and `noglasses` open, of `wink` one is. */
async function measureYale({ engine, data, open }: MeasureRun): Promise<TaskFigure[]> {
  const folder = join(data, 'eyes', 'yalefaces');
  const right: boolean[] = [];
  const winks: boolean[] = [];
  let skipped = 0;
  for (const name of files(folder).filter((file) => /normal|sleepy|sad|noglasses|wink/.test(file))) {
    const { face } = await readCentre(engine, await open(join(folder, name)), ['eyes']);
    if (!isMeasured(face.eyes)) {
      skipped++;
      continue;
    }
    const { left, right: other } = face.eyes;
    if (name.includes('wink')) winks.push(left.open !== other.open);
    else for (const eye of [left, other]) right.push(eye.open !== name.includes('sleepy'));
  }
  return [
    { task: 'eyes', metric: 'right state, Yale faces', value: share(right), unit: '%', count: right.length },
    {
      task: 'eyes',
      metric: 'winks with one eye open, Yale faces',
      value: share(winks),
      unit: '%',
      count: winks.length,
    },
    {
      task: 'eyes',
      metric: 'not measurable, Yale faces',
      value: skipped,
      unit: '',
      count: right.length / 2 + winks.length + skipped,
    },
  ];
}

async function measurePatches({ engine, limit }: MeasureRun, folder: string, name: string): Promise<TaskFigure> {
  const patches = readdirSync(folder).flatMap((state) =>
    spread(files(join(folder, state)), Math.ceil(limit / 2)).map((file) => ({
      file: join(folder, state, file),
      open: state.toLowerCase() === 'open',
    })),
  );
  const right: boolean[] = [];
  for (let start = 0; start < patches.length; start += patchesPerCall) {
    const some = patches.slice(start, start + patchesPerCall);
    const states = await engine.eyePatches(some.map(({ file }) => file));
    for (const [i, { open }] of some.entries()) right.push(states[i]?.open === open);
  }
  return { task: 'eyes', metric: `right state, ${name}`, value: share(right), unit: '%', count: right.length };
}
