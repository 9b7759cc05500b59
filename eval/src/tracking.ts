/** How well faces keep their ids: switches, gaps and coverage against marked people, counted without any pictures. */

import { type Box, iou, type Track } from 'vultus';

/** One person of a clip: boxes at some frames. Between two marks less than `maxStep` apart the box is interpolated. */
export interface MarkedPerson {
  readonly name: string;
  /** `[frame, x, y, width, height]` in pixels of the upright frame, by frame. */
  readonly marks: readonly (readonly [frame: number, x: number, y: number, width: number, height: number])[];
}

/** The marking of a clip. */
export interface TrackingTruth {
  readonly clip: string;
  /** Long side that the coordinates refer to. */
  readonly maxSide: number;
  /** Greatest distance in frames of two marks between which the person is taken to be in view. */
  readonly maxStep: number;
  readonly people: readonly MarkedPerson[];
}

/** What happened to one person. */
export interface PersonReport {
  readonly name: string;
  /** Frames in which the person is in view, and those of them in which a track was on the face. */
  readonly visible: number;
  readonly tracked: number;
  /** Different ids over the clip. */
  readonly ids: readonly number[];
  /** The id changed from one tracked frame to the next. */
  readonly switches: number;
  /** Tracking broke off and began again while the person stayed in view. */
  readonly fragments: number;
}

/** The tracks of one frame. */
export interface TrackedFrame {
  readonly index: number;
  readonly tracks: readonly Pick<Track, 'id' | 'state' | 'box'>[];
}

/** Box of a person at a frame, or `undefined` where the person is not in view. */
export function markedBox({ marks }: MarkedPerson, frame: number, maxStep: number): Box | undefined {
  const after = marks.findIndex(([at]) => at >= frame);
  const next = marks[after];
  if (next === undefined) return undefined;
  if (next[0] === frame) return toBox(next);
  const before = marks[after - 1];
  if (before === undefined || next[0] - before[0] > maxStep) return undefined;
  const share = (frame - before[0]) / (next[0] - before[0]);
  const mix = (i: 1 | 2 | 3 | 4) => before[i] + share * (next[i] - before[i]);
  return { x: mix(1), y: mix(2), width: mix(3), height: mix(4) };
}

/** Follows each marked person through the tracker's answers. A track counts from an overlap (IoU) of 0.3. */
export function judgeTracking(truth: TrackingTruth, frames: readonly TrackedFrame[]): PersonReport[] {
  return truth.people.map((person) => {
    const ids: number[] = [];
    const seen = { visible: 0, tracked: 0, switches: 0, fragments: 0 };
    let last: number | undefined;
    let broken = false;
    let inView = false;
    for (const { index, tracks } of frames) {
      const box = markedBox(person, index, truth.maxStep);
      if (box === undefined) {
        inView = false;
        continue;
      }
      seen.visible++;
      const best = bestTrack(box, tracks);
      if (best === undefined) {
        broken = inView && last !== undefined;
      } else {
        seen.tracked++;
        if (broken) seen.fragments++;
        if (last !== undefined && best !== last) seen.switches++;
        if (!ids.includes(best)) ids.push(best);
        last = best;
        broken = false;
      }
      inView = true;
    }
    return { name: person.name, ids, ...seen };
  });
}

/** Ids over a clip with one face: which there were, and the share of frames that the first of them covers. */
export function judgeSingle(frames: readonly TrackedFrame[]): {
  readonly ids: readonly number[];
  readonly coverage: number;
  readonly first: number;
  readonly last: number;
} {
  const seen = frames.flatMap(({ index, tracks }) =>
    tracks.filter(({ state }) => state === 'tracked').map(({ id }) => ({ id, index })),
  );
  const ids = [...new Set(seen.map(({ id }) => id))];
  const main = seen.filter(({ id }) => id === ids[0]);
  const [first = 0, last = 0] = [seen[0]?.index, seen.at(-1)?.index];
  return { ids, coverage: main.length / Math.max(1, last - first + 1), first, last };
}

function bestTrack(box: Box, tracks: TrackedFrame['tracks']): number | undefined {
  let best: number | undefined;
  let most = 0.3;
  for (const track of tracks) {
    if (track.state !== 'tracked') continue;
    const overlap = iou(box, track.box);
    if (overlap < most) continue;
    best = track.id;
    most = overlap;
  }
  return best;
}

function toBox([, x, y, width, height]: MarkedPerson['marks'][number]): Box {
  return { x, y, width, height };
}
