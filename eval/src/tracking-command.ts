/** Follows the faces of marked clips in several ways and prints ids, switches, gaps, MOTA, IDF1 and cost. */

import { join } from 'node:path';
import { engineFinder, type Observation, openVideo, Tracker, type WatchEngine, watch } from 'vultus';
import { readMarking } from './marking.ts';
import {
  judgeSingle,
  judgeTracking,
  type SingleReport,
  type TrackedFrame,
  type TrackingScore,
  type TrackingTruth,
} from './tracking.ts';

/** `light` and `by-detection` are the tracker alone; `+looks` is `watch` with it, which remembers embeddings. */
export const trackingWays = ['light', 'by-detection', 'light+looks', 'by-detection+looks'] as const;

/** One of {@link trackingWays}. */
export type TrackingWay = (typeof trackingWays)[number];

/** A marking file: clips with one face, and clips with several people. */
export interface TrackingMarking {
  readonly singles: readonly { readonly clip: string; readonly first: number; readonly last: number }[];
  readonly clips: readonly TrackingTruth[];
}

/** Options of {@link trackingCommand}. */
export interface TrackingCommandOptions {
  /** Folder of the clips. */
  readonly videos: string;
  /** The marking, see `eval/markings/tracking.json`. */
  readonly marking: string;
  /** Only these clips. */
  readonly clips?: readonly string[];
  readonly ways?: readonly TrackingWay[];
  /** Look at the first so many milliseconds only. */
  readonly endMs?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** One clip, followed in one way. */
export interface TrackingReport {
  readonly clip: string;
  readonly way: TrackingWay;
  readonly frames: number;
  /** Decoding apart; with looks it is included. */
  readonly msPerFrame: number;
  /** For clips with one face. */
  readonly single?: SingleReport;
  /** For clips with several people. */
  readonly score?: TrackingScore;
  /** In the way `by-detection`: what the detector saw in each frame. */
  readonly detections?: readonly PackedDetections[];
}

/** Frame, its time in milliseconds, then per face x, y, width and height in tenths of a pixel and the score in hundredths. */
export type PackedDetections = readonly number[];

function packDetections(index: number, timestampMs: number, found: readonly Observation[]): PackedDetections {
  const faces = found.flatMap(({ box: { x, y, width, height }, score }) =>
    [10 * x, 10 * y, 10 * width, 10 * height, 100 * score].map(Math.round),
  );
  return [index, Math.round(timestampMs), ...faces];
}

/** The way back. */
export function unpackDetections([index = 0, timestampMs = 0, ...faces]: PackedDetections) {
  const observations: Observation[] = Array.from({ length: faces.length / 5 }, (_, face) => {
    const [x = 0, y = 0, width = 0, height = 0, score = 0] = faces.slice(5 * face, 5 * face + 5);
    return { box: { x: x / 10, y: y / 10, width: width / 10, height: height / 10 }, score: score / 100 };
  });
  return { index, timestampMs, observations };
}

const markingKind = {
  example: 'eval/markings/tracking.json',
  lists: { singles: ['first', 'last'], clips: ['maxSide', 'people'] },
};

/** Long side of frames of clips with one face, as `vultus watch` takes them. */
const singleSide = 1280;

/** Runs every clip in every way. */
export async function trackingCommand(
  engine: WatchEngine,
  { videos, marking, clips, ways = trackingWays, endMs, onProgress }: TrackingCommandOptions,
): Promise<TrackingReport[]> {
  const marked = await readMarking<TrackingMarking>(marking, markingKind, clips);
  const wanted = ({ clip }: { readonly clip: string }) => clips?.includes(clip) ?? true;
  const singles = marked.singles.filter(wanted);
  const crowds = marked.clips.filter(wanted);
  // Looks are for those who leave and return: the face of a clip with one face never does.
  const alone = (way: TrackingWay) => (way.endsWith('+looks') ? [] : singles);
  const total = ways.reduce((sum, way) => sum + alone(way).length + crowds.length, 0);
  const reports: TrackingReport[] = [];
  const add = (report: TrackingReport): void => {
    reports.push(report);
    onProgress?.(reports.length, total);
  };
  for (const way of ways) {
    for (const { clip, first, last } of alone(way)) {
      const { frames, ...rest } = await follow(engine, join(videos, clip), way, singleSide, endMs);
      const single = judgeSingle(frames, first, Math.min(last, frames.at(-1)?.index ?? 0));
      add({ clip, way, frames: frames.length, ...rest, single });
    }
    for (const truth of crowds) {
      const { frames, ...rest } = await follow(engine, join(videos, truth.clip), way, truth.maxSide, endMs);
      add({ clip: truth.clip, way, frames: frames.length, ...rest, score: judgeTracking(truth, frames) });
    }
  }
  return reports;
}

/** The reports as two tables for people. */
export function trackingTable(reports: readonly TrackingReport[]): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(20) : cell.padStart(10))).join('');
  const singles = reports.flatMap(({ clip, way, frames, single, msPerFrame }) =>
    single === undefined
      ? []
      : [
          row([
            clip,
            way,
            String(frames),
            String(single.id ?? '–'),
            String(single.first),
            String(single.last),
            percent(single.coverage),
            String(single.otherIds.length),
            String(single.otherFrames),
            msPerFrame.toFixed(1),
          ]),
        ],
  );
  const crowds = reports.flatMap(({ clip, way, frames, score, msPerFrame }) =>
    score === undefined
      ? []
      : [
          row([
            clip,
            way,
            String(frames),
            String(score.people.length),
            String(score.switches),
            String(score.fragments),
            `${score.regained} of ${score.returns}`,
            String(score.missed),
            String(score.falseAlarms),
            percent(score.mota),
            percent(score.idf1),
            msPerFrame.toFixed(1),
          ]),
        ],
  );
  const singleHead = row([
    'one face',
    'way',
    'frames',
    'id',
    'from',
    'to',
    'covered',
    'other ids',
    'frames',
    'ms/frame',
  ]);
  const crowdHead = row([
    'several',
    'way',
    'frames',
    'people',
    'switches',
    'fragments',
    'regained',
    'missed',
    'false',
    'MOTA',
    'IDF1',
    'ms/frame',
  ]);
  return [singleHead, ...singles, '', crowdHead, ...crowds].join('\n');
}

