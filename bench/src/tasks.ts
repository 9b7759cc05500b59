/** Every face task together: on one face, per further face, and against human with its face modules on the same pictures. */

import { readFile } from 'node:fs/promises';
import { type Detection, type Engine, type Image, type Picture, type TaskName, taskNames, Vultus } from 'vultus';
import { openHumanWith } from './peers.ts';
import { median, printTable, round1, round2, samplePhoto, timed, writeResult } from './report.ts';

/** The bars that this benchmark prints itself against. */
const bars = { oneFaceMs: 60, peer: 4 } as const;

/** What is read together, as far as this version has it. */
const wanted: readonly string[] = [
  'pose',
  'landmarks',
  'eyes',
  'mask',
  'glasses',
  'age',
  'gender',
  'ethnicity',
  'emotion',
  'quality',
  'embed',
];

const humanModules = ['mesh', 'iris', 'emotion', 'description'] as const;

interface Samples {
  readonly wall: number[];
  readonly cpu: number[];
}

/** Runs and prints it. */
export async function benchTasks(options: { rounds: number; peerRounds: number }): Promise<void> {
  await using engine = await Vultus.open({ device: 'cpu' });
  const tasks = taskNames.filter((name) => wanted.includes(name));
  const perFace = await benchFaces(engine, tasks, options.rounds);
  const perTask = await benchEach(engine, tasks, options.rounds);
  const peers = options.peerRounds > 0 ? await benchPeer(engine, tasks, options.peerRounds) : undefined;
  writeResult('tasks', { tasks, rounds: options.rounds, bars, perFace, perTask, peers });
}

/** A photograph with four faces: the tasks on the first one, two, three, four of them, found before. */
async function benchFaces(engine: Engine, tasks: readonly TaskName[], rounds: number) {
  const { picture, faces } = await openFaces(engine);
  const samples = faces.map((): Samples => ({ wall: [], cpu: [] }));
  for (let round = -3; round < rounds; round++) {
    for (const [index, { wall, cpu }] of samples.entries()) {
      const { ms, cpuMs } = await timed(() => engine.read(picture, faces.slice(0, index + 1), { tasks }));
      if (round < 0) continue;
      wall.push(ms);
      cpu.push(cpuMs);
    }
  }
  const rows = samples.map(({ wall, cpu }, index) => ({
    faces: index + 1,
    ms: round1(median(wall)),
    cpuMs: round1(median(cpu)),
  }));
  const [first, last] = [rows[0], rows.at(-1)];
  const extraMs = first && last ? round1((last.ms - first.ms) / Math.max(1, rows.length - 1)) : Number.NaN;
  printTable(
    `Every face task on faces found before (bar: one face ≤ ${bars.oneFaceMs} ms), each further face ${extraMs} ms`,
    [['faces', 'ms', 'CPU ms'], ...rows.map(({ faces: count, ms, cpuMs }) => [`${count}`, `${ms}`, `${cpuMs}`])],
  );
  return { rows, extraMs };
}

/** Each task alone on one face, with whatever it needs. */
async function benchEach(engine: Engine, tasks: readonly TaskName[], rounds: number) {
  const { picture, faces } = await openFaces(engine);
  const one = faces.slice(0, 1);
  const rows: { readonly task: string; readonly ms: number; readonly cpuMs: number }[] = [];
  for (const task of ['points' as const, ...tasks]) {
    const samples: Samples = { wall: [], cpu: [] };
    for (let round = 0; round < rounds; round++) {
      const { ms, cpuMs } = await timed(() => engine.read(picture, one, { tasks: [task] }));
      samples.wall.push(ms);
      samples.cpu.push(cpuMs);
    }
    rows.push({ task, ms: round1(median(samples.wall)), cpuMs: round1(median(samples.cpu)) });
  }
  printTable('Each alone on one face, with what it needs', [
    ['task', 'ms', 'CPU ms'],
    ...rows.map(({ task, ms, cpuMs }) => [task, `${ms}`, `${cpuMs}`]),
  ]);
  return rows;
}

async function openFaces(engine: Engine): Promise<{ picture: Picture; faces: Detection[] }> {
  const picture = await engine.picture(new Uint8Array(await readFile(samplePhoto(4))));
  const faces = await engine.detect(picture);
  await picture.pixels();
  return { picture, faces: faces.slice(0, 4) };
}

/** Detection and all tasks from decoded pixels, ours and human's in turn. */
async function benchPeer(engine: Engine, tasks: readonly TaskName[], rounds: number) {
  const rows: Record<string, unknown>[] = [];
  for (const number of [1, 4]) {
    const image: Image = await (await engine.picture(new Uint8Array(await readFile(samplePhoto(number))))).pixels();
    const human = await openHumanWith(image, humanModules);
    const ours = async () => (await engine.analyze(image, { tasks })).length;
    const counts = [await ours(), await human.run()];
    const samples: Samples[] = [ours, human.run].map(() => ({ wall: [], cpu: [] }));
    for (let round = 0; round < rounds; round++) {
      for (const [index, run] of [ours, () => human.run()].entries()) {
        // Our calls are short; several sample the same machine as one of the peer's.
        for (let i = 0; i < (index === 0 ? 4 : 1); i++) {
          const { ms, cpuMs } = await timed(run);
          samples[index]?.wall.push(ms);
          samples[index]?.cpu.push(cpuMs);
        }
      }
    }
    const [ms = Number.NaN, humanMs = Number.NaN] = samples.map(({ wall }) => median(wall));
    const [cpuMs = Number.NaN, humanCpuMs = Number.NaN] = samples.map(({ cpu }) => median(cpu));
    rows.push({
      picture: `sample${number}`,
      size: `${image.width}×${image.height}`,
      faces: counts[0],
      humanFaces: counts[1],
      ms: round1(ms),
      humanMs: round1(humanMs),
      times: round2(humanMs / ms),
      cpuMs: round1(cpuMs),
      humanCpuMs: round1(humanCpuMs),
      cpuTimes: round2(humanCpuMs / cpuMs),
    });
  }
  const columns = [
    'picture',
    'size',
    'faces',
    'humanFaces',
    'ms',
    'humanMs',
    'times',
    'cpuMs',
    'humanCpuMs',
    'cpuTimes',
  ];
  printTable(
    `Detection and every face task, against human with ${humanModules.join(', ')} (bar: ≥ ${bars.peer} times)`,
    [columns, ...rows.map((row) => columns.map((column) => String(row[column])))],
  );
  return { modules: humanModules, rows };
}
