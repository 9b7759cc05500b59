/** Turns an annotated picture in its plane. */

import { type Image, rotateImage, warpAffine } from 'vultus';
import type { DetectionTruth } from './detection-truth.ts';

/** The picture turned clockwise on a canvas that holds all of it. */
export function turnPicture(image: Image, degrees: number): Image {
  const turn = ((degrees % 360) + 360) % 360;
  if (turn === 0) return image;
  if (turn % 90 === 0) return rotateImage(image, turn as 90 | 180 | 270);
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const width = Math.round(Math.abs(image.width * c) + Math.abs(image.height * s));
  const height = Math.round(Math.abs(image.width * s) + Math.abs(image.height * c));
  const x = image.width / 2 - (c * width) / 2 - (s * height) / 2;
  const y = image.height / 2 + (s * width) / 2 - (c * height) / 2;
  return warpAffine(image, [c, s, x, -s, c, y], width, height);
}

/**
 * An annotated picture turned clockwise, and its boxes with it. A turned box is the upright box round the turned ellipse
 * inscribed in the original: heads have no corners. Recall by height keeps the upright height.
 */
export function turnTruth(
  image: Image,
  truth: DetectionTruth,
  degrees: number,
): { readonly image: Image; readonly truth: DetectionTruth } {
  const turned = turnPicture(image, degrees);
  if (turned === image) return { image, truth };
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const faces = truth.faces.map((face) => {
    const { box } = face;
    const dx = box.x + box.width / 2 - image.width / 2;
    const dy = box.y + box.height / 2 - image.height / 2;
    const w = Math.hypot(box.width * c, box.height * s);
    const h = Math.hypot(box.width * s, box.height * c);
    return {
      ...face,
      height: box.height,
      box: {
        x: turned.width / 2 + dx * c - dy * s - w / 2,
        y: turned.height / 2 + dx * s + dy * c - h / 2,
        width: w,
        height: h,
      },
    };
  });
  return { image: turned, truth: { file: truth.file, faces } };
}
