/** The faces that labels speak of: found by the engine, or taken as given where a picture is a face and nothing else. */

import {
  type AnalyzedFace,
  type Box,
  type Detection,
  type DetectOptions,
  type Engine,
  iou,
  type Picture,
  type Point,
  type TaskName,
} from 'vultus';

/** Least overlap of a found face with the labelled points' box. */
const leastOverlap = 0.3;

/** The values of the face round the middle of a picture; where none is found, of the whole picture as one face. */
export async function readCentre<const Names extends readonly TaskName[]>(
  engine: Engine,
  picture: Picture,
  tasks: Names,
  detection: DetectOptions = {},
): Promise<{ readonly face: AnalyzedFace<Names>; readonly found: boolean }> {
  const centre = { x: picture.width / 2, y: picture.height / 2 };
  const all = await engine.detect(picture, detection);
  const seen = all.find(({ box }) => holds(box, centre));
  const [face] = await engine.read(picture, [seen ?? wholeFace(picture)], { tasks });
  return { face: face as AnalyzedFace<Names>, found: seen !== undefined };
}

/** The values of the face at labelled points, or `undefined` where the detector did not find it. */
export async function readAt<const Names extends readonly TaskName[]>(
  engine: Engine,
  picture: Picture,
  points: readonly Point[],
  tasks: Names,
): Promise<AnalyzedFace<Names> | undefined> {
  const truth = boxOf(points);
  const best = (await engine.detect(picture)).reduce<Detection | undefined>(
    (kept, each) => (iou(each.box, truth) > Math.max(leastOverlap, kept ? iou(kept.box, truth) : 0) ? each : kept),
    undefined,
  );
  if (best === undefined) return undefined;
  const [face] = await engine.read(picture, [best], { tasks });
  return face;
}

/** Whether a point lies in a box. */
export function holds({ x, y, width, height }: Box, point: Point): boolean {
  return point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
}

function wholeFace({ width, height }: Picture): Detection {
  return { box: { x: 0.1 * width, y: 0.1 * height, width: 0.8 * width, height: 0.8 * height }, score: 0 };
}

function boxOf(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
