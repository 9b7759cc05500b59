/** Drawings of small pictures are enlarged: lines and letters have a least size below which nobody can read them. */

import type { Box, FivePoints, Point } from 'vultus';
import type { Drawing, DrawnFace } from './drawn.ts';

/** Long side that a small picture's drawing reaches at least, as far as whole factors up to `mostScale` go. */
const leastSide = 720;
const mostScale = 8;

/** The whole factor by which a picture's drawing is enlarged; 1 for any picture of 720 pixels or more. */
export function drawingScale({ width, height }: { readonly width: number; readonly height: number }): number {
  return Math.min(mostScale, Math.max(1, Math.ceil(leastSide / Math.max(width, height))));
}

/** The drawing on a picture that was enlarged. */
export function scaleDrawing({ faces = [], objects = [], bodies = [] }: Drawing, factor: number): Drawing {
  if (factor === 1) return { faces, objects, bodies };
  const point = <T extends Point>(each: T): T => ({ ...each, x: each.x * factor, y: each.y * factor });
  const points = (list: readonly Point[]) => list.map(point);
  const box = ({ x, y, width, height }: Box): Box => ({
    x: x * factor,
    y: y * factor,
    width: width * factor,
    height: height * factor,
  });
  const marks = (landmarks: FivePoints | readonly Point[]) =>
    'leftEye' in landmarks
      ? (Object.fromEntries(
          Object.entries(landmarks).map(([name, each]) => [name, point(each)]),
        ) as unknown as FivePoints)
      : points(landmarks);
  const scaleFace = (face: DrawnFace): DrawnFace => ({
    ...face,
    box: box(face.box),
    ...(face.landmarks && { landmarks: marks(face.landmarks) }),
    ...(face.mesh && { mesh: points(face.mesh) }),
  });
  return {
    faces: faces.map(scaleFace),
    objects: objects.map((object) => ({ ...object, box: box(object.box) })),
    bodies: bodies.map((body) => ({ ...body, box: box(body.box), joints: body.joints.map(point) })),
  };
}
