/** A picture turned in its plane, and the way back: how heads that do not stand upright are found. */

import type { Detection } from '../face/face.ts';
import { clipBox } from '../face/geometry.ts';
import { type Affine, applyAffine, invertAffine } from '../image/affine.ts';
import type { Image, Picture } from '../image/image.ts';
import { rotateImage } from '../image/raw.ts';
import { nextTurn } from '../image/turns.ts';
import { warpAffine, warpInTurns } from '../image/warp.ts';
import { mapPoints } from './letterbox.ts';

/** A picture turned clockwise by `degrees`, on a canvas that holds all of it. */
export interface TurnedPicture extends Picture {
  readonly degrees: number;
  /** A detection on the turned picture → on the original, clipped to it, with the head's roll. */
  restore(detection: Detection): Detection;
}

/** Turns a picture clockwise, level by level, as they are asked for. Degrees: any; multiples of 90 move pixels only. */
export function turnPicture(picture: Picture, degrees: number): TurnedPicture {
  const canvas = turnedSize(picture, degrees);
  const back = invertAffine(turnMap(picture, canvas, degrees));
  return {
    ...canvas,
    degrees,
    async pixels(longSide) {
      if (longSide === undefined) return turnInTurns(await picture.pixels(), degrees);
      // The canvas is larger than the picture, so the picture is read at the level that brings the canvas to size.
      const factor = Math.max(picture.width, picture.height) / Math.max(canvas.width, canvas.height);
      return turnInTurns(await picture.pixels(Math.max(1, Math.round(longSide * factor))), degrees);
    },
    restore(detection) {
      const { x, y, width, height } = detection.box;
      const centre = applyAffine(back, { x: x + width / 2, y: y + height / 2 });
      const size = turnedExtent(width, height, degrees);
      const box = { x: centre.x - size.width / 2, y: centre.y - size.height / 2, ...size };
      const { points } = detection;
      return {
        box: clipBox(box, picture.width, picture.height),
        score: detection.score,
        ...(points && { points: mapPoints(points, (point) => applyAffine(back, point)) }),
        roll: wrapDegrees((detection.roll ?? 0) - degrees),
      };
    },
  };
}

/** `turnImage`, in pieces between which other work on this thread has its turn. */
async function turnInTurns(image: Image, degrees: number): Promise<Image> {
  if (degrees % 90 === 0) {
    await nextTurn();
    return turnImage(image, degrees);
  }
  const canvas = turnedSize(image, degrees);
  return warpInTurns(image, invertAffine(turnMap(image, canvas, degrees)), canvas.width, canvas.height);
}

/** Turns pixels clockwise onto a canvas that holds all of them; what lies outside the picture is black. */
export function turnImage(image: Image, degrees: number): Image {
  const turn = ((degrees % 360) + 360) % 360;
  if (turn === 0) return image;
  if (turn === 90 || turn === 180 || turn === 270) return rotateImage(image, turn);
  const canvas = turnedSize(image, degrees);
  return warpAffine(image, invertAffine(turnMap(image, canvas, degrees)), canvas.width, canvas.height);
}

/** Width and height of an upright box round a turned face: round the ellipse in its box, for heads have no corners. */
function turnedExtent(width: number, height: number, degrees: number): { width: number; height: number } {
  const { c, s } = absoluteTurn(degrees);
  return { width: Math.hypot(width * c, height * s), height: Math.hypot(width * s, height * c) };
}

/** An angle in −180…180, exclusive of −180. */
function wrapDegrees(degrees: number): number {
  const turn = ((degrees % 360) + 360) % 360;
  return turn > 180 ? turn - 360 : turn;
}

function turnedSize(size: { width: number; height: number }, degrees: number): { width: number; height: number } {
  const { c, s } = absoluteTurn(degrees);
  const round = (value: number) => Math.max(1, Math.round(value));
  return { width: round(size.width * c + size.height * s), height: round(size.width * s + size.height * c) };
}

function turnMap(
  from: { width: number; height: number },
  to: { width: number; height: number },
  degrees: number,
): Affine {
  const angle = (degrees * Math.PI) / 180;
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const x = from.width / 2;
  const y = from.height / 2;
  return [c, -s, to.width / 2 - c * x + s * y, s, c, to.height / 2 - s * x - c * y];
}

function absoluteTurn(degrees: number): { c: number; s: number } {
  const angle = (degrees * Math.PI) / 180;
  return { c: Math.abs(Math.cos(angle)), s: Math.abs(Math.sin(angle)) };
}
