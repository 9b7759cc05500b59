/** What covers a face: one network says it for `mask`, `glasses`, `occlusion` and `templateQuality`. */

import { cropTransform } from '../align/crop.ts';
import type { Affine } from '../image/affine.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { numbers } from './outputs.ts';
import type { FaceSubject, ModelTask } from './task.ts';
import { distance, mirrored, squareView } from './views.ts';

/** The network's answers: mean probabilities of both views by label, and the vector's length before it is made 1. */
export interface Cover {
  readonly mask: Readonly<Record<string, number>>;
  readonly glasses: Readonly<Record<string, number>>;
  /** Probability that each part is covered. */
  readonly covered: { readonly eyes: number; readonly nose: number; readonly mouth: number };
  /** Length of the embedding of the face as it is: networks of this kind give faint vectors to faces that they can hardly read. */
  readonly strength: number;
}

/** A part of the tasks about what is worn and covered. */
export const coverTask: ModelTask<'cover.network', Cover> = {
  name: 'cover.network',
  model: (entries) => entries.find(({ family }) => family === 'face-cover'),
  views: coverAndMirror,
  decode: ({ mask, glasses, eyesCovered, noseCovered, mouthCovered, embedding }, _, entry) => {
    const covered = (output: string, values: typeof mask) => shares(entry, output, values).covered ?? 0;
    return {
      mask: shares(entry, 'mask', mask),
      glasses: shares(entry, 'glasses', glasses),
      covered: {
        eyes: covered('eyesCovered', eyesCovered),
        nose: covered('noseCovered', noseCovered),
        mouth: covered('mouthCovered', mouthCovered),
      },
      strength: Math.hypot(...numbers(embedding).slice(0, embedding?.dims.at(-1))),
    };
  },
};

/** Both views of the network: the face and its mirror image. */
export function coverAndMirror(face: FaceSubject, entry: ModelEntry): readonly Affine[] {
  const view = coverView(face, entry);
  return [view, mirrored(view, entry.input.width)];
}

/** Distance of the eyes ÷ width of the box below which the points are not believed; it is 0.4 on bare faces. */
const leastEyeGap = 0.3;

/**
 * Where the network looks: the aligned face. Masks can draw all points up to the forehead: where the eyes lie too close for the box, the crop is
 * laid by the box, so that eyes and mouth come to lie where alignment would put them on a frontal face.
 */
export function coverView(
  { detection, landmarks, picture }: Pick<FaceSubject, 'detection' | 'landmarks' | 'picture'>,
  { input }: ModelEntry,
): Affine {
  const { box } = detection;
  const believed = distance(landmarks.leftEye, landmarks.rightEye) >= leastEyeGap * box.width;
  if (believed && input.crop !== undefined)
    return cropTransform(input.crop, { ...detection, landmarks }, input, picture);
  const centre = { x: box.x + box.width / 2, y: box.y + 0.405 * box.width };
  return squareView({ centre, side: 1.41 * box.width }, input.width);
}

/** Mean probabilities of both views under the labels that the manifest names for an output. */
function shares({ params }: ModelEntry, output: string, values: Parameters<typeof numbers>[0]): Record<string, number> {
  const labels = (params?.labelsOf as Readonly<Record<string, readonly string[]>> | undefined)?.[output] ?? [];
  const given = numbers(values);
  return Object.fromEntries(labels.map((label, i) => [label, ((given[i] ?? 0) + (given[labels.length + i] ?? 0)) / 2]));
}
