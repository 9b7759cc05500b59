/** The mesh that is reported: the first look, or a second one where the alignment network saw something else. */

import { fiveAgree } from './five-points.ts';
import { fivePoints } from './landmarks.ts';
import { type FaceMesh, meshFirstTask, meshFrom, meshModel, meshView } from './mesh.ts';
import { dlibPoints } from './mesh-points.ts';
import type { ModelTask, ValueTask } from './task.ts';

/**
 * A second look, in the crop round the first mesh's own points, at faces whose five points the alignment network puts
 * elsewhere: profiles, covered faces, heads on their side. `null` where there was no cause for one.
 */
const meshSecondTask: ModelTask<'mesh.second', FaceMesh | null> = {
  name: 'mesh.second',
  needs: [meshFirstTask.name],
  model: meshModel,
  views: ({ landmarks, values }, { input }) => {
    const points = dlibPoints(values[meshFirstTask.name] as FaceMesh);
    const five = fivePoints(points);
    return fiveAgree(five, landmarks) ? [] : [meshView(points, five, input.width)];
  },
  decode: ({ points, flag }, { crops: [crop] }) =>
    crop === undefined ? null : meshFrom(points?.data ?? [], Number(flag?.data[0]), crop),
};

/** The `mesh` task. */
export const meshTask: ValueTask<'mesh', FaceMesh> = {
  name: 'mesh',
  needs: [meshFirstTask.name, meshSecondTask.name],
  read: ({ values }) => (values[meshSecondTask.name] ?? values[meshFirstTask.name]) as FaceMesh,
};

/** The tasks that `mesh` stands on, and itself. */
export const meshTasks = [meshFirstTask, meshSecondTask, meshTask] as const;
