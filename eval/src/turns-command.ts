/** Where a head points along a clip, and whether its roll follows when the frames are turned by known angles. */

import { type Engine, type Frame, type HeadPose, openVideo } from 'vultus';
import { turnPicture } from './detection-turn.ts';

const axes = ['yaw', 'pitch', 'roll'] as const;

/** Angles by which frames are turned, degrees clockwise. */
const turns = [-40, -25, -10, 10, 25, 40] as const;

/** Options of {@link turnsCommand}. */
export interface TurnsCommandOptions {
  readonly video: string;
  /** First and last frame to look at; default all. */
  readonly from?: number;
  readonly to?: number;
  /** Look at every so-manieth frame. Default 1. */
  readonly every?: number;
  /** Turn every so-manieth of the frames looked at; 0: none. Default 3. */
  readonly turnEvery?: number;
  readonly onProgress?: (doneFrames: number) => void;
}

/** One angle along a clip, in degrees. */
export interface AngleCourse {
  readonly first: number;
  readonly last: number;
  readonly least: number;
  readonly most: number;
  /** The furthest that it goes back on its way from first to last: 0 for a monotone course. */
  readonly setback: number;
  /** Median of what lies between a reading and the middle of its two neighbours. */
  readonly noise: number;
}

/** What was seen. */
export interface TurnsReport {
  readonly frames: number;
  /** Frames in which a face was found. */
  readonly found: number;
  readonly courses: Readonly<Record<(typeof axes)[number], AngleCourse>>;
  /** Mean and greatest difference of the roll of turned frames from that of the frame itself plus the turn. */
  readonly turned: readonly {
    readonly degrees: number;
    readonly frames: number;
    readonly missed: number;
    readonly meanError: number;
    readonly mostError: number;
  }[];
  /** Frames whose roll grows from every turn to the next, and the frames that were turned. */
  readonly monotone: { readonly frames: number; readonly of: number };
  readonly readings: readonly {
    readonly index: number;
    readonly yaw: number;
    readonly pitch: number;
    readonly roll: number;
  }[];
}

/** Reads the pose of the main face of each frame, and of some frames turned in their plane. */
export async function turnsCommand(
  engine: Pick<Engine, 'analyzeMain'>,
  { video, from = 0, to = Number.POSITIVE_INFINITY, every = 1, turnEvery = 3, onProgress }: TurnsCommandOptions,
): Promise<TurnsReport> {
  const poseOf = async (image: Frame['image']): Promise<HeadPose | undefined> =>
    (await engine.analyzeMain(image, { tasks: ['pose'] }))?.pose;
  const readings: { index: number; yaw: number; pitch: number; roll: number }[] = [];
  const rolls: (readonly (number | undefined)[])[] = [];
  let frames = 0;
  for await (const { image, index } of await openVideo(video, { maxSide: 640 })) {
    if (index > to) break;
    if (index < from || (index - from) % every !== 0) continue;
    const pose = await poseOf(image);
    const isTurned = turnEvery > 0 && frames % turnEvery === 0;
    frames++;
    if (pose !== undefined) readings.push({ index, yaw: pose.yaw, pitch: pose.pitch, roll: pose.roll });
    if (pose !== undefined && isTurned) {
      const seen: (number | undefined)[] = [];
      for (const degrees of turns) seen.push((await poseOf(turnPicture(image, degrees)))?.roll);
      rolls.push([...seen.slice(0, 3), pose.roll, ...seen.slice(3)]);
    }
    onProgress?.(frames);
  }
  const courses = Object.fromEntries(axes.map((axis) => [axis, courseOf(readings.map((reading) => reading[axis]))]));
  return {
    frames,
    found: readings.length,
    courses: courses as TurnsReport['courses'],
    turned: turns.map((degrees, at) => errorsAt(rolls, degrees, at < 3 ? at : at + 1)),
    monotone: { frames: rolls.filter(grows).length, of: rolls.length },
    readings,
  };
}

/** The report as two tables for people. */
export function turnsTable({ frames, found, courses, turned, monotone }: TurnsReport): string {
  const row = (cells: readonly (string | number)[]) =>
    cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(1) : cell).padStart(10)).join('');
  return [
    `face found in ${found} of ${frames} frames; degrees`,
    row(['', 'first', 'last', 'least', 'most', 'setback', 'noise']),
    ...axes.map((axis) => {
      const { first, last, least, most, setback, noise } = courses[axis];
      return row([axis, first, last, least, most, setback, noise]);
    }),
    ...(monotone.of === 0
      ? []
      : [
          '',
          'frames turned clockwise: error of the roll',
          row(['turn', 'frames', 'no face', 'mean', 'most']),
          ...turned.map((each) =>
            row([String(each.degrees), String(each.frames), String(each.missed), each.meanError, each.mostError]),
          ),
          `roll grows from turn to turn in ${monotone.frames} of ${monotone.of} frames`,
        ]),
  ].join('\n');
}

/** Summary of one angle, frame by frame. */
export function courseOf(angles: readonly number[]): AngleCourse {
  const [first, last] = [angles[0] ?? Number.NaN, angles.at(-1) ?? Number.NaN];
  const onward = angles.map((angle) => (last >= first ? angle : -angle));
  const noises = angles
    .slice(1, -1)
    .map((angle, i) => Math.abs(angle - ((angles[i] as number) + (angles[i + 2] as number)) / 2))
    .sort((a, b) => a - b);
  let [reached, setback] = [Number.NEGATIVE_INFINITY, 0];
  for (const angle of onward) {
    reached = Math.max(reached, angle);
    setback = Math.max(setback, reached - angle);
  }
  const noise = noises[noises.length >> 1] ?? Number.NaN;
  return { first, last, least: Math.min(...angles), most: Math.max(...angles), setback, noise };
}

function errorsAt(rolls: readonly (readonly (number | undefined)[])[], degrees: number, at: number) {
  const errors = rolls.flatMap((row) => {
    const roll = row[at];
    return roll === undefined ? [] : [Math.abs(roll - (row[3] as number) - degrees)];
  });
  const meanError = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  return {
    degrees,
    frames: rolls.length,
    missed: rolls.length - errors.length,
    meanError,
    mostError: Math.max(...errors),
  };
}

function grows(row: readonly (number | undefined)[]): boolean {
  return row.every((roll, i) => roll !== undefined && (i === 0 || roll > (row[i - 1] ?? Number.POSITIVE_INFINITY)));
}
