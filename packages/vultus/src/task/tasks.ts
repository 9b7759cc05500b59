/** The tasks at hand: the one list to extend when a task is added. */

import type { Faceprint } from '../face/faceprint.ts';
import type { Point } from '../face/geometry.ts';
import type { Task } from './task.ts';

/** What each task puts on a face, under the task's name. */
export interface TaskValues {
  /** The faceprint of the engine's preset. */
  readonly embed: Faceprint;
  /** 68 points in dlib's order; see `FaceLandmarks.points`. */
  readonly points: readonly Point[];
}

/** The name of a task. */
export type TaskName = keyof TaskValues & string;

/** Tasks that read one model's outputs; `embed` and `points` are built in, because other tasks stand on them. */
export const modelTasks: readonly Task[] = [];

/** All names that `analyze` takes. */
export const taskNames: readonly TaskName[] = ['points', 'embed'];
