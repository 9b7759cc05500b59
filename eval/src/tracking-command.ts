/** Follows the faces of marked clips in both modes and prints ids, switches, gaps and speed. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { engineFinder, openVideo, Tracker, type TrackingEngine, type TrackingMode } from 'vultus';
import { judgeSingle, judgeTracking, type PersonReport, type TrackedFrame, type TrackingTruth } from './tracking.ts';

/** Options of {@link trackingCommand}. */
export interface TrackingCommandOptions {
  /** Folder of the clips. */
  readonly videos: string;
  /** Marking of clips with several people, see `eval/marking/tracking.json`. */
  readonly truth?: string;
  /** Clips with one face. */
  readonly singles?: readonly string[];
  readonly modes?: readonly TrackingMode[];
  /** Look at the first so many milliseconds only. */
  readonly endMs?: number;
}

/** One clip in one mode. */
export interface TrackingReport {
  readonly clip: string;
  readonly mode: TrackingMode;
  readonly frames: number;
  /** Tracking alone, decoding apart. */
  readonly msPerFrame: number;
  /** For clips with one face. */
  readonly single?: ReturnType<typeof judgeSingle>;
  /** For marked clips. */
  readonly people?: readonly PersonReport[];
}

/** Runs every clip in every mode. */
export async function trackingCommand(
  engine: TrackingEngine,
  { videos, truth, singles = [], modes = ['light', 'by-detection'], endMs }: TrackingCommandOptions,
): Promise<TrackingReport[]> {
  const marked = truth === undefined ? [] : (JSON.parse(await readFile(truth, 'utf8')) as Marking).clips;
  const reports: TrackingReport[] = [];
  for (const mode of modes) {
    for (const clip of singles) {
      const { frames, ms } = await trackClip(engine, join(videos, clip), mode, 640, endMs);
      reports.push({ clip, mode, frames: frames.length, msPerFrame: ms / frames.length, single: judgeSingle(frames) });
    }
    for (const marking of marked) {
      const { clip, maxSide } = marking;
      const { frames, ms } = await trackClip(engine, join(videos, clip), mode, maxSide, endMs);
      const people = judgeTracking(marking, frames);
      reports.push({ clip, mode, frames: frames.length, msPerFrame: ms / frames.length, people });
    }
  }
  return reports;
}

/** The reports as a table for people. */
export function trackingTable(reports: readonly TrackingReport[]): string {
  const rows = reports.map(({ clip, mode, frames, msPerFrame, single, people = [] }) => {
    const sum = (pick: (person: PersonReport) => number) => people.reduce((total, person) => total + pick(person), 0);
    const coverage =
      single?.coverage ??
      sum(({ tracked }) => tracked) /
        Math.max(
          1,
          sum(({ visible }) => visible),
        );
    return [
      clip.padEnd(22),
      mode.padEnd(13),
      String(frames).padStart(6),
      String(single === undefined ? people.length : 1).padStart(7),
      String(single?.ids.length ?? sum(({ ids }) => ids.length)).padStart(4),
      (single === undefined ? String(sum(({ switches }) => switches)) : '–').padStart(9),
      (single === undefined ? String(sum(({ fragments }) => fragments)) : '–').padStart(10),
      `${(coverage * 100).toFixed(1)} %`.padStart(9),
      msPerFrame.toFixed(1).padStart(9),
    ].join(' ');
  });
  return [
    'clip                   mode          frames  people  ids  switches  fragments  coverage  ms/frame',
    ...rows,
  ].join('\n');
}

interface Marking {
  readonly clips: readonly TrackingTruth[];
}

async function trackClip(engine: TrackingEngine, path: string, mode: TrackingMode, maxSide: number, endMs?: number) {
  const tracker = new Tracker({ mode, finder: engineFinder(engine) });
  const frames: TrackedFrame[] = [];
  let ms = 0;
  for await (const { image, timestampMs, index } of await openVideo(path, {
    maxSide,
    ...(endMs === undefined ? {} : { endMs }),
  })) {
    const start = performance.now();
    const tracks = await tracker.update(image, timestampMs);
    ms += performance.now() - start;
    frames.push({ index, tracks });
  }
  return { frames, ms };
}
