/** Weighs candidates: the scores of all views of a face become one score, their boxes one box. */

import type { Detection } from '../face/face.ts';
import { type Box, clipBox, iou } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { boxViews, type EvidenceWeights, type ScoreWeights, sizePrior, type View, views } from './evidence.data.ts';
import type { Refiner } from './refiner.ts';

/** What the passes over the whole picture found, in pixels of `image`. */
export interface PassFindings {
  /** The level of the picture that closer looks are cut from. */
  readonly image: Image;
  /** Pixels of the picture per pixel of `image`. */
  readonly scale: number;
  readonly fine: readonly Detection[];
  readonly coarse: readonly Detection[];
  /** What the fall-back detectors found; `undefined` where there are none. */
  readonly second: readonly Detection[] | undefined;
}

/** Scores are clamped to this range before their log-odds are taken, so that no single view decides alone. */
const clamp = { low: 0.02, high: 0.999 } as const;

/** A view bears on the box by as much as its score exceeds this. */
const boxScore = 0.2;

/** A box that overlaps the median of all views by less is left out of their mean. */
const agreement = 0.6;

/** All candidates with their fused scores, 0…1, and fused boxes, in the order given. */
export async function weigh(
  candidates: readonly Detection[],
  findings: PassFindings,
  weights: EvidenceWeights,
  refiner: Refiner | undefined,
  signal: AbortSignal | undefined,
): Promise<Detection[]> {
  const boxes = (list: readonly Detection[]) => list.map(({ box }) => box);
  const first = await refiner?.refine(findings.image, boxes(candidates), signal);
  // A second look from where the first one saw the face: it is the steadier witness.
  const again = first && (await refiner?.refine(findings.image, boxes(first), signal));
  const set = chooseWeights(weights, refiner !== undefined, findings.second !== undefined);
  return candidates.map((candidate, i) => {
    const seen = {
      fine: bestMatch(findings.fine, candidate.box),
      coarse: bestMatch(findings.coarse, candidate.box),
      second: bestMatch(findings.second ?? [], candidate.box),
      first: first?.[i],
      again: again?.[i],
    };
    const box = fuseBoxes(seen) ?? candidate.box;
    const points = candidate.points ?? seen.second?.points;
    return {
      box: clipBox(box, findings.image.width, findings.image.height),
      score: fuseScores(seen, box.height * findings.scale, set),
      ...(points && { points }),
    };
  });
}

type Seen = Readonly<Record<View, Detection | undefined>>;

function chooseWeights(weights: EvidenceWeights, refined: boolean, pair: boolean): ScoreWeights {
  if (refined) return pair ? weights.refinedPair : weights.refinedAlone;
  return pair ? weights.pair : weights.alone;
}

/** One score of all views; small faces, whose views say less, must be seen better. */
function fuseScores(seen: Seen, height: number, weights: ScoreWeights): number {
  const halvings = Math.max(0, Math.log2(sizePrior.height / Math.max(1, height)));
  const total =
    weights.bias -
    sizePrior.perHalving * halvings +
    weights.fine * viewLogOdds(seen.fine?.score) +
    weights.coarse * viewLogOdds(seen.coarse?.score) +
    weights.second * viewLogOdds(seen.second?.score) +
    weights.again * viewLogOdds(seen.again?.score);
  return 1 / (1 + Math.exp(-total));
}

type Edges = readonly [left: number, top: number, right: number, bottom: number];

interface WeighedBox {
  readonly edges: Edges;
  readonly weight: number;
}

/** The weighed mean of the views' boxes, without those far from their median; `undefined` when no view counts. */
function fuseBoxes(seen: Seen): Box | undefined {
  const all = views.flatMap((view): WeighedBox[] => {
    const detection = seen[view];
    const { weight, shift } = boxViews[view];
    if (!detection || !(detection.score > boxScore)) return [];
    return [{ edges: shifted(detection.box, shift), weight: weight * (detection.score - boxScore) }];
  });
  if (all.length === 0) return undefined;
  const middle = boxOf(perEdge((edge) => weighedMedian(all, edge)));
  const near = all.filter(({ edges }) => iou(boxOf(edges), middle) > agreement);
  const used = near.length > 0 ? near : all;
  const total = used.reduce((sum, { weight }) => sum + weight, 0);
  return boxOf(perEdge((edge) => used.reduce((sum, box) => sum + box.edges[edge] * box.weight, 0) / total));
}

function shifted({ x, y, width, height }: Box, [left, top, right, bottom]: Edges): Edges {
  return [x + left * width, y + top * height, x + width + right * width, y + height + bottom * height];
}

function perEdge(value: (edge: 0 | 1 | 2 | 3) => number): Edges {
  return [value(0), value(1), value(2), value(3)];
}

function boxOf([left, top, right, bottom]: Edges): Box {
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** The value at which half of the weight is reached. */
function weighedMedian(boxes: readonly WeighedBox[], edge: 0 | 1 | 2 | 3): number {
  const sorted = [...boxes].sort((a, b) => a.edges[edge] - b.edges[edge]);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let reached = 0;
  for (const { edges, weight } of sorted) {
    reached += weight;
    if (reached >= half) return edges[edge];
  }
  return sorted.at(-1)?.edges[edge] ?? 0;
}

/** The best-scored detection that shares the place of a box. */
function bestMatch(detections: readonly Detection[], box: Box): Detection | undefined {
  let best: Detection | undefined;
  for (const detection of detections) {
    if ((!best || detection.score > best.score) && iou(detection.box, box) > 0.3) best = detection;
  }
  return best;
}

/** The log-odds of a view's score, clamped. */
function viewLogOdds(score = 0): number {
  return logOdds(Math.min(clamp.high, Math.max(clamp.low, score)));
}

/** Natural logarithm of the odds of a probability between 0 and 1. */
export function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability));
}
