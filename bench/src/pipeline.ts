/** From a JPEG with three faces to faceprints: the stages, the overhead over decoding and bare networks, the peers. */

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { type Engine, type Image, Vultus } from 'vultus';
import { openPeers, type Peer } from './peers.ts';
import { BareSessions, type RecordedRun, recordRuns } from './recorder.ts';
import { median, printTable, round1, round2, samplePhoto, timed, writeResult } from './report.ts';

const tasks = ['embed'] as const;

/** The bars that this benchmark prints itself against. */
const bars = { overhead: 1.15, peer: 8 } as const;

type Times = Record<string, { wall: number[]; cpu: number[] }>;

/** Runs and prints it. All that is compared alternates within each round, so that a busy machine slows all alike. */
export async function benchPipeline(options: { rounds: number; peerRounds: number }): Promise<void> {
  const photo = samplePhoto(1);
  const bytes = new Uint8Array(await readFile(photo));
  const runs = await recordRuns((engine) => engine.analyze(bytes, { tasks }));
  const bare = await BareSessions.open(runs);
  await using engine = await Vultus.open({ device: 'cpu' });
  await using single = await Vultus.open({ device: 'cpu', threads: 1 });
  const work = pieces(bytes, runs, bare, engine, single);
  const times: Times = {};
  const faces = (await engine.analyze(bytes, { tasks })).length;
  for (const piece of Object.values(work)) for (let i = 0; i < 3; i++) await piece();
  for (let round = 0; round < options.rounds; round++) await measureRound(work, times);
  const overhead = printOverhead(times, faces, runs);
  const stages = printStages(times);
  const networks = printNetworks(times, runs);
  const peers = options.peerRounds > 0 ? await comparePeers(engine, bytes, options.peerRounds) : undefined;
  writeResult('pipeline', {
    picture: '1920×1280 JPEG, three faces',
    faces,
    rounds: options.rounds,
    overhead,
    stages,
    networks,
    peers,
  });
}

function pieces(
  bytes: Uint8Array,
  runs: readonly RecordedRun[],
  bare: BareSessions,
  engine: Engine,
  single: Engine,
): Record<string, () => Promise<unknown>> {
  const pixels = async () => (await engine.picture(bytes)).pixels();
  let opened = engine.picture(bytes);
  const steps = runs.map((run) => bare.prepare(run));
  return {
    analyze: () => engine.analyze(bytes, { tasks }),
    'analyze, 1 thread': () => single.analyze(bytes, { tasks }),
    // The photograph's profile is sRGB: neither side converts it.
    'decode by sharp': () => sharp(bytes, { ignoreIcc: true, failOn: 'error' }).raw().toBuffer(),
    ...Object.fromEntries(steps.map((step, index) => [`run ${index}`, step])),
    'stage decode': async () => {
      opened = engine.picture(bytes);
      await pixels();
    },
    'stage detect': async () => engine.detect(await freshly(opened)),
    'stage points': async () => engine.analyze(await freshly(opened), { tasks: ['points'] }),
    'stage embed': async () => engine.analyze(await freshly(opened), { tasks }),
  };
}

/** A picture whose full pixels are decoded and whose levels are not made yet. */
async function freshly(picture: ReturnType<Engine['picture']>): Promise<Image> {
  return (await picture).pixels();
}

async function measureRound(work: Record<string, () => Promise<unknown>>, times: Times): Promise<void> {
  for (const [name, piece] of Object.entries(work)) {
    const { ms, cpuMs } = await timed(piece);
    const list = times[name] ?? { wall: [], cpu: [] };
    times[name] = list;
    list.wall.push(ms);
    list.cpu.push(cpuMs);
  }
}

function perRound(times: Times, names: readonly string[], kind: 'wall' | 'cpu'): number[] {
  const rounds = times[names[0] ?? '']?.[kind].length ?? 0;
  return Array.from({ length: rounds }, (_, round) =>
    names.reduce((sum, name) => sum + (times[name]?.[kind][round] ?? 0), 0),
  );
}

