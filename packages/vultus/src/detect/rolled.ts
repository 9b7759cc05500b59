/** The search for heads that do not stand upright: cheap probes at turns of the picture, full searches at the best ones. */

import type { Detection } from '../face/face.ts';
import type { Picture } from '../image/image.ts';
import type { Detector } from './detector.ts';
import { evidenceWeights } from './evidence.data.ts';
import { logOdds } from './evidence.ts';
import { sizeStep } from './letterbox.ts';
import { looseOverlap, mergeFaces, sameFace } from './merge.ts';
import { type SearchOptions, type SearchResult, searchUpright, type Watchers } from './search.ts';
import { turnPicture } from './turn.ts';

/** Clockwise turns that are tried: the main detector tolerates about 35° of roll either way. */
const turns = [45, 90, 135, 180, 225, 270, 315] as const;

/** A head that looks this much like a face, where no upright face was reported, is cause to look. */
const causeScore = 0.35;

/** Such a head must be at least this part of the picture's long side: specks in a crowd are no cause. */
const causeSize = 0.04;

/** Where no large face reaches this fused score, the picture may stand on its head: networks see faces in turned ones too. */
const sureScore = 0.998;

/** A probe's face counts from this score. */
const probeScore = 0.8;

/** This many turns, those whose probes show most, are searched in full. */
const fullSearches = 2;

/** A face of a turn that shows more than the upright picture must reach this. */
const turnedScore = 0.8;

/**
 * A turn must show this much more than the upright picture before it is believed, see {@link evidence}: turns by an eighth
 * more than others, for a head that lies so is mostly seen upright too, while half-hidden faces pass for slanted ones.
 */
const turnGain = { quarter: 2.5, eighth: 6 } as const;

/** A face of any other turn must reach this: more turns are more chances of a false alarm. */
const lonelyScore = 0.99;

/** Probes run at this part of the input size: heads that only a full search would find are rarely alone. */
const probePart = 0.5;

/**
 * The faces of the upright search joined with those found on turned copies of the picture, in pixels of the original,
 * these with their roll. `auto` looks only when the upright search gives cause: no face, none beyond doubt, or a head that
 * was not confirmed; `always` searches every turn in full; `off` none.
 */
export async function joinRolled(
  picture: Picture,
  watchers: Watchers,
  options: SearchOptions,
  upright: SearchResult,
  mode: 'auto' | 'always' | 'off',
): Promise<Detection[]> {
  const { faces } = upright;
  const main = watchers.detectors[0];
  if (mode === 'off' || (mode === 'auto' && !hasCause(picture, upright, main))) return [...faces];
  const chosen = mode === 'always' ? turns : await bestTurns(picture, main, options);
  const searched: { readonly faces: readonly Detection[]; readonly lead: number }[] = [];
  for (const degrees of chosen) {
    const turned = turnPicture(picture, degrees);
    const result = await searchUpright(turned, watchers, options);
    const found = result.faces.filter(({ score }) => score >= turnedScore).map((face) => turned.restore(face));
    const gain = degrees % 90 === 0 ? turnGain.quarter : turnGain.eighth;
    searched.push({ faces: found, lead: evidence(found) - evidence(faces) - gain });
  }
  const [best, ...rest] = searched.sort((a, b) => b.lead - a.lead);
  if (best === undefined) return [...faces];
  const others = mode === 'always' ? rest.flatMap((turn) => turn.faces) : [];
  if (best.lead > 0) return addLonely(joinTurns(faces, best.faces), others, options.nmsThreshold);
  return addLonely(faces, [...best.faces, ...others], options.nmsThreshold);
}

/** Scores are not told apart beyond this. */
const surest = 1 - 1e-6;

/** How much speaks for faces: the sum of the log-odds of their scores, as far as they speak for a face at all. */
function evidence(faces: readonly Detection[]): number {
  return faces.reduce((sum, { score }) => sum + Math.max(0, logOdds(Math.min(score, surest))), 0);
}

function total(faces: readonly Detection[]): number {
  return faces.reduce((sum, { score }) => sum + score, 0);
}

/** One face found upright and turned overlaps loosely, for its boxes differ: the better stays. */
function joinTurns(upright: readonly Detection[], turned: readonly Detection[]): Detection[] {
  const beats = (a: Detection, b: Detection) => a.score >= b.score && sameFace(a.box, b.box, looseOverlap);
  const added = turned.filter((face) => !upright.some((other) => beats(other, face)));
  return [...upright.filter((face) => !added.some((other) => beats(other, face))), ...added];
}

/** Adds the surest of the others where no face is yet. */
function addLonely(faces: readonly Detection[], others: readonly Detection[], nmsThreshold: number): Detection[] {
  const free = (face: Detection) => faces.every((known) => !sameFace(known.box, face.box, looseOverlap));
  const sure = others.filter((face) => face.score >= lonelyScore && free(face));
  return [...faces, ...mergeFaces(sure, nmsThreshold)];
}

function hasCause(picture: Picture, { faces, doubtful }: SearchResult, main: Detector): boolean {
  if (faces.length === 0) return true;
  const smallest = causeSize * Math.max(picture.width, picture.height);
  const large = ({ box }: Detection) => box.height >= smallest;
  const fused = Object.hasOwn(evidenceWeights, main.id);
  if (fused && !faces.some((face) => face.score >= sureScore && large(face))) return true;
  const missed = (head: Detection) => faces.every((face) => !sameFace(face.box, head.box, looseOverlap));
  return doubtful.some((head) => head.score >= causeScore && large(head) && missed(head));
}

/** The turns whose probes have the largest sums of scores; none when no probe shows a face. */
async function bestTurns(picture: Picture, main: Detector, options: SearchOptions): Promise<readonly number[]> {
  const inputSize = Math.max(sizeStep, Math.round((options.inputSize * probePart) / sizeStep) * sizeStep);
  const { nmsThreshold, signal } = options;
  const pass = { inputSize, scoreThreshold: probeScore, nmsThreshold, signal };
  const probes = await Promise.all(
    turns.map(async (degrees) => {
      const turned = turnPicture(picture, degrees);
      return { degrees, gain: total(await main.detect(await turned.pixels(inputSize), pass)) };
    }),
  );
  return probes
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain)
    .slice(0, fullSearches)
    .map(({ degrees }) => degrees);
}
