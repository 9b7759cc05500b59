/** Measures of what is read off whole pictures: sharpness, light, liveness, orientation, people. */

import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { liveFrom, type Picture, rotateImage } from 'vultus';
import { files, readDlib, spread } from './task-data.ts';
import type { MeasureRun } from './task-face-measures.ts';
import { holds, readCentre } from './task-faces.ts';
import { mean, median, share, type TaskFigure } from './task-report.ts';

/** Sharpness of photographs and of blurred copies; light of faces under extreme lamps. */
export async function measureQuality({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const figures: TaskFigure[] = [];
  const photos = spread(lfwPhotos(data), Math.min(limit, 80));
  for (const sigma of [0, 1.5, 3]) {
    const good: boolean[] = [];
    for (const file of photos) {
      const bytes = sigma === 0 ? file : await sharp(file).blur(sigma).jpeg({ quality: 95 }).toBuffer();
      const picture = await engine.picture(bytes);
      const { face } = await readCentre(engine, picture, ['quality']);
      good.push(face.quality.blur.verdict === 'good');
    }
    const what = sigma === 0 ? 'as they are' : `blurred by σ ${sigma}`;
    figures.push({
      task: 'quality',
      metric: `called sharp, LFW ${what}`,
      value: share(good),
      unit: '%',
      count: good.length,
    });
  }
  for (const [name, factor] of [
    ['as they are', 1],
    ['darkened to a sixth', 1 / 6],
    ['brightened threefold', 3],
  ] as const) {
    const good: boolean[] = [];
    for (const file of photos) {
      const bytes = factor === 1 ? file : await sharp(file).linear(factor, 0).jpeg({ quality: 95 }).toBuffer();
      const { face } = await readCentre(engine, await engine.picture(bytes), ['quality']);
      good.push(face.quality.exposure.verdict === 'good');
    }
    figures.push({
      task: 'quality',
      metric: `called well lit, LFW ${name}`,
      value: share(good),
      unit: '%',
      count: good.length,
    });
  }
  const accepted: boolean[] = [];
  for (const file of photos) accepted.push((await engine.checkEnrollment(await open(file))).accept);
  return [
    ...figures,
    { task: 'enrollment', metric: 'accepted, LFW', value: share(accepted), unit: '%', count: accepted.length },
  ];
}

/** APCER (copies taken for people), BPCER (people refused) of the network per source, and on two clips. */
export async function measureLiveness(run: MeasureRun): Promise<TaskFigure[]> {
  const root = join(run.data, 'antispoof');
  const list = (folder: string) => files(join(root, folder)).map((name) => join(root, folder, name));
  const named = (folder: string, test: RegExp) => list(folder).filter((file) => test.test(file));
  const sources: (readonly [string, readonly string[], readonly string[]])[] = [
    ['minivision', named('minivision', /_T/), named('minivision', /_F/)],
    ['vietmoney', named('vietmoney', /true_/), named('vietmoney', /fake_/)],
    ...readdirSync(join(root, 'replay-crops'))
      .sort()
      .map(
        (name) =>
          [`tight crops, ${name}`, list(`replay-crops/${name}/real`), list(`replay-crops/${name}/fake`)] as const,
      ),
  ];
  const figures: TaskFigure[] = [];
  for (const [name, live, copies] of sources) {
    figures.push(...errorFigures(name, await scores(run, live), await scores(run, copies)));
  }
  const folder = await mkdtemp(join(tmpdir(), 'vultus-clips-'));
  try {
    const clip = (name: string) => frames(join(run.data, 'video', name), join(folder, name));
    const live = await clip('live_apfol_real2.webm');
    const copies = await clip('live_apfol_fake2.webm');
    figures.push(...errorFigures('frames of two clips', await scores(run, live), await scores(run, copies)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const strangers = await scores(run, spread(lfwPhotos(run.data), 60));
  const refused = share(strangers.map((score) => score < liveFrom));
  return [
    ...figures,
    { task: 'liveness', metric: 'BPCER, LFW photographs', value: refused, unit: '%', count: strangers.length },
  ];
}

/** Pictures of WIDER that are stored upside down themselves. */
const storedTurned: readonly string[] = ['20_Family_Group_Family_Group_20_90.jpg'];

/** Quarter turns found again. */
export async function measureOrientation({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const figures: TaskFigure[] = [];
  const wider = join(data, 'detection', 'wider', 'WIDER_val', 'images');
  const crowds = readdirSync(wider)
    .sort()
    .flatMap((folder) => {
      const names = files(join(wider, folder), '.jpg').filter((name) => !storedTurned.includes(name));
      return names.map((name) => join(wider, folder, name));
    });
  for (const [name, list] of [
    ['LFW', lfwPhotos(data)],
    ['WIDER', crowds],
  ] as const) {
    const right: boolean[] = [];
    for (const file of spread(list, Math.min(limit, 60))) {
      const image = await (await open(file)).pixels();
      for (const turn of [0, 90, 180, 270] as const) {
        const found = await engine.orientation(turn === 0 ? image : rotateImage(image, turn));
        right.push(found !== null && (found.rotate + turn) % 360 === 0);
      }
    }
    figures.push({
      task: 'orientation',
      metric: `right, ${name} at four turns`,
      value: share(right),
      unit: '%',
      count: right.length,
    });
  }
  return figures;
}

/** People found round labelled faces; the data have no labels of other objects. */
export async function measureScene({ engine, data, limit, open }: MeasureRun): Promise<TaskFigure[]> {
  const folder = join(data, 'detection', 'dlib');
  const truth = ['testing', 'training'].flatMap((name) => readDlib(folder, `${name}_with_face_landmarks.xml`));
  const [person, nose]: [boolean[], number[]] = [[], []];
  const seen = new Map<
    string,
    {
      picture: Picture;
      objects: Awaited<ReturnType<typeof engine.objects>>;
      bodies: Awaited<ReturnType<typeof engine.bodies>>;
    }
  >();
  for (const { file, points } of spread(truth, limit)) {
    const picture = seen.get(file)?.picture ?? (await open(file));
    const { objects, bodies } = seen.get(file) ?? {
      objects: await engine.objects(picture, { labels: ['person'] }),
      bodies: await engine.bodies(picture),
    };
    seen.set(file, { picture, objects, bodies });
    const tip = points[30] ?? { x: 0, y: 0 };
    person.push(objects.some(({ box }) => holds(box, tip)));
    const width = Math.abs((points[45]?.x ?? 0) - (points[36]?.x ?? 0));
    const gaps = bodies.map(
      ({ joints }) => Math.hypot((joints[0]?.x ?? 0) - tip.x, (joints[0]?.y ?? 0) - tip.y) / width,
    );
    nose.push(Math.min(...gaps, 9));
  }
  return [
    {
      task: 'objects',
      metric: 'faces inside a person, dlib faces',
      value: share(person),
      unit: '%',
      count: person.length,
    },
    {
      task: 'bodies',
      metric: 'noses within an eye distance of a body\u2019s, dlib faces',
      value: share(nose.map((each) => each < 1)),
      unit: '%',
      count: nose.length,
    },
    {
      task: 'bodies',
      metric: 'median distance of the nose in eye distances',
      value: median(nose),
      unit: '',
      count: nose.length,
    },
  ];
}

function errorFigures(name: string, live: readonly number[], copies: readonly number[]): TaskFigure[] {
  const apcer = share(copies.map((score) => score >= liveFrom));
  const bpcer = share(live.map((score) => score < liveFrom));
  return [
    { task: 'liveness', metric: `APCER, ${name}`, value: apcer, unit: '%', count: copies.length },
    { task: 'liveness', metric: `BPCER, ${name}`, value: bpcer, unit: '%', count: live.length },
    {
      task: 'liveness',
      metric: `ACER, ${name}`,
      value: mean([apcer, bpcer]),
      unit: '%',
      count: live.length + copies.length,
    },
  ];
}

async function scores({ engine, open }: MeasureRun, list: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  for (const file of list) {
    const { face } = await readCentre(engine, await open(file), ['liveness']);
    found.push(face.liveness.score);
  }
  return found;
}

/** Two frames a second of a clip, by ffmpeg. */
async function frames(clip: string, prefix: string): Promise<string[]> {
  await promisify(execFile)('ffmpeg', [
    '-v',
    'error',
    '-i',
    clip,
    '-vf',
    'fps=2',
    '-frames:v',
    '40',
    `${prefix}-%03d.png`,
  ]);
  const folder = join(prefix, '..');
  const name = prefix.slice(folder.length + 1);
  return files(folder, '.png')
    .filter((each) => each.startsWith(name))
    .map((each) => join(folder, each));
}

function lfwPhotos(data: string): string[] {
  const root = join(data, 'verification', 'lfw');
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ folder: join(root, name), first: files(join(root, name), '.jpg')[0] }))
    .flatMap(({ folder, first }) => (first === undefined ? [] : [join(folder, first)]))
    .sort();
}
