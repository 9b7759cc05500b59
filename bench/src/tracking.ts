/** What following faces costs: the tracker alone, and with models against detecting on every frame. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineFinder, type Frame, type Observation, openVideo, Tracker, type TrackingMode, Vultus } from 'vultus';
import { median, printTable, round1, round2, writeResult } from './report.ts';

/** What the figures are held to. */
const bars = { overheadMs: 0.2, timesDetecting: 4, gapMs: 50, growthPercent: 3 } as const;

/** Options of {@link benchTracking}. */
export interface TrackingBenchOptions {
  /** Passes over the clip in each mode, alternating; 0: without. */
  readonly rounds: number;
  /** Frames of the clip that are held in memory. */
  readonly frames: number;
  /** Frames followed by landmarks in a row for the memory's course; 0: without. */
  readonly soak: number;
}

/** Prints and writes all of it; what needs the clip is left out, saying so, where the data are absent. */
export async function benchTracking({ rounds, frames, soak }: TrackingBenchOptions): Promise<void> {
  const alone = trackerAlone(20, 20_000);
  const clip = join(
    process.env.VULTUS_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url)),
    'video/obama_3ddfa.mp4',
  );
  if (!existsSync(clip)) {
    process.stdout.write(`\nWithout ${clip} nothing is measured with models; set VULTUS_DATA\n`);
    writeResult('tracking', { bars, alone });
    return;
  }
  const decoded = await decode(clip, frames);
  await using engine = await Vultus.open({ device: 'cpu' });
  const shown = `obama_3ddfa.mp4, 1280×720, one face, ${decoded.length} frames`;
  if (rounds > 0)
    writeResult('tracking', { bars, alone, clip: shown, modes: await compareModes(engine, decoded, rounds) });
  if (soak > 0) writeResult('tracking-memory', { bars, clip: shown, ...(await course(engine, decoded, soak)) });
}

/** Twenty faces in motion, detections given: milliseconds per frame without any model. */
function trackerAlone(faces: number, frames: number) {
  const lists = Array.from({ length: 200 }, (_, frame) => scene(frame, faces));
  const tracker = new Tracker();
  const times: number[] = [];
  const before = heapMB();
  for (let frame = 0; frame < frames; frame++) {
    const list = lists[frame % lists.length] as readonly Observation[];
    const start = performance.now();
    tracker.update(list, (frame + 1) * 33);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => Number((times[Math.floor(share * (frames - 1))] ?? 0).toFixed(3));
  const figures = { faces, frames, medianMs: at(0.5), p95Ms: at(0.95), heapGrowthMB: round1(heapMB() - before) };
  printTable(`The tracker alone, ${faces} faces, ${frames} frames (bar: median ≤ ${bars.overheadMs} ms)`, [
    ['', 'ms'],
    ['median', `${figures.medianMs}`],
    ['95 %', `${figures.p95Ms}`],
  ]);
  return figures;
}

async function decode(clip: string, frames: number): Promise<Frame[]> {
  const decoded: Frame[] = [];
  for await (const frame of await openVideo(clip)) if (decoded.push(frame) >= frames) break;
  return decoded;
}

/** All modes over the same frames, decoded before; alternating, so that a busy machine slows all alike. */
async function compareModes(engine: Vultus, frames: readonly Frame[], rounds: number) {
  const modes = ['detect', 'by-detection', 'light'] as const;
  const times = new Map<TrackingMode, number[]>(modes.map((mode) => [mode, []]));
  const gaps = new Map<TrackingMode, number[]>(modes.map((mode) => [mode, []]));
  for (const mode of modes) await pass(engine, frames.slice(0, 20), mode);
  for (let round = 0; round < rounds; round++) {
    for (const mode of modes) {
      const { ms, gap } = await pass(engine, frames, mode);
      times.get(mode)?.push(ms / frames.length);
      gaps.get(mode)?.push(gap);
    }
  }
  const every = times.get('detect') ?? [];
  const rows = modes.map((mode) => {
    const own = times.get(mode) ?? [];
    return {
      mode,
      msPerFrame: round2(median(own)),
      fps: round1(1000 / median(own)),
      timesDetecting: round2(median(every.map((ms, round) => ms / (own[round] ?? Number.NaN)))),
      leastTimes: round2(Math.min(...every.map((ms, round) => ms / (own[round] ?? Number.NaN)))),
      gapMs: round1(median(gaps.get(mode) ?? [])),
      mostGapMs: round1(Math.max(...(gaps.get(mode) ?? []))),
    };
  });
  printTable(
    `720p, one face, detector at 640, ${frames.length} frames, ${rounds} rounds (bars: light ≥ ${bars.timesDetecting} times detecting, event loop gap ≤ ${bars.gapMs} ms)`,
    [
      ['', 'ms a frame', 'frames/s', 'times', 'least', 'gap ms', 'most'],
      ...rows.map((row) => [
        row.mode,
        `${row.msPerFrame}`,
        `${row.fps}`,
        `${row.timesDetecting}`,
        `${row.leastTimes}`,
        `${row.gapMs}`,
        `${row.mostGapMs}`,
      ]),
    ],
  );
  return rows;
}

/** One pass of a fresh tracker. @returns its time, and the longest that a 2 ms timer had to wait */
async function pass(engine: Vultus, frames: readonly Frame[], mode: TrackingMode) {
  const tracker = new Tracker({ mode, finder: engineFinder(engine) });
  let [gap, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
  }, 2);
  const start = performance.now();
  for (const { image, timestampMs } of frames) await tracker.update(image, timestampMs);
  clearInterval(timer);
  return { ms: performance.now() - start, gap };
}

