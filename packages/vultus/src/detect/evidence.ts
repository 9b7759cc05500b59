/** Weighs a candidate: the scores of the passes, a second detector's opinion, close looks at the crop where these are not enough. */

import type { Detection } from '../face/face.ts';
import { type Box, boxCenter, clipBox, iou } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { warpAffine } from '../image/warp.ts';
import type { Detector } from './detector.ts';
import type { EvidenceWeights } from './evidence.data.ts';
import { meanBox } from './merge.ts';

/** What the passes over the whole picture found, in pixels of `image`. */
export interface PassFindings {
  /** The level of the picture that close looks are cut from. */
  readonly image: Image;
  readonly fine: readonly Detection[];
  readonly coarse: readonly Detection[];
  readonly second: readonly Detection[];
}

/** Scores are clamped to this range before their log-odds are taken, so that no single look decides alone. */
const clamp = { low: 0.02, high: 0.999 } as const;

/** Two passes that both say at least this agree; a closer look would not change the outcome. */
const sure = 0.98;

/** Close looks: the crop's side in sides of the candidate, the network's input, and which weight the score has. */
const looks = [
  { scale: 3.2, side: 128, weight: 'wide' },
  { scale: 2, side: 128, weight: 'narrow' },
  // Bears no weight in the score: a third box to average.
  { scale: 2, side: 160, weight: undefined },
] as const;

/** The candidate with its fused score, 0…1, and a box averaged over the looks that saw a face. */
export async function weigh(
  candidate: Detection,
  findings: PassFindings,
  main: Detector,
  weights: EvidenceWeights,
  signal: AbortSignal | undefined,
): Promise<Detection> {
  const fine = bestMatch(findings.fine, candidate.box);
  const coarse = bestMatch(findings.coarse, candidate.box);
  const second = bestMatch(findings.second, candidate.box);
  const points = candidate.points ?? second?.points;
  const base =
    weights.bias +
    weights.fine * logOdds(fine?.score) +
    weights.coarse * logOdds(coarse?.score) +
    weights.second * logOdds(second?.score);
  if (fine && coarse && Math.min(fine.score, coarse.score) >= sure && iou(fine.box, coarse.box) > 0.6) {
    const score = Math.min(fine.score, coarse.score);
    const total = base + (weights.wide + weights.narrow) * logOdds(score);
    return { box: meanBox([fine.box, coarse.box]), score: probability(total), ...(points && { points }) };
  }
  const seen = await Promise.all(
    looks.map(({ scale, side }) => lookCloser(candidate.box, findings.image, main, scale, side, signal)),
  );
  let total = base;
  looks.forEach(({ weight }, i) => {
    if (weight) total += weights[weight] * logOdds(seen[i]?.score);
  });
  const boxes = seen.flatMap((look) => (look && look.score > 0.5 ? [look.box] : []));
  const box = boxes.length > 0 ? meanBox(boxes) : candidate.box;
  return {
    box: clipBox(box, findings.image.width, findings.image.height),
    score: probability(total),
    ...(points && { points }),
  };
}

/** The main detector's best answer on a crop round the candidate, in pixels of `image`. */
async function lookCloser(
  box: Box,
  image: Image,
  main: Detector,
  scale: number,
  side: number,
  signal: AbortSignal | undefined,
): Promise<Detection | undefined> {
  const length = Math.max(box.width, box.height) * scale;
  const centre = boxCenter(box);
  const left = centre.x - length / 2;
  const top = centre.y - length / 2;
  const step = length / side;
  const crop = warpAffine(image, [step, 0, left, 0, step, top], side, side);
  const pass = { inputSize: side, scoreThreshold: clamp.low, nmsThreshold: 0.3, signal };
  const found = (await main.detect(crop, pass)).map(({ box: b, score }) => ({
    box: { x: left + b.x * step, y: top + b.y * step, width: b.width * step, height: b.height * step },
    score,
  }));
  return bestMatch(found, box);
}

/** The best-scored detection that shares the place of a box. */
function bestMatch(detections: readonly Detection[], box: Box): Detection | undefined {
  let best: Detection | undefined;
  for (const detection of detections) {
    if ((!best || detection.score > best.score) && iou(detection.box, box) > 0.3) best = detection;
  }
  return best;
}

function logOdds(score = 0): number {
  const p = Math.min(clamp.high, Math.max(clamp.low, score));
  return Math.log(p / (1 - p));
}

function probability(total: number): number {
  return 1 / (1 + Math.exp(-total));
}
