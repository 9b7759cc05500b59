/** The mesh that is reported: the first look, or a later one where the alignment network or the look before saw something else. */

import type { FivePoints } from '../face/face.ts';
import { fiveAgree } from './five-points.ts';
import { fivePoints } from './landmarks.ts';
import { type FaceMesh, meshFirstTask, meshFrom, meshModel, meshView } from './mesh.ts';
import { dlibPoints } from './mesh-points.ts';
import type { FaceSubject, ModelTask, ValueTask } from './task.ts';

/**
 * A second look, in the crop round the first mesh's own points, at faces whose five points the alignment network puts
 * elsewhere: profiles, covered faces, heads on their side.
 */
const meshSecondTask = anotherLook('mesh.second', meshFirstTask.name, ({ landmarks }) => landmarks);

/** A third where the second moved: a crop that was far off is mended in two steps. */
const meshThirdTask = anotherLook('mesh.third', meshSecondTask.name, ({ values }) =>
  fivePoints(dlibPoints(values[meshFirstTask.name] as FaceMesh)),
);

/** The `mesh` task. */
const meshTask: ValueTask<'mesh', FaceMesh> = {
  name: 'mesh',
  needs: [meshFirstTask.name, meshSecondTask.name, meshThirdTask.name],
  read: ({ values }) =>
    (values[meshThirdTask.name] ?? values[meshSecondTask.name] ?? values[meshFirstTask.name]) as FaceMesh,
};

/** The tasks that `mesh` stands on, and itself. */
export const meshTasks = [meshFirstTask, meshSecondTask, meshThirdTask, meshTask] as const;

/** A look in the crop round an earlier one's points; `null` where there was none, or where `other` means the same five. */
function anotherLook<Name extends string>(
  name: Name,
  earlier: string,
  other: (face: FaceSubject) => FivePoints,
): ModelTask<Name, FaceMesh | null> {
  return {
    name,
    needs: [earlier],
    model: meshModel,
    views: (face, { input }) => {
      const mesh = face.values[earlier] as FaceMesh | null;
      if (mesh === null) return [];
      const points = dlibPoints(mesh);
      const five = fivePoints(points);
      return fiveAgree(five, other(face)) ? [] : [meshView(points, five, input.width)];
    },
    decode: ({ points, flag }, { crops: [crop] }) =>
      crop === undefined ? null : meshFrom(points?.data ?? [], Number(flag?.data[0]), crop),
  };
}