async function follow(engine: WatchEngine, path: string, way: TrackingWay, maxSide: number, endMs?: number) {
  const video = await openVideo(path, { maxSide, ...(endMs === undefined ? {} : { endMs }) });
  const frames: TrackedFrame[] = [];
  const detections: PackedDetections[] = [];
  let ms = 0;
  const mode = way.startsWith('light') ? 'light' : 'by-detection';
  if (way.endsWith('+looks')) {
    const start = performance.now();
    // Nobody is in the gallery: the embeddings serve to know again who left.
    const watched = watch(engine, video, { identify: async () => [], threshold: 1, tracker: { mode } });
    for await (const { frame, tracks } of watched) {
      if (frames.at(-1)?.index !== frame.index) frames.push({ index: frame.index, tracks });
    }
    ms = performance.now() - start;
  } else {
    const finder = engineFinder(engine);
    let found: readonly Observation[] = [];
    const detect: typeof finder.detect = async (...args) => {
      found = await finder.detect(...args);
      return found;
    };
    const tracker = new Tracker({ mode, finder: { ...finder, detect } });
    for await (const { image, timestampMs, index } of video) {
      const start = performance.now();
      const tracks = await tracker.update(image, timestampMs);
      ms += performance.now() - start;
      frames.push({ index, tracks });
      if (mode === 'by-detection') detections.push(packDetections(index, timestampMs, found));
    }
  }
  const msPerFrame = ms / Math.max(1, frames.length);
  return { frames, msPerFrame, ...(detections.length === 0 ? {} : { detections }) };
}
