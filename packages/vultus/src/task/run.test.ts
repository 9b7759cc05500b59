/** The runner: shared crops, needs, names, errors. */

import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '../model/manifest.ts';
import { fakeDetections, fakeEntry, fakeHost, wavyPicture } from './fake.data.ts';
import { orderTasks, runTasks } from './run.ts';
import { describeTask } from './task.contract.ts';
import type { Task } from './task.ts';
import { cropAndMirror } from './views.ts';

const picture = wavyPicture();

const entry: ModelEntry = fakeEntry({
  id: 'task',
  kind: 'other',
  family: 'test',
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'gray',
    width: 8,
    height: 8,
    mean: [0],
    std: [255],
    crop: { kind: 'box', scale: 1.2, basis: 'long' },
  },
  outputs: { three: 'numbers' },
});

const numbers: Task = {
  name: 'numbers',
  model: (entries) => entries.find(({ id }) => id === 'task'),
  decode: ({ three }) => Array.from(three?.data as Float32Array),
};
const sum: Task = {
  name: 'sum',
  needs: ['numbers'],
  model: numbers.model,
  decode: (_, { values }) => (values.numbers as number[]).reduce((a, b) => a + b, 0),
};

function host() {
  const fake = fakeHost();
  fake.entries.push(entry);
  return fake;
}

describeTask('numbers', async () => ({
  run: { host: host().host, tasks: [numbers] },
  picture,
  detections: fakeDetections,
}));

describe('runTasks', () => {
  it('runs what a task needs first, and reports only what was asked for', async () => {
    const faces = await runTasks(picture, fakeDetections, ['sum'], { host: host().host, tasks: [sum, numbers] });
    expect(typeof faces[0]?.sum).toBe('number');
    expect(faces[0]).not.toHaveProperty('numbers');
    expect(faces[0]?.landmarks).toBeDefined();
  });

  it('runs a model once for tasks that show it the same pixels', async () => {
    const mirrored: Task = { ...numbers, name: 'mirrored', views: cropAndMirror };
    const runsOf = async (...names: readonly string[]) => {
      const { host: lent, runs } = host();
      const faces = await runTasks(picture, fakeDetections.slice(0, 1), names, {
        host: lent,
        tasks: [sum, numbers, mirrored],
      });
      return { face: faces[0], count: runs.filter((model) => model === 'task').length };
    };
    expect((await runsOf('numbers', 'sum')).count).toBe(1);
    // The mirror image alone is new to the model.
    const { face, count } = await runsOf('numbers', 'mirrored');
    expect(count).toBe(2);
    const alone = await runsOf('mirrored');
    expect(face?.mirrored).toEqual(alone.face?.mirrored);
    expect((face?.mirrored as number[] | undefined)?.slice(0, 3)).toEqual(face?.numbers);
  });

  it('opens no model without names', async () => {
    const { host: lent, runs } = host();
    const faces = await runTasks(picture, fakeDetections, [], { host: lent });
    expect(faces.map((face) => face.box)).toEqual(fakeDetections.map((detection) => detection.box));
    expect(runs).toEqual([]);
  });

  it('names what it knows when asked for something else, and what is missing', async () => {
    const run = { host: fakeHost().host, tasks: [numbers] };
    await expect(runTasks(picture, fakeDetections, ['agee'], run)).rejects.toThrow(
      /points, embed, numbers; got "agee"/,
    );
    await expect(runTasks(picture, fakeDetections, ['numbers'], run)).rejects.toThrow(/its model/);
    await expect(runTasks(picture, fakeDetections, ['embed'], run)).rejects.toThrow(/preset/);
  });

  it('stops between tasks when aborted', async () => {
    const signal = AbortSignal.abort();
    const run = { host: host().host, tasks: [numbers], signal };
    await expect(runTasks(picture, fakeDetections, ['numbers'], run)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('orderTasks', () => {
  it('refuses a circle', () => {
    const circle: Task[] = [
      { ...numbers, needs: ['sum'] },
      { ...sum, needs: ['numbers'] },
    ];
    expect(() => orderTasks(['sum'], circle)).toThrow(/needs itself/);
  });
});
