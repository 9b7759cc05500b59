/** The five points at their best: the mesh's, joined by the alignment network's where both mean the same. */

import type { FivePoints } from '../face/face.ts';
import { fivePoints } from './landmarks.ts';
import type { FaceMesh } from './mesh.ts';
import { dlibPoints } from './mesh-points.ts';
import type { ValueTask } from './task.ts';
import { distance, middle } from './views.ts';

/** Mean distance of two sets of five points, in eye distances, from which one is wrong; 0.03 is usual. */
const mostApart = 0.08;

/** The `landmarks` task; without it a face's `landmarks` are those of alignment. Measured in `docs/landmarks.md`. */
export const landmarksTask: ValueTask<'landmarks', FivePoints> = {
  name: 'landmarks',
  needs: ['mesh'],
  read: ({ values, landmarks }) => {
    const mesh = fivePoints(dlibPoints(values.mesh as FaceMesh));
    return fiveAgree(mesh, landmarks) ? between(mesh, landmarks) : mesh;
  },
};

/** Whether two networks mean the same five points. */
export function fiveAgree(a: FivePoints, b: FivePoints): boolean {
  const [first, second] = [inOrder(a), inOrder(b)];
  const gaps = first.reduce((sum, point, i) => sum + distance(point, second[i] ?? point), 0);
  return gaps / first.length < mostApart * distance(a.leftEye, a.rightEye);
}

/** The point half-way between each two of the five. */
export function between(a: FivePoints, b: FivePoints): FivePoints {
  return {
    leftEye: middle(a.leftEye, b.leftEye),
    rightEye: middle(a.rightEye, b.rightEye),
    nose: middle(a.nose, b.nose),
    leftMouth: middle(a.leftMouth, b.leftMouth),
    rightMouth: middle(a.rightMouth, b.rightMouth),
  };
}

function inOrder({ leftEye, rightEye, nose, leftMouth, rightMouth }: FivePoints) {
  return [leftEye, rightEye, nose, leftMouth, rightMouth];
}