function printOverhead(times: Times, faces: number, runs: readonly RecordedRun[]) {
  const runNames = runs.map((_, index) => `run ${index}`);
  const limit = {
    wall: perRound(times, ['decode by sharp', ...runNames], 'wall'),
    cpu: perRound(times, ['decode by sharp', ...runNames], 'cpu'),
  };
  const ratio = (name: string, kind: 'wall' | 'cpu') => median(perRound(times, [name], kind)) / median(limit[kind]);
  const rows = ['analyze', 'analyze, 1 thread'].map((name) => ({
    name,
    ms: round1(median(times[name]?.wall ?? [])),
    cpuMs: round1(median(times[name]?.cpu ?? [])),
    ratio: round2(ratio(name, 'wall')),
    cpuRatio: round2(ratio(name, 'cpu')),
  }));
  const [decode, nets] = [['decode by sharp'], runNames].map((names) => round1(median(perRound(times, names, 'wall'))));
  const total = { ms: round1(median(limit.wall)), cpuMs: round1(median(limit.cpu)) };
  printTable(`Overhead over the limit, ${faces} faces (bar: ratio ≤ ${bars.overhead})`, [
    ['', 'ms', 'CPU ms', 'ratio', 'CPU ratio'],
    [`the limit: decoding ${decode} + bare runs ${nets}`, `${total.ms}`, `${total.cpuMs}`, '1', '1'],
    ...rows.map(({ name, ms, cpuMs, ratio: r, cpuRatio }) => [name, `${ms}`, `${cpuMs}`, `${r}`, `${cpuRatio}`]),
  ]);
  return { bar: bars.overhead, decodeMs: decode, bareRunsMs: nets, limit: total, engines: rows };
}

function printStages(times: Times) {
  const at = (name: string) => median(times[name]?.wall ?? []);
  const detect = at('stage detect');
  const points = at('stage points');
  const stages = {
    decode: round1(at('stage decode')),
    detect: round1(detect),
    'landmarks and crops': round1(points - detect),
    'align and embed': round1(at('stage embed') - points),
  };
  printTable('Stages (medians; the later ones are differences)', [
    ['', 'ms'],
    ...Object.entries(stages).map(([name, ms]) => [name, `${ms}`]),
  ]);
  return stages;
}

function printNetworks(times: Times, runs: readonly RecordedRun[]) {
  const networks = runs.map(({ label, feeds }, index) => ({
    model: label,
    input: Object.values(feeds)[0]?.dims.join('×') ?? '',
    ms: round1(median(times[`run ${index}`]?.wall ?? [])),
  }));
  printTable('Networks that one call runs', [
    ['', 'input', 'bare ms'],
    ...networks.map(({ model, input, ms }) => [model, input, `${ms}`]),
  ]);
  return networks;
}

async function comparePeers(engine: Engine, bytes: Uint8Array, rounds: number) {
  const image = await (await engine.picture(bytes)).pixels();
  const peers = await openPeers(image);
  const ours: Peer[] = [
    {
      name: 'vultus, pixels in',
      what: 'detect, landmarks, embed',
      run: async () => (await engine.analyze(image, { tasks })).length,
    },
    {
      name: 'vultus, JPEG in',
      what: 'decode, detect, landmarks, embed',
      run: async () => (await engine.analyze(bytes, { tasks })).length,
    },
  ];
  const all = [...ours, ...peers];
  const counts: number[] = [];
  for (const peer of all) for (let i = 0; i < 2; i++) counts[all.indexOf(peer)] = await peer.run();
  const wall = all.map((): number[] => []);
  const cpu = all.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, peer] of all.entries()) {
      // Our calls are short; as many as fill a comparable time sample the same machine.
      for (let i = 0; i < (index < ours.length ? 5 : 1); i++) {
        const { ms, cpuMs } = await timed(() => peer.run());
        wall[index]?.push(ms);
        cpu[index]?.push(cpuMs);
      }
    }
  }
  const medians = wall.map(median);
  const cpuMedians = cpu.map(median);
  const rows = all.map(({ name, what }, index) => ({
    name,
    what,
    faces: counts[index] ?? 0,
    ms: round1(medians[index] ?? Number.NaN),
    cpuMs: round1(cpuMedians[index] ?? Number.NaN),
    cpuTimesOurs: round1((cpuMedians[index] ?? Number.NaN) / (cpuMedians[0] ?? Number.NaN)),
    timesOurs: round1((medians[index] ?? Number.NaN) / (medians[0] ?? Number.NaN)),
    timesOursWithDecoding: round1((medians[index] ?? Number.NaN) / (medians[1] ?? Number.NaN)),
  }));
  printTable(`Peers on the same decoded picture (bar: ≥ ${bars.peer} times ours)`, [
    ['', 'faces', 'ms', '× ours', '× with decoding', 'CPU ms', '× ours', 'what'],
    ...rows.map((row) => [
      row.name,
      `${row.faces}`,
      `${row.ms}`,
      `${row.timesOurs}`,
      `${row.timesOursWithDecoding}`,
      `${row.cpuMs}`,
      `${row.cpuTimesOurs}`,
      `  ${row.what}`,
    ]),
  ]);
  return rows;
}
