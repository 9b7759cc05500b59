/** The search for heads that do not stand upright: cheap probes at turns of the picture, a full search at the best one. */

import type { Detection } from '../face/face.ts';
import type { Picture } from '../image/image.ts';
import type { Detector } from './detector.ts';
import { sizeStep } from './letterbox.ts';
import { looseOverlap, sameFace } from './merge.ts';
import { type SearchOptions, type SearchResult, searchUpright, type Watchers } from './search.ts';
import { turnPicture } from './turn.ts';

/** Clockwise turns that are tried: the main detector tolerates about 35° of roll either way. */
const turns = [45, 90, 135, 180, 225, 270, 315] as const;

/** A head that looks this much like a face, where no upright face was reported, is cause to look. */
const causeScore = 0.35;

/** Such a head must be at least this part of the picture's long side: specks in a crowd are no cause. */
const causeSize = 0.04;

/** A probe's face counts from this score. */
const probeScore = 0.8;

/** A face on a turned picture must reach this: seven more turns are seven more chances of a false alarm. */
const turnedScore = 0.97;

/** Probes run at this part of the input size: heads that only a full search would find are rarely alone. */
const probePart = 0.5;

/**
 * Faces found on turned copies of the picture, in pixels of the original, with their roll.
 * `auto`: only when the upright search gives cause (no face, or a fall-back saw a head that it did not report), and then
 * at the one turn whose probe shows most; `always`: a full search at every turn; `off`: none.
 */
export async function rotatedFaces(
  picture: Picture,
  watchers: Watchers,
  options: SearchOptions,
  upright: SearchResult,
  mode: 'auto' | 'always' | 'off',
): Promise<Detection[]> {
  if (mode === 'off' || (mode === 'auto' && !hasCause(picture, upright))) return [];
  const chosen = mode === 'always' ? turns : await bestTurns(picture, watchers.detectors[0], options);
  const found: Detection[] = [];
  for (const degrees of chosen) {
    const turned = turnPicture(picture, degrees);
    const { faces } = await searchUpright(turned, watchers, options);
    found.push(...faces.filter((face) => face.score >= turnedScore).map((face) => turned.restore(face)));
  }
  return found;
}

function hasCause(picture: Picture, upright: SearchResult): boolean {
  if (upright.faces.length === 0) return true;
  const smallest = causeSize * Math.max(picture.width, picture.height);
  const missed = (head: Detection) => upright.faces.every((face) => !sameFace(face.box, head.box, looseOverlap));
  return upright.doubtful.some((head) => head.score >= causeScore && head.box.height >= smallest && missed(head));
}

/** The turn whose probe has the largest sum of scores; none when no probe shows a face. */
async function bestTurns(picture: Picture, main: Detector, options: SearchOptions): Promise<readonly number[]> {
  const inputSize = Math.max(sizeStep, Math.round((options.inputSize * probePart) / sizeStep) * sizeStep);
  const { nmsThreshold, signal } = options;
  const pass = { inputSize, scoreThreshold: probeScore, nmsThreshold, signal };
  const gains = await Promise.all(
    turns.map(async (degrees) => {
      const turned = turnPicture(picture, degrees);
      const faces = await main.detect(await turned.pixels(inputSize), pass);
      return faces.reduce((sum, face) => sum + face.score, 0);
    }),
  );
  const best = gains.indexOf(Math.max(...gains));
  const degrees = turns[best];
  if (degrees === undefined || (gains[best] ?? 0) === 0) return [];
  return [degrees];
}
