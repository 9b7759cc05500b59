/** The points on which near–far sees most. */

import type { Point } from '../face/geometry.ts';
import type { FaceMesh } from '../task/mesh.ts';
import { dlibDepths } from '../task/mesh-points.ts';
import type { DeepPoint } from './near-far-fit.ts';

/** The tasks to read off a face for {@link nearFarPoints}; `pose` is for the frame's angles. */
export const nearFarTasks = ['mesh', 'points', 'pose'] as const;

/**
 * The mesh, and the 68 points of the alignment network at the mesh's depths: two networks that smooth perspective away
 * differently show more of it together than either.
 */
export function nearFarPoints({
  mesh,
  points,
}: {
  readonly mesh: FaceMesh;
  readonly points: readonly Point[];
}): DeepPoint[] {
  const depths = dlibDepths(mesh);
  return [...mesh.points, ...points.map(({ x, y }, i) => ({ x, y, z: depths[i] ?? 0 }))];
}
