/** Alignment templates by name, scaled to any chip size. */

import { VultusError } from '../errors.ts';
import type { FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import { alignmentTemplates } from './template.data.ts';

/** Names of the templates that `crop.template` may give. */
export type TemplateName = keyof typeof alignmentTemplates;

/** The five points of the ArcFace template on a square chip of `size` pixels; the original is 112. */
export function arcfaceTemplate(size = 112): Point[] {
  return templatePoints('arcface', size);
}

/**
 * The five points of a template on a square chip of `size` pixels, in the order of {@link pointList}.
 * Throws `INVALID_ARGUMENT` for an unknown name.
 */
export function templatePoints(name: string, size: number): Point[] {
  if (!Object.hasOwn(alignmentTemplates, name)) {
    const known = Object.keys(alignmentTemplates).join(', ');
    throw new VultusError('INVALID_ARGUMENT', `Alignment template: expected one of ${known}, got ${name}`);
  }
  const template = alignmentTemplates[name as TemplateName];
  const factor = size / template.size;
  return pointList(template.points).map(({ x, y }) => ({ x: x * factor, y: y * factor }));
}

/** Five points as a list: left eye, right eye, nose, left mouth corner, right mouth corner; sides are the picture's. */
export function pointList(points: FivePoints): Point[] {
  return [points.leftEye, points.rightEye, points.nose, points.leftMouth, points.rightMouth];
}
