/** The usual landmark schemes, read off the mesh by a fixed mapping. */

import type { Point } from '../face/geometry.ts';
import type { FaceMesh } from './mesh.ts';
import { dlib68, jd106, type MeshBlend, wflw98 } from './mesh-schemes.data.ts';
import type { ValueTask } from './task.ts';

/** Points of a scheme in pixels of the upright picture; they may lie outside it. */
export type SchemePoints = readonly Point[];

/** The `points98` task: WFLW's order, see `wflw98`. */
export const points98Task = schemeTask('points98', wflw98);

const dlibBlends = dlib68.map((place) => wflw98[place] as MeshBlend);

/** The `points68` task: dlib's order, from the mesh; `points` are the same 68 from the alignment network. */
export const points68Task = schemeTask('points68', dlibBlends);

/** The `points106` task: JD's order, see `jd106`. */
export const points106Task = schemeTask(
  'points106',
  jd106.map((place) => (typeof place === 'number' ? (wflw98[place] as MeshBlend) : [place.mesh, place.mesh, 0])),
);

/** dlib's 68 points of a mesh. */
export function dlibPoints(mesh: FaceMesh): Point[] {
  return blendMesh(mesh, dlibBlends);
}

/** The depths of dlib's 68 points of a mesh. */
export function dlibDepths({ points }: FaceMesh): number[] {
  const depth = (index: number) => points[index]?.z ?? 0;
  return dlibBlends.map(([a, b, t]) => depth(a) + t * (depth(b) - depth(a)));
}

/** Places between mesh points. */
function blendMesh({ points }: FaceMesh, blends: readonly MeshBlend[]): Point[] {
  return blends.map(([a, b, t]) => {
    const [from, to] = [points[a] as Point, points[b] as Point];
    return { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
  });
}

function schemeTask<Name extends string>(name: Name, blends: readonly MeshBlend[]): ValueTask<Name, SchemePoints> {
  return { name, needs: ['mesh'], read: ({ values }) => blendMesh(values.mesh as FaceMesh, blends) };
}
