/** Orientation: by which quarter turn a picture stands upright, found by its faces. */

import type { Detector } from '../detect/detector.ts';
import { findFaces } from '../detect/find.ts';
import { turnPicture } from '../detect/turn.ts';
import type { Picture, Rotation } from '../image/image.ts';

/** How a picture lies. */
export interface Orientation {
  /** Clockwise degrees that turn the picture upright; what `rotate` of raw pixels takes. */
  readonly rotate: Rotation;
  /** Evidence for this turn ÷ evidence for all four, 0…1. */
  readonly confidence: number;
  /** Number of faces seen at this turn. */
  readonly faces: number;
}

/** Options of {@link pictureOrientation}. */
export interface OrientationOptions {
  /** Long side of the detector's input; default 320. */
  readonly inputSize?: number;
  readonly signal?: AbortSignal | undefined;
}

const turns: readonly Rotation[] = [0, 90, 180, 270];

/** Faces count from this score. */
const leastScore = 0.5;

/** The turn at which the faces of a picture stand upright; `null` where no turn shows a face. */
export async function pictureOrientation(
  picture: Picture,
  detectors: readonly Detector[],
  { inputSize = 320, signal }: OrientationOptions = {},
): Promise<Orientation | null> {
  const votes = await Promise.all(
    turns.map(async (rotate) => {
      const seen = rotate === 0 ? picture : turnPicture(picture, rotate);
      const options = {
        inputSize,
        scoreThreshold: leastScore,
        rolled: 'off',
        tiles: 'off',
        ...(signal && { signal }),
      } as const;
      const faces = await findFaces(seen, detectors, options);
      // Large faces are surer than small ones; a face counts by its score beyond the threshold.
      const evidence = faces.reduce(
        (sum, { score, box }) => sum + (score - leastScore + 0.01) * Math.sqrt(box.height),
        0,
      );
      return { rotate, evidence, faces: faces.length };
    }),
  );
  const best = votes.reduce((a, b) => (b.evidence > a.evidence ? b : a));
  if (best.faces === 0) return null;
  const total = votes.reduce((sum, { evidence }) => sum + evidence, 0);
  return { rotate: best.rotate, confidence: best.evidence / total, faces: best.faces };
}
