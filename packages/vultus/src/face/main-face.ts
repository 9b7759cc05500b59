/** Which face of a picture is meant when a call needs one. */

import type { Detection } from './face.ts';
import { boxArea, boxCenter } from './geometry.ts';

/**
 * The main face: the largest, where a face in the middle of the picture counts for its full area and one towards the
 * edge for less: weight = area × max(0.2, 1 − dx² − dy²)², dx and dy being the distance of its centre from the middle,
 * −1…1 from edge to edge. The person a picture is of so wins over a larger passer-by who is cut off at the edge.
 * `undefined` for no faces.
 */
export function mainFace<Face extends Detection>(
  faces: readonly Face[],
  picture: { readonly width: number; readonly height: number },
): Face | undefined {
  let best: Face | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const face of faces) {
    const { x, y } = boxCenter(face.box);
    const dx = (2 * x) / picture.width - 1;
    const dy = (2 * y) / picture.height - 1;
    const weight = boxArea(face.box) * Math.max(0.2, 1 - dx * dx - dy * dy) ** 2;
    if (weight > most) {
      best = face;
      most = weight;
    }
  }
  return best;
}
