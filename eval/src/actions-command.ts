/** Reads the faces of marked clips and prints which blinks and mouth openings were found, and how live the clips look. */

import { join } from 'node:path';
import { type Engine, engineFinder, faceReading, openVideo, readingTasks, Tracker } from 'vultus';
import {
  type ActionMarking,
  type ActionScore,
  judgeActions,
  type MarkedAction,
  markedActions,
  type PackedReading,
  type RecordedReading,
  unpackReading,
} from './actions.ts';
import { readMarking } from './marking.ts';

/** Options of {@link actionsCommand}. */
export interface ActionsCommandOptions {
  /** Folder of the clips. */
  readonly videos: string;
  /** The marking, see `eval/markings/actions.json`. */
  readonly marking: string;
  /** Only these clips. */
  readonly clips?: readonly string[];
  /** Look at the first so many milliseconds only; marks after them do not count. */
  readonly endMs?: number;
  readonly onProgress?: (doneClips: number, clips: number) => void;
}

/** One clip. */
export interface ActionsReport {
  readonly clip: string;
  readonly frames: number;
  readonly fps: number;
  /** Every frame, every second, every third. */
  readonly rates: readonly ({ readonly fps: number } & Readonly<Record<MarkedAction, ActionScore>>)[];
  /** Score of silent liveness over every fifth frame, 0 copy … 1 person; readings that were recorded have none. */
  readonly silent?: { readonly mean: number; readonly samples: number };
  readonly readings: readonly RecordedReading[];
}

const markingKind = { example: 'eval/markings/actions.json', lists: { clips: markedActions } };

const rates = [1, 2, 3] as const;
/** Frames from one silent score to the next. */
const silentEvery = 5;

/** Reads every clip of the marking. */
export async function actionsCommand(
  engine: Engine,
  { videos, marking, clips, endMs, onProgress }: ActionsCommandOptions,
): Promise<ActionsReport[]> {
  const marked = await readMarking<{ readonly clips: readonly ActionMarking[] }>(marking, markingKind, clips);
  const wanted = marked.clips.filter(({ clip }) => clips?.includes(clip) ?? true);
  const reports: ActionsReport[] = [];
  for (const each of wanted) {
    const { readings, silent } = await readClip(engine, join(videos, each.clip), endMs);
    const mean = silent.reduce((sum, score) => sum + score, 0) / Math.max(1, silent.length);
    reports.push({ ...judgeReadings(each, readings), silent: { mean, samples: silent.length } });
    onProgress?.(reports.length, wanted.length);
  }
  return reports;
}

/** Judges what was read off the clips before, without clips and models; see `eval/markings/readings.json`. */
export async function recordedActions({
  recorded,
  marking,
  clips,
}: {
  readonly recorded: string;
  readonly marking: string;
  readonly clips?: readonly string[];
}): Promise<ActionsReport[]> {
  const marked = await readMarking<{ readonly clips: readonly ActionMarking[] }>(marking, markingKind, clips);
  const packed = await readMarking<Readonly<Record<string, readonly PackedReading[]>>>(recorded, {
    example: 'eval/markings/readings.json',
    lists: {},
  });
  return marked.clips.flatMap((each) => {
    const readings = packed[each.clip];
    const isWanted = readings !== undefined && (clips?.includes(each.clip) ?? true);
    return isWanted ? [judgeReadings(each, readings.map(unpackReading))] : [];
  });
}

/** The reports as a table for people. */
export function actionsTable(reports: readonly ActionsReport[]): string {
  const scores = reports.flatMap((report) =>
    report.rates.flatMap((rate) => markedActions.map((action) => ({ clip: report.clip, action, rate }))),
  );
  const cells = (clip: string, action: string, fps: string, given: readonly ActionScore[]) => {
    const marked = sum(given, (score) => score.marked);
    const missed = sum(given, (score) => score.missed.length);
    const invented = sum(given, (score) => score.invented.length);
    const found = marked - missed + invented;
    const share = (part: number, whole: number) => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
    return [
      clip.padEnd(24),
      action.padEnd(11),
      fps.padStart(6),
      String(marked).padStart(7),
      String(missed).padStart(7),
      share(missed, marked).padStart(8),
      String(invented).padStart(9),
      share(invented, found).padStart(8),
    ].join(' ');
  };
  const rows = scores.map(({ clip, action, rate }) => cells(clip, action, rate.fps.toFixed(1), [rate[action]]));
  const totals = markedActions.flatMap((action) =>
    rates.map((every, at) =>
      cells(
        'all',
        action,
        every === 1 ? 'all' : `1/${every}`,
        reports.flatMap((each) => each.rates[at]?.[action] ?? []),
      ),
    ),
  );
  const silent = reports.flatMap(({ clip, silent: seen }) =>
    seen === undefined ? [] : [`${clip.padEnd(24)} ${seen.mean.toFixed(3).padStart(6)} (${seen.samples} frames)`],
  );
  return [
    'clip                     action      frames  marked  missed          invented',
    ...rows,
    ...totals,
    ...(silent.length === 0 ? [] : ['', 'silent liveness, mean (0 copy … 1 person)', ...silent]),
  ].join('\n');
}

async function readClip(engine: Engine, path: string, endMs: number | undefined) {
  const tracker = new Tracker({ mode: 'light', finder: engineFinder(engine), smoothing: { kind: 'off' } });
  const readings: RecordedReading[] = [];
  const silent: number[] = [];
  const video = await openVideo(path, { maxSide: 1280, ...(endMs === undefined ? {} : { endMs }) });
  for await (const { image, timestampMs, index } of video) {
    const tracks = await tracker.update(image, timestampMs);
    const track = tracks.find(({ id, state }) => id === 1 && state === 'tracked');
    if (track === undefined) continue;
    const { box, score, landmarks } = track;
    const face = { box, score, ...(landmarks && { points: landmarks }) };
    const [read] = await engine.read(image, [face], { tasks: readingTasks });
    if (read !== undefined) readings.push({ index, timestampMs, reading: faceReading(read) });
    if (index % silentEvery === 0) {
      const [looked] = await engine.read(image, [face], { tasks: ['liveness'] });
      if (looked !== undefined) silent.push(looked.liveness.score);
    }
  }
  return { readings, silent };
}

function judgeReadings(marking: ActionMarking, readings: readonly RecordedReading[]): ActionsReport {
  const seen = until(marking, readings.at(-1)?.index ?? 0);
  const span = (readings.at(-1)?.timestampMs ?? 0) - (readings[0]?.timestampMs ?? 0);
  const fps = (1000 * (readings.length - 1)) / Math.max(1, span);
  return {
    clip: marking.clip,
    frames: readings.length,
    fps,
    rates: rates.map((every) => ({ fps: fps / every, ...judgeActions(seen, readings, { every }) })),
    readings,
  };
}

/** The part of a marking that lies before a frame. */
function until(marking: ActionMarking, last: number): ActionMarking {
  const cut = (action: MarkedAction) => ({
    ...marking[action],
    marked: marking[action].marked.filter(([, to]) => to < last),
  });
  return { ...marking, blink: cut('blink'), 'mouth-open': cut('mouth-open') };
}

function sum<Item>(items: readonly Item[], pick: (item: Item) => number): number {
  return items.reduce((total, item) => total + pick(item), 0);
}