/** Memory while the clip is followed over and over. */
async function course(engine: Vultus, frames: readonly Frame[], total: number) {
  const tracker = new Tracker({ mode: 'light', finder: engineFinder(engine) });
  const samples: { readonly done: number; readonly rssMB: number; readonly heapMB: number }[] = [];
  const start = performance.now();
  for (let done = 1; done <= total; done++) {
    const { image } = frames[done % frames.length] as Frame;
    await tracker.update(image, done * 33);
    if (done % Math.ceil(total / 20) !== 0 && done !== total) continue;
    const rssMB = Math.round(process.memoryUsage().rss / 2 ** 20);
    samples.push({ done, rssMB, heapMB: round1(heapMB()) });
    process.stderr.write(`  ${done} of ${total} frames, ${rssMB} MB\n`);
  }
  const mean = (list: typeof samples) => list.reduce((sum, { rssMB }) => sum + rssMB, 0) / list.length;
  const second = samples.slice(Math.floor(samples.length / 4), Math.ceil(samples.length / 2));
  const last = samples.slice(-Math.ceil(samples.length / 4));
  const growthPercent = round1((mean(last) / mean(second) - 1) * 100);
  const seconds = round1((performance.now() - start) / 1000);
  printTable(`Memory over ${total} frames followed (${seconds} s; bar: growth ≤ ${bars.growthPercent} %)`, [
    ['frames', 'RSS MB', 'heap MB'],
    ...samples.map((sample) => [`${sample.done}`, `${sample.rssMB}`, `${sample.heapMB}`]),
    ['growth %, last quarter against the second', `${growthPercent}`, ''],
  ]);
  if (growthPercent > bars.growthPercent) process.exitCode = 1;
  return { frames: total, seconds, samples, growthPercent };
}

/** Faces that swing about their places and so end where they began; five points each. */
function scene(frame: number, faces: number): Observation[] {
  return Array.from({ length: faces }, (_, face) => {
    const angle = (2 * Math.PI * frame) / 200 + face;
    const x = 60 + 240 * (face % 5) + 40 * Math.cos(angle);
    const y = 60 + 160 * Math.floor(face / 5) + 30 * Math.sin(angle);
    const at = (u: number, v: number) => ({ x: x + u, y: y + v });
    const points = {
      leftEye: at(20, 25),
      rightEye: at(50, 25),
      nose: at(35, 45),
      leftMouth: at(22, 62),
      rightMouth: at(48, 62),
    };
    return { box: { x, y, width: 70, height: 90 }, score: 0.9, points };
  });
}

function heapMB(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
