/** How well near–far liveness tells heads from prints, on sessions rendered from photographs of different people. */

import { join } from 'node:path';
import { NearFarCheck, type NearFarOptions, nearFarPoints, nearFarTasks, type Vultus, VultusError } from 'vultus';
import { type NearFarShape, type NearFarSubject, nearFarShapes, renderNearFar } from './near-far-scene.ts';
import { listTree } from './picture-sets.ts';
import { normal, seededRandom } from './random.ts';

/** Options of {@link nearFarCommand}. */
export interface NearFarCommandOptions {
  /** One folder per person; the first picture of each is taken. */
  readonly folder: string;
  /** People with a face that looks ahead. Default 24. */
  readonly limit?: number;
  /** Leave out the first so many of them. Default 0. */
  readonly skip?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** One session. */
export interface NearFarSession {
  readonly person: string;
  readonly shape: NearFarShape;
  /** Absent where the check did not come to its end: no face, or a head turned too far. */
  readonly verdict?: { readonly live: boolean; readonly score: number; readonly residual: number };
}

/** What came out of one shape. */
export interface NearFarScore {
  readonly shape: NearFarShape;
  readonly sessions: number;
  readonly unfinished: number;
  readonly accepted: number;
  /** Heads: the share that was refused (BPCER); prints: the share that was accepted (APCER). */
  readonly errorRate: number;
  /** Least, quartiles, greatest. */
  readonly scores: readonly number[];
}

/** The whole run. */
export interface NearFarReport {
  readonly people: number;
  readonly scores: readonly NearFarScore[];
  readonly sessions: readonly NearFarSession[];
}

/** Distances of a session in face widths: three frames far away, three near. */
const distances = [3.4, 3.3, 3.2, 1.7, 1.65, 1.6] as const;
const frame = { width: 640, height: 480 } as const;
/** The check's limit in degrees: a turned print looks turned. */
const maxAngle = 30;

/** Renders every session and has it judged. @throws VultusError `INVALID_ARGUMENT` where no face of the folder looks ahead */
export async function nearFarCommand(
  engine: Vultus,
  { folder, limit = 24, skip = 0, onProgress }: NearFarCommandOptions,
): Promise<NearFarReport> {
  const sessions: NearFarSession[] = [];
  let people = 0;
  let left = skip;
  for (const [person, path] of await firstPictures(folder)) {
    if (people >= limit) break;
    const subject = await subjectOf(engine, path);
    if (subject === undefined || left-- > 0) continue;
    people++;
    for (const shape of nearFarShapes)
      sessions.push({ person, shape, ...(await runSession(engine, subject, shape, people)) });
    onProgress?.(people, limit);
  }
  if (people === 0) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `Expected a folder per person with a face that looks ahead in ${folder}, got none`,
    );
  }
  return { people, scores: nearFarShapes.map((shape) => scoreOf(shape, sessions)), sessions };
}

/** The face of a photograph; `undefined` where there is none, or it looks aside by more than so many degrees. */
export async function subjectOf(engine: Vultus, source: string, mostTurned = 12): Promise<NearFarSubject | undefined> {
  const picture = await engine.picture(source);
  const face = await engine.analyzeMain(picture, { tasks: ['mesh', 'pose'] });
  if (face === null || Math.abs(face.pose.yaw) > mostTurned || Math.abs(face.pose.pitch) > mostTurned) return undefined;
  return { photo: await picture.pixels(), mesh: face.mesh, faceWidth: face.box.width };
}

/** One session of a subject, held by an unsteady hand before a noisy camera. @param seed of hand and noise */
export async function runSession(
  engine: Vultus,
  subject: NearFarSubject,
  shape: NearFarShape,
  seed: number,
  options: NearFarOptions = {},
): Promise<Pick<NearFarSession, 'verdict'>> {
  const check = new NearFarCheck({ frames: 3, maxAngle, ...options });
  const random = seededRandom(seed);
  for (const distance of distances) {
    const [shiftX, shiftY, roll] = [0.02 * normal(random), 0.02 * normal(random), 2 * normal(random)];
    const image = renderNearFar(subject, { shape, distance, shiftX, shiftY, roll, noise: 4 }, frame, random);
    const face = await engine.analyzeMain(image, { tasks: nearFarTasks, tiles: 'off', rolled: 'off' });
    if (face === null) continue;
    const { yaw, pitch } = face.pose;
    const { verdict } = check.next({ ...frame, faceWidth: face.box.width, points: nearFarPoints(face), yaw, pitch });
    if (verdict !== undefined) return { verdict };
  }
  return {};
}

/** The report as a table for people. */
export function nearFarTable({ people, scores }: NearFarReport): string {
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(11))).join('');
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `${people} people; heads by their meshes, and prints moved closer`,
    row(['shape', 'sessions', 'unfinished', 'accepted', 'APCER', 'BPCER', 'least', '25 %', 'median', '75 %', 'most']),
    ...scores.map(({ shape, sessions, unfinished, accepted, errorRate, scores: five }) =>
      row([
        shape,
        ...[sessions, unfinished, accepted].map(String),
        ...(shape === 'head' ? ['', percent(errorRate)] : [percent(errorRate), '']),
        ...five.map((score) => score.toFixed(2)),
      ]),
    ),
  ].join('\n');
}

function scoreOf(shape: NearFarShape, all: readonly NearFarSession[]): NearFarScore {
  const own = all.filter((session) => session.shape === shape);
  const verdicts = own.flatMap(({ verdict }) => verdict ?? []);
  const accepted = verdicts.filter(({ live }) => live).length;
  const sorted = verdicts.map(({ score }) => score).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  const errors = shape === 'head' ? own.length - accepted : accepted;
  return {
    shape,
    sessions: own.length,
    unfinished: own.length - verdicts.length,
    accepted,
    errorRate: errors / own.length,
    scores: [0, 0.25, 0.5, 0.75, 1].map(at),
  };
}

async function firstPictures(folder: string): Promise<(readonly [person: string, path: string])[]> {
  const files = (await listTree(folder)).sort();
  const first = new Map<string, string>();
  for (const file of files) {
    const person = file.slice(0, file.indexOf('/'));
    if (!first.has(person)) first.set(person, join(folder, file));
  }
  return [...first];
}
