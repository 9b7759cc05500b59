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
} from '@vultus/eval';
import type { Image, Point } from 'vultus';
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
  const shapes = shapesOf(kind, face, next, colourAt(image, cheek(face.points)));
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

/** Between the nose and the jaw: skin on most faces. */
function cheek(points: readonly Point[]): Point {
  const [jaw, nose] = [points[3], points[31]];
  return { x: ((jaw?.x ?? 0) + (nose?.x ?? 0)) / 2, y: ((jaw?.y ?? 0) + (nose?.y ?? 0)) / 2 };
}

function colourAt({ width, height, data }: Image, { x, y }: Point): string {
  const within = (value: number, size: number) => Math.min(size - 1, Math.max(0, Math.round(value)));
  const at = (within(y, height) * width + within(x, width)) * 3;
  return `rgb(${data[at]},${data[at + 1]},${data[at + 2]})`;
}
