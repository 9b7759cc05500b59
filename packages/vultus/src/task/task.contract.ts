/** What every task keeps: a batch equals its singles, order is kept, no faces give no values and open no model. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { Detection } from '../face/face.ts';
import type { Picture } from '../image/image.ts';
import type { TaskHost } from './host.ts';
import { runTasks, type TaskRun } from './run.ts';

/** What a task is tried on. */
export interface TaskTrial {
  /** Host, embedder and tasks as the engine hands them over. */
  readonly run: TaskRun;
  readonly picture: Picture;
  /** At least two faces of the picture that differ. */
  readonly detections: readonly Detection[];
}

/**
 * Declares the contract tests of a task.
 * @param tolerance largest difference of any number between a batch and a single run; default 1e-4
 */
export function describeTask(name: string, open: () => Promise<TaskTrial>, tolerance = 1e-4): void {
  describe(`task ${name}`, () => {
    let trial: TaskTrial;
    beforeAll(async () => {
      trial = await open();
    });

    it('gives in a batch what it gives alone, in the order of the faces', async () => {
      const { picture, detections, run } = trial;
      const together = await runTasks(picture, detections, [name], run);
      expect(together.map((face) => face.index)).toEqual(detections.map((_, index) => index));
      for (const [index, detection] of detections.entries()) {
        const [alone] = await runTasks(picture, [detection], [name], run);
        expectAlike(together[index]?.[name], alone?.[name], tolerance);
      }
      const reversed = await runTasks(picture, [...detections].reverse(), [name], run);
      for (const [index, face] of reversed.reverse().entries()) {
        expectAlike(face[name], together[index]?.[name], tolerance);
      }
    });

    it('opens nothing for no faces', async () => {
      const closed: TaskHost = {
        ...trial.run.host,
        entries: () => trial.run.host.entries(),
        session: () => Promise.reject(new Error('no model is needed')),
      };
      expect(await runTasks(trial.picture, [], [name], { ...trial.run, host: closed })).toEqual([]);
    });
  });
}

/** Equal in structure, numbers within the tolerance. */
function expectAlike(actual: unknown, expected: unknown, tolerance: number, path = 'value'): void {
  if (typeof expected === 'number') {
    expect(Math.abs((actual as number) - expected), path).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected)),
    );
  } else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(actual as object), path).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) {
      expectAlike((actual as Record<string, unknown>)[key], value, tolerance, `${path}.${key}`);
    }
  } else {
    expect(actual, path).toEqual(expected);
  }
}
