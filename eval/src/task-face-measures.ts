/** Measures of what is read off faces: points, pose, eyes, mouth, age, gender, emotion. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ageBrackets, type Engine, type FivePoints, isMeasured, type Picture, type Point, rotateImage } from 'vultus';
import {
  files,
  type PointTruth,
  readAflw,
  readDlib,
  readFaceSynthetics,
  readTable,
  readWflw,
  spread,
} from './task-data.ts';
import { readAt, readCentre } from './task-faces.ts';
import { mean, median, share, type TaskFigure } from './task-report.ts';

/** Everything a measure needs. */
export interface MeasureRun {
  readonly engine: Engine;
  /** The folder of the data. */
  readonly data: string;
  /** Most pictures per set. */
  readonly limit: number;
  readonly open: (file: string) => Promise<Picture>;
}

/** Points of each scheme that the five of alignment correspond to. */
const fiveOf = {
  '68': {
    eyes: [
      [36, 42],
      [42, 48],
    ],
    nose: 30,
    mouth: [48, 54],
  },
  '98': {
    eyes: [
      [60, 68],
      [68, 76],
    ],
    nose: 54,
    mouth: [76, 82],
  },
} as const;

const fivePointTasks = ['landmarks', 'points', 'points68', 'points98', 'mouth', 'pose'] as const;

