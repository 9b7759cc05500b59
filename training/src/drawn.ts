/** Changes that draw on a face: masks below the nose, hands and objects, each by a lot that its name decides. */

import { createHash } from 'node:crypto';
import {
  type DrawableFace,
  type FaceRegion,
  glassesShape,
  maskShape,
  paint,
  randomGlasses,
  randomMask,
  randomOccluder,
  seededRandom,
  skinColour,
} from '@vultus/eval';
import type { Image } from 'vultus';
import type { Sample } from './head.ts';

/** What can be drawn. */
export type Drawing = 'mask' | 'low mask' | 'sunglasses' | `something before the ${FaceRegion}`;

/** A change that draws; the same name gives the same drawing. */
export function drawn(kind: Drawing, file: string): NonNullable<Sample['change']> {
  const seed = createHash('sha256').update(`${kind} ${file}`).digest().readUInt32BE();
  return {
    name: `${kind}, second edition`,
    apply: (image, { box, points }) => draw(image, { height: box.height, points }, kind, seededRandom(seed)),
  };
}

function draw(image: Image, face: DrawableFace, kind: Drawing, next: () => number): Promise<Image> {
  const shapes = shapesOf(kind, face, next, skinColour(image, face.points));
  // As soft as the picture itself is: else a head would learn to see crisp edges instead of things.
  return paint(image, shapes, face.height * (0.003 + 0.007 * next()));
}

function shapesOf(kind: Drawing, face: DrawableFace, next: () => number, skin: string): string {
  if (kind === 'mask') return maskShape(face, randomMask(next, 0.12 + 0.45 * next()));
  if (kind === 'low mask') return maskShape(face, randomMask(next, 1));
  if (kind === 'sunglasses') return glassesShape(face, randomGlasses(next, 'sunglasses'));
  const region = kind.slice('something before the '.length) as FaceRegion;
  return randomOccluder(next, face, region, skin);
}
