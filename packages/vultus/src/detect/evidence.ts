/** Weighs a candidate: the scores of the passes, a second detector's opinion, close looks at the crop where these are not enough. */

import type { Detection } from '../face/face.ts';
import { type Box, boxCenter, clipBox, iou } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { warpInTurns } from '../image/warp.ts';
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

/** A pass is sure from here; two sure ones decide, a closer look would not change the outcome. */
const sure = { main: 0.98, second: 0.75 } as const;

/** Boxes of two close looks that overlap by this agree; a third is taken where they do not. */
const agreement = 0.7;

/** Close looks: the crop's side in sides of the candidate, and the network's input. */
const wideLook = { scale: 3.2, side: 128 } as const;
const narrowLook = { scale: 2, side: 128 } as const;
const thirdLook = { scale: 2, side: 160 } as const;

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
  const certain = sureBox(fine, coarse, second);
  const looks = certain ? [] : await lookTwice(candidate.box, findings.image, main, signal);
  const surest = Math.max(fine?.score ?? 0, coarse?.score ?? 0);
  const wide = certain ? surest : looks[0]?.score;
  const narrow = certain ? surest : looks[1]?.score;
  const total = base + weights.wide * logOdds(wide) + weights.narrow * logOdds(narrow);
  const boxes = looks.flatMap((look) => (look && look.score > 0.5 ? [look.box] : []));
  const box = certain ?? (boxes.length > 0 ? meanBox(boxes) : candidate.box);
  return {
    box: clipBox(box, findings.image.width, findings.image.height),
    score: 1 / (1 + Math.exp(-total)),
    ...(points && { points }),
  };
}

/** The box of a face that two passes are sure of and draw alike. */
function sureBox(fine?: Detection, coarse?: Detection, second?: Detection): Box | undefined {
  const boxes = [fine, coarse].flatMap((pass) => (pass && pass.score >= sure.main ? [pass.box] : []));
  const [first, other] = boxes;
  if (first && other && iou(first, other) > agreement) return meanBox(boxes);
  return first && !other && second && second.score >= sure.second ? first : undefined;
}

/** Two close looks, and where they disagree on the box a third, which bears on the box alone. */
async function lookTwice(
  box: Box,
  image: Image,
  main: Detector,
  signal: AbortSignal | undefined,
): Promise<(Detection | undefined)[]> {
  const look = (spec: Look) => lookCloser(box, image, main, spec, signal);
  const [wide, narrow] = await Promise.all([look(wideLook), look(narrowLook)]);
  if (wide && narrow && iou(wide.box, narrow.box) >= agreement) return [wide, narrow];
  return wide || narrow ? [wide, narrow, await look(thirdLook)] : [wide, narrow];
}

interface Look {
  readonly scale: number;
  readonly side: number;
}

/** The main detector's best answer on a crop round the candidate, in pixels of `image`. */
async function lookCloser(
  box: Box,
  image: Image,
  main: Detector,
  { scale, side }: Look,
  signal: AbortSignal | undefined,
): Promise<Detection | undefined> {
  const length = Math.max(box.width, box.height) * scale;
  const centre = boxCenter(box);
  const left = centre.x - length / 2;
  const top = centre.y - length / 2;
  const step = length / side;
  const crop = await warpInTurns(image, [step, 0, left, 0, step, top], side, side);
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
