/** How well faces are found: average precision, recall by face height, false alarms, the same on turned pictures. */

import { type Box, type Detection, type Image, iou } from 'vultus';
import { annotatedFaces, type DetectionTruth } from './detection-truth.ts';
import { turnTruth } from './detection-turn.ts';

/** A detection is right when it overlaps an annotated face by at least this, the usual bar of WIDER FACE and VOC. */
const hitIou = 0.5;

/** A detection that overlaps an annotated face by this, yet less than {@link hitIou}, found a face and drew it badly. */
const touchIou = 0.15;

/** Face heights in pixels from which recall is reported. */
const heightSteps = [16, 32, 64] as const;

/** One picture's part in the evaluation. */
export interface JudgedPicture {
  readonly truth: DetectionTruth;
  readonly found: readonly Detection[];
}

/** Figures over one set of pictures at one turn. */
export interface DetectionReport {
  /** Clockwise turn of the pictures in degrees. */
  readonly turn: number;
  readonly pictures: number;
  readonly faces: number;
  /** Average precision at IoU 0.5 by WIDER set; faces outside the set are ignored. `all`: every face not marked invalid. */
  readonly ap: Readonly<Record<string, number>>;
  /** Recall of faces not marked invalid from that height in pixels up, as `{"16": {faces, recall}, …}`. */
  readonly recall: Readonly<Record<string, { readonly faces: number; readonly recall: number }>>;
  /** Detections that match no annotated face, invalid ones included. */
  readonly falseAlarms: {
    readonly total: number;
    readonly perPicture: number;
    /** Of these, boxes on an annotated face that miss IoU 0.5, and duplicates. */
    readonly misplaced: number;
    /** Of these, boxes where nothing is annotated: background, or a face that nobody labelled. */
    readonly elsewhere: number;
    /** Of `total`, boxes at least 64 pixels high. */
    readonly large: number;
  };
  /** Median milliseconds of one call of `detect`. */
  readonly medianMs: number;
}

/** What {@link evaluateDetection} needs. */
export interface DetectionEvaluation {
  readonly truth: readonly DetectionTruth[];
  /** Decodes one picture of the truth, upright. */
  readonly load: (file: string) => Promise<Image>;
  readonly detect: (image: Image) => Promise<readonly Detection[]>;
  /** Clockwise turns of the pictures in degrees to repeat the evaluation at; upright always comes first. */
  readonly rotate?: readonly number[];
  readonly onProgress?: (done: number, total: number) => void;
}

/** Evaluates a detector: one report per turn, upright first. */
export async function evaluateDetection(evaluation: DetectionEvaluation): Promise<DetectionReport[]> {
  const turns = [0, ...(evaluation.rotate ?? []).filter((degrees) => degrees % 360 !== 0)];
  const judged = turns.map((): JudgedPicture[] => []);
  const times = turns.map((): number[] => []);
  let done = 0;
  for (const truth of evaluation.truth) {
    const upright = await evaluation.load(truth.file);
    for (const [index, degrees] of turns.entries()) {
      const turned = turnTruth(upright, truth, degrees);
      const start = performance.now();
      const found = await evaluation.detect(turned.image);
      times[index]?.push(performance.now() - start);
      judged[index]?.push({ truth: turned.truth, found });
    }
    evaluation.onProgress?.(++done, evaluation.truth.length);
  }
  return turns.map((turn, index) => judgeDetections(judged[index] ?? [], turn, median(times[index] ?? [])));
}

/** The figures of a list of pictures whose faces were found already. */
export function judgeDetections(pictures: readonly JudgedPicture[], turn = 0, medianMs = 0): DetectionReport {
  const sets = new Set(pictures.flatMap(({ truth }) => truth.faces.flatMap((face) => face.sets ?? [])));
  const ap: Record<string, number> = { all: averagePrecision(pictures, undefined) };
  for (const set of ['easy', 'medium', 'hard']) if (sets.has(set)) ap[set] = averagePrecision(pictures, set);
  const hits = pictures.map(({ truth, found }) => matchFaces(found, truth));
  const recall: Record<string, { faces: number; recall: number }> = {};
  for (const step of heightSteps) {
    let faces = 0;
    let seen = 0;
    pictures.forEach(({ truth }, p) => {
      truth.faces.forEach((face, i) => {
        if (face.invalid || (face.height ?? face.box.height) < step) return;
        faces++;
        if (hits[p]?.includes(i)) seen++;
      });
    });
    recall[step] = { faces, recall: faces > 0 ? seen / faces : 0 };
  }
  const alarms = pictures.flatMap(({ truth, found }, p) =>
    found.filter((_, i) => hits[p]?.[i] === undefined).map((detection) => ({ detection, truth })),
  );
  const misplaced = alarms.filter(({ detection, truth }) =>
    truth.faces.some((face) => iou(face.box, detection.box) >= touchIou || within(detection.box, face.box)),
  ).length;
  return {
    turn,
    pictures: pictures.length,
    faces: annotatedFaces(pictures.map(({ truth }) => truth)),
    ap,
    recall,
    falseAlarms: {
      total: alarms.length,
      perPicture: alarms.length / Math.max(1, pictures.length),
      misplaced,
      elsewhere: alarms.length - misplaced,
      large: alarms.filter(({ detection }) => detection.box.height >= 64).length,
    },
    medianMs,
  };
}

/** For each detection the index of the face it matches, each face at most once, better scores first. */
function matchFaces(found: readonly Detection[], truth: DetectionTruth): (number | undefined)[] {
  const matches: (number | undefined)[] = found.map(() => undefined);
  const taken = new Set<number>();
  const order = found.map((_, i) => i).sort((a, b) => (found[b]?.score ?? 0) - (found[a]?.score ?? 0));
  for (const i of order) {
    let best = hitIou;
    truth.faces.forEach((face, f) => {
      const overlap = found[i] ? iou(found[i].box, face.box) : 0;
      if (taken.has(f) || overlap < best) return;
      best = overlap;
      matches[i] = f;
    });
    const match = matches[i];
    if (match !== undefined) taken.add(match);
  }
  return matches;
}

/** Area under the interpolated precision–recall curve (VOC 2010), other faces than the set's ignored. */
function averagePrecision(pictures: readonly JudgedPicture[], set: string | undefined): number {
  let faces = 0;
  const points: { score: number; right: boolean }[] = [];
  for (const { truth, found } of pictures) {
    const counts = truth.faces.map((face) => !face.invalid && (set === undefined || (face.sets ?? []).includes(set)));
    faces += counts.filter(Boolean).length;
    matchFaces(found, truth).forEach((match, i) => {
      if (match !== undefined && !counts[match]) return;
      points.push({ score: found[i]?.score ?? 0, right: match !== undefined });
    });
  }
  points.sort((a, b) => b.score - a.score);
  let right = 0;
  const curve = points.map((point, i) => {
    if (point.right) right++;
    return { recall: right / Math.max(1, faces), precision: right / (i + 1) };
  });
  let area = 0;
  let ceiling = 0;
  for (let i = curve.length - 1; i >= 0; i--) {
    ceiling = Math.max(ceiling, curve[i]?.precision ?? 0);
    area += ceiling * ((curve[i]?.recall ?? 0) - (curve[i - 1]?.recall ?? 0));
  }
  return area;
}

function within(inner: Box, outer: Box): boolean {
  const x = inner.x + inner.width / 2;
  const y = inner.y + inner.height / 2;
  return x > outer.x && x < outer.x + outer.width && y > outer.y && y < outer.y + outer.height;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