/** Errors of points in parts of the distance of the outer eye corners. */
export async function measureLandmarks({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const wflw = readWflw(join(data, 'landmarks', 'wflw98_wider.tsv'), join(data, 'detection', 'wider'));
  const dlib = join(data, 'detection', 'dlib');
  const sets: readonly (readonly [string, readonly PointTruth[]])[] = [
    ['WFLW on WIDER', wflw],
    ['FaceSynthetics', readFaceSynthetics(join(data, 'landmarks', 'facesynthetics'))],
    ['dlib faces', ['testing', 'training'].flatMap((name) => readDlib(dlib, `${name}_with_face_landmarks.xml`))],
  ];
  const figures: TaskFigure[] = [];
  for (const [name, all] of sets) {
    const errors: Record<string, number[]> = {
      'mesh, own scheme': [],
      'network, inner': [],
      five: [],
      'five, yaw within 50°': [],
      'five of alignment': [],
    };
    const mouths: number[] = [];
    const truth = spread(all, limit);
    for (const { file, points, scheme } of truth) {
      const picture = await open(file);
      const face = await readAt(engine, picture, points, fivePointTasks);
      if (face === undefined) continue;
      const [outerLeft, outerRight] = scheme === '98' ? [60, 72] : [36, 45];
      const unit = gap(points[outerLeft] as Point, points[outerRight] as Point);
      const own = scheme === '98' ? face.points98 : face.points68;
      errors['mesh, own scheme']?.push(meanGap(own, points) / unit);
      if (scheme === '68') errors['network, inner']?.push(meanGap(face.points.slice(17), points.slice(17)) / unit);
      const five = fiveOfScheme(points, scheme);
      const error = meanGap(inOrder(face.landmarks), five) / unit;
      errors.five?.push(error);
      if (Math.abs(face.pose.yaw) <= 50) errors['five, yaw within 50°']?.push(error);
      errors['five of alignment']?.push(meanGap(fiveOfScheme(face.points, '68'), five) / unit);
      if (isMeasured(face.mouth)) mouths.push(Math.abs(face.mouth.openness - mouthOf(points, scheme)));
    }
    for (const [kind, values] of Object.entries(errors)) {
      if (values.length === 0) continue;
      const task = kind.startsWith('five') ? 'landmarks' : kind.startsWith('mesh') ? 'mesh' : 'points';
      figures.push({ task, metric: `NME ${kind}, ${name}`, value: mean(values), unit: '%', count: values.length });
      figures.push({ task, metric: `median of it`, value: median(values), unit: '%', count: values.length });
    }
    figures.push({
      task: 'landmarks',
      metric: `found, ${name}`,
      value: (errors.five?.length ?? 0) / truth.length,
      unit: '%',
      count: truth.length,
    });
    figures.push({
      task: 'mouth',
      metric: `mean error of openness, ${name}`,
      value: mean(mouths),
      unit: '',
      count: mouths.length,
    });
  }
  return figures;
}

/** Errors of angles, upright and on turned pictures. */
export async function measurePose({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const errors = { yaw: [] as number[], pitch: [] as number[], roll: [] as number[] };
  const turned: number[] = [];
  for (const truth of spread(readAflw(join(data, 'headpose', 'aflw2000_16')), limit)) {
    const picture = await open(truth.file);
    const { face } = await readCentre(engine, picture, ['pose']);
    for (const axis of ['yaw', 'pitch', 'roll'] as const) errors[axis].push(Math.abs(face.pose[axis] - truth[axis]));
    if (Math.abs(truth.yaw) > 40 || Math.abs(truth.pitch) > 25) continue;
    for (const degrees of [90, 180, 270] as const) {
      const image = rotateImage(await picture.pixels(), degrees);
      const [found] = await engine.analyze(image, { tasks: ['pose'], maxFaces: 1, rolled: 'always' });
      if (found) turned.push(Math.abs(wrap(found.pose.roll - face.pose.roll - degrees)));
    }
  }
  const figures = Object.entries(errors).map(
    ([axis, values]): TaskFigure => ({
      task: 'pose',
      metric: `mean error of ${axis}, AFLW2000`,
      value: mean(values),
      unit: '°',
      count: values.length,
    }),
  );
  const metric = 'roll within 15° on pictures turned by 90, 180, 270';
  const within = share(turned.map((error) => error <= 15));
  return [...figures, { task: 'pose', metric, value: within, unit: '%', count: turned.length }];
}

/** Age brackets, gender and ethnicity on FairFace's validation crops, the last two by group as well. */
export async function measurePeople({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const folder = join(data, 'attributes', 'fairface');
  const rows = spread(readTable(join(folder, 'labels.csv')), limit);
  const [off, years, five, seven]: [number[], number[], boolean[], boolean[]] = [[], [], [], []];
  const byGroup = new Map<string, boolean[]>();
  const sevenByGroup = new Map<string, boolean[]>();
  for (const { file = '', age = '', gender = '', race = '' } of rows) {
    const { face } = await readCentre(engine, await open(join(folder, file)), ['age', 'gender', 'ethnicity']);
    const label = age === 'more than 70' ? '70+' : age;
    off.push(Math.abs(ageBrackets.indexOf(face.age.bracket) - (ageBrackets as readonly string[]).indexOf(label)));
    years.push(Math.abs(face.age.years - middleOf(label)));
    const right = face.gender.label === gender.toLowerCase();
    for (const group of ['all', race, gender]) byGroup.set(group, [...(byGroup.get(group) ?? []), right]);
    five.push(face.ethnicity.label === classOfRace[race]);
    seven.push(face.ethnicity.group === race);
    sevenByGroup.set(race, [...(sevenByGroup.get(race) ?? []), face.ethnicity.group === race]);
  }
  return [
    rightShare(
      'age',
      'right bracket of nine, FairFace',
      off.map((each) => each === 0),
    ),
    rightShare(
      'age',
      'at most one bracket off',
      off.map((each) => each <= 1),
    ),
    {
      task: 'age',
      metric: 'mean distance from the middle of the bracket',
      value: mean(years),
      unit: 'years',
      count: rows.length,
    },
    ...[...byGroup].map(([group, right]) => rightShare('gender', `right, FairFace, ${group}`, right)),
    rightShare('ethnicity', 'right of five, FairFace', five),
    rightShare('ethnicity', 'right of seven, FairFace', seven),
    ...[...sevenByGroup].map(([group, right]) => rightShare('ethnicity', `right of seven, ${group}`, right)),
  ];
}

/** The five classes by FairFace's labels. */
const classOfRace: Readonly<Record<string, string>> = {
  Black: 'black',
  'East Asian': 'asian',
  Indian: 'asian',
  'Southeast Asian': 'asian',
  Latino_Hispanic: 'latino_hispanic',
  'Middle Eastern': 'middle_eastern',
  White: 'white',
};

function rightShare(task: TaskFigure['task'], metric: string, right: readonly boolean[]): TaskFigure {
  return { task, metric, value: share(right), unit: '%', count: right.length };
}

const ferNames: Readonly<Record<string, string>> = {
  angry: 'angry',
  disgust: 'disgusted',
  fear: 'fearful',
  happy: 'happy',
  neutral: 'neutral',
  sad: 'sad',
  surprise: 'surprised',
};

/** Expressions of FER2013, the same number of each class. */
export async function measureEmotion({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const folder = join(data, 'emotion', 'fer2013-train');
  const figures: TaskFigure[] = [];
  const all: boolean[] = [];
  for (const name of readdirSync(folder).sort()) {
    const right: boolean[] = [];
    for (const file of spread(files(join(folder, name)), Math.max(1, Math.floor(limit / 7)))) {
      const { face } = await readCentre(engine, await open(join(folder, name, file)), ['emotion']);
      right.push(face.emotion.label === ferNames[name]);
    }
    all.push(...right);
    figures.push({
      task: 'emotion',
      metric: `right, FER2013, ${ferNames[name] ?? name}`,
      value: share(right),
      unit: '%',
      count: right.length,
    });
  }
  return [
    { task: 'emotion', metric: 'right, FER2013, all', value: share(all), unit: '%', count: all.length },
    ...figures,
  ];
}

function inOrder({ leftEye, rightEye, nose, leftMouth, rightMouth }: FivePoints): Point[] {
  return [leftEye, rightEye, nose, leftMouth, rightMouth];
}

function fiveOfScheme(points: readonly Point[], scheme: '68' | '98'): Point[] {
  const { eyes, nose, mouth } = fiveOf[scheme];
  const centre = ([from, to]: readonly [number, number]) => {
    const part = points.slice(from, to);
    return { x: mean(part.map(({ x }) => x)), y: mean(part.map(({ y }) => y)) };
  };
  return [
    centre(eyes[0]),
    centre(eyes[1]),
    points[nose] as Point,
    points[mouth[0]] as Point,
    points[mouth[1]] as Point,
  ];
}

/** Mean gap of the inner lips ÷ width of the mouth, on labelled points. */
function mouthOf(points: readonly Point[], scheme: '68' | '98'): number {
  const at = scheme === '68' ? [61, 67, 62, 66, 63, 65, 60, 64] : [89, 95, 90, 94, 91, 93, 88, 92];
  const gaps = [0, 2, 4, 6].map((i) => gap(points[at[i] as number] as Point, points[at[i + 1] as number] as Point));
  return mean(gaps.slice(0, 3)) / Math.max(gaps[3] as number, 1e-6);
}

function meanGap(a: readonly Point[], b: readonly Point[]): number {
  return mean(a.map((point, i) => gap(point, b[i] as Point)));
}

function gap(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function middleOf(bracket: string): number {
  const [from = 0, to = 80] = bracket.replace('+', '').split('-').map(Number);
  return (from + to + 1) / 2;
}

function wrap(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
