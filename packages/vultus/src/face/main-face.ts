/** Which face of a picture is meant when a call needs one. */

import type { Detection } from './face.ts';
import { boxArea, boxCenter } from './geometry.ts';

/**
 * The main face: the largest, where a face in the middle counts for up to its full area and one in a corner for a third:
 * weight = area × (1 − ⅔·d²) with d the distance of its centre from the picture's centre, 0 in the middle, 1 in a corner.
 * A portrait's subject so wins over a somewhat larger passer-by cut off at the edge. `undefined` for no faces.
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
    const weight = boxArea(face.box) * (1 - (dx * dx + dy * dy) / 3);
    if (weight > most) {
      best = face;
      most = weight;
    }
  }
  return best;
}
