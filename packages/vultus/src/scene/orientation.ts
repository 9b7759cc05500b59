/** Orientation: by which quarter turn a picture stands upright, found by its faces. */

import type { Detector } from '../detect/detector.ts';
import { logOdds } from '../detect/evidence.ts';
import { findFaces } from '../detect/find.ts';
import type { Refiner } from '../detect/refiner.ts';
import { turnPicture } from '../detect/turn.ts';
import type { Detection } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import type { Picture, Rotation } from '../image/image.ts';
import type { TaskHost } from '../task/host.ts';
import { type FaceMesh, meshFirstTask } from '../task/mesh.ts';
import { dlibPoints } from '../task/mesh-points.ts';
import { runTasks, type TaskRun } from '../task/run.ts';
import { distance } from '../task/views.ts';

/** How a picture lies. */
export interface Orientation {
  /** Clockwise degrees that turn the picture upright; what `rotate` of raw pixels takes. */
  readonly rotate: Rotation;
  /** Evidence for this turn ÷ evidence for all four, 0…1. */
  readonly confidence: number;
  /** Number of faces that were seen at this turn. */
  readonly faces: number;
}

/** Options of {@link pictureOrientation}. */
export interface OrientationOptions {
  /** Long side of the detector's input; default 640. */
  readonly inputSize?: number;
  readonly signal?: AbortSignal | undefined;
}

const turns: readonly Rotation[] = [0, 90, 180, 270];

/** Faces count from this score. */
const leastScore = 0.5;

/** The largest faces of a picture whose landmarks are asked. */
const mostFaces = 4;

/** Mean distance of the two networks' points, in eye distances, at which a face's weight falls to 1/e; 0.05 is usual. */
const agreement = 0.1;

/** Scores are not told apart beyond this. */
const surest = 1 - 1e-6;

/**
 * The turn at which the faces of a picture stand upright; `null` where no turn shows a face. Each face counts by the
 * log-odds of its score: detectors see sideways faces too, but less surely. The largest count up to twice, as far as their
 * landmarks stand upright.
 * @param watchers detectors, and a refiner where there is one, without which scores say less
 * @throws VultusError `MODEL_NOT_FOUND` without a mesh model
 */
export async function pictureOrientation(
  picture: Picture,
  { detectors, refiner }: { readonly detectors: readonly Detector[]; readonly refiner?: Refiner | undefined },
  host: TaskHost,
  { inputSize = 640, signal }: OrientationOptions = {},
): Promise<Orientation | null> {
  const votes = await Promise.all(
    turns.map(async (rotate) => {
      const seen = rotate === 0 ? picture : turnPicture(picture, rotate);
      const search = { inputSize, scoreThreshold: leastScore, rolled: 'off', tiles: 'off', sortBy: 'size' } as const;
      const faces = await findFaces(seen, detectors, { ...search, ...(signal && { signal }) }, refiner);
      const standing = await uprightness(seen, faces.slice(0, mostFaces), { host, signal });
      const weights = faces.map(({ score }, i) => logOdds(Math.min(score, surest)) * (1 + (standing[i] ?? 0)));
      return { rotate, faces: faces.length, evidence: weights.reduce((sum, weight) => sum + weight, 0) };
    }),
  );
  const best = votes.reduce((a, b) => (b.evidence > a.evidence ? b : a));
  if (best.evidence === 0) return null;
  const total = votes.reduce((sum, { evidence }) => sum + evidence, 0);
  return { rotate: best.rotate, confidence: best.evidence / total, faces: best.faces };
}

/**
 * How surely each face stands upright, 0…1: two networks find its points, each for itself, and agree only on a face that
 * stands; times the cosine between its chin's direction and down.
 */
async function uprightness(
  picture: Picture,
  faces: readonly Detection[],
  { host, signal }: Pick<TaskRun, 'host' | 'signal'>,
): Promise<number[]> {
  const tasks = [meshFirstTask];
  const values = await runTasks(picture, faces, ['points', meshFirstTask.name], { host, tasks, signal });
  return values.map((face) => {
    const points = face.points as unknown as readonly Point[];
    const mesh = face[meshFirstTask.name] as FaceMesh;
    const points68 = dlibPoints(mesh);
    const at = (index: number) => points68[index] ?? { x: 0, y: 0 };
    const unit = Math.max(distance(at(36), at(45)), 1e-6);
    const apart = points.reduce((sum, point, i) => sum + distance(point, at(i)), 0) / points.length / unit;
    const [root, chin] = [at(27), at(8)];
    const down = (chin.y - root.y) / Math.max(distance(root, chin), 1e-6);
    return mesh.presence * Math.max(0, down) * Math.exp(-apart / agreement);
  });
}
