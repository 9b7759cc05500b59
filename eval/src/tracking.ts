/** How well faces keep their ids against people marked by eye: switches, gaps, MOTA, IDF1; counted without any pictures. */

import { type Box, iou, type Track } from 'vultus';

/** One person of a clip: boxes at some frames, interpolated between. After a `null` the person was out of sight. */
export interface MarkedPerson {
  readonly name: string;
  /** `[frame, x, y, width, height]` in pixels of the upright frame, by frame. */
  readonly marks: readonly (readonly [frame: number, x: number, y: number, width: number, height: number] | null)[];
}

/** The marking of a clip. */
export interface TrackingTruth {
  readonly clip: string;
  /** Long side that the coordinates refer to. */
  readonly maxSide: number;
  readonly people: readonly MarkedPerson[];
  /** Faces of which nobody can say whether they should be followed: a track there is neither right nor wrong. */
  readonly unjudged?: readonly MarkedPerson[];
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
  /** The person was out of view and was tracked again, and those of these times when it was under the id of before. */
  readonly returns: number;
  readonly regained: number;
}

/** What happened in a clip. */
export interface TrackingScore {
  readonly people: readonly PersonReport[];
  /** Frames × people in view, those without a track, and tracks on nobody. */
  readonly visible: number;
  readonly missed: number;
  readonly falseAlarms: number;
  readonly switches: number;
  readonly fragments: number;
  readonly returns: number;
  readonly regained: number;
  /** 1 − (missed + false alarms + switches) ÷ visible (Bernardin and Stiefelhagen 2008). */
  readonly mota: number;
  /** Share of boxes that carry the right name when each person is given one id (Ristani et al. 2016). */
  readonly idf1: number;
}

/** The tracks of one frame. */
export interface TrackedFrame {
  readonly index: number;
  readonly tracks: readonly Pick<Track, 'id' | 'state' | 'box'>[];
}

/** Least overlap (IoU) of a track with a marked face. */
const leastOverlap = 0.3;

/** Box of a person at a frame, or `undefined` where the person is not in view. */
export function markedBox({ marks }: MarkedPerson, frame: number): Box | undefined {
  const after = marks.findIndex((mark) => mark !== null && mark[0] >= frame);
  const next = marks[after];
  if (!next) return undefined;
  const before = marks[after - 1];
  if (!before || next[0] === frame) return next[0] === frame ? toBox(next) : undefined;
  const share = (frame - before[0]) / (next[0] - before[0]);
  const mix = (i: 1 | 2 | 3 | 4) => before[i] + share * (next[i] - before[i]);
  return { x: mix(1), y: mix(2), width: mix(3), height: mix(4) };
}

/** Follows each marked person through the tracker's answers. */
export function judgeTracking(truth: TrackingTruth, frames: readonly TrackedFrame[]): TrackingScore {
  const stories = truth.people.map(({ name }) => new Story(name));
  let boxes = 0;
  let falseAlarms = 0;
  for (const { index, tracks } of frames) {
    const places = truth.people.map((person) => markedBox(person, index));
    const seen = tracks.filter(({ state }) => state === 'tracked');
    const matched = match(places, seen);
    for (const [i, story] of stories.entries()) story.next(places[i] !== undefined, matched[i]);
    const grey = (truth.unjudged ?? []).flatMap((each) => markedBox(each, index) ?? []);
    const stray = seen.filter(({ id, box }) => !matched.includes(id) && !grey.some((area) => lies(box, area)));
    falseAlarms += stray.length;
    boxes += stray.length + matched.filter((id) => id !== undefined).length;
  }
  const people = stories.map((story) => story.report());
  const total = (pick: (person: PersonReport) => number) => people.reduce((sum, person) => sum + pick(person), 0);
  const visible = total((person) => person.visible);
  const missed = visible - total((person) => person.tracked);
  const switches = total((person) => person.switches);
  return {
    people,
    visible,
    missed,
    falseAlarms,
    switches,
    fragments: total((person) => person.fragments),
    returns: total((person) => person.returns),
    regained: total((person) => person.regained),
    mota: 1 - (missed + falseAlarms + switches) / Math.max(1, visible),
    idf1: (2 * rightNames(stories.map(({ framesById }) => framesById))) / Math.max(1, visible + boxes),
  };
}

/** Ids over a clip with one face, which is in view from `first` to `last`. */
export interface SingleReport {
  /** The id that is on the face most often, and the first and last frame in which it was tracked. */
  readonly id: number | undefined;
  readonly first: number;
  readonly last: number;
  /** Share of the frames in view in which that id was tracked. */
  readonly coverage: number;
  /** Other ids, and the frames in which they were tracked. */
  readonly otherIds: readonly number[];
  readonly otherFrames: number;
}

/** See {@link SingleReport}. */
export function judgeSingle(frames: readonly TrackedFrame[], first: number, last: number): SingleReport {
  const seen = new Map<number, number[]>();
  for (const { index, tracks } of frames) {
    if (index < first || index > last) continue;
    for (const { id, state } of tracks) if (state === 'tracked') seen.set(id, [...(seen.get(id) ?? []), index]);
  }
  const [main, ...others] = [...seen].sort((a, b) => b[1].length - a[1].length);
  const inView = frames.filter(({ index }) => index >= first && index <= last).length;
  return {
    id: main?.[0],
    first: main?.[1][0] ?? -1,
    last: main?.[1].at(-1) ?? -1,
    coverage: (main?.[1].length ?? 0) / Math.max(1, inView),
    otherIds: others.map(([id]) => id),
    otherFrames: others.reduce((sum, [, indices]) => sum + indices.length, 0),
  };
}

/** One person's way through the clip. */
class Story {
  readonly framesById = new Map<number, number>();
  readonly #name: string;
  #visible = 0;
  #tracked = 0;
  #switches = 0;
  #fragments = 0;
  #returns = 0;
  #regained = 0;
  #last: number | undefined;
  #broken = false;
  #away = false;
  #inView = false;

  constructor(name: string) {
    this.#name = name;
  }

  next(visible: boolean, id: number | undefined): void {
    if (visible) this.#visible++;
    if (visible && id === undefined) this.#broken ||= this.#inView && this.#last !== undefined && !this.#away;
    if (visible && id !== undefined) {
      this.#tracked++;
      if (this.#broken) this.#fragments++;
      if (this.#last !== undefined && id !== this.#last) this.#switches++;
      if (this.#away) this.#returns++;
      if (this.#away && id === this.#last) this.#regained++;
      this.#away = false;
      this.framesById.set(id, (this.framesById.get(id) ?? 0) + 1);
      this.#last = id;
    }
    if (!visible && this.#last !== undefined) this.#away = true;
    if (!visible || id !== undefined) this.#broken = false;
    this.#inView = visible;
  }

  report(): PersonReport {
    return {
      name: this.#name,
      visible: this.#visible,
      tracked: this.#tracked,
      ids: [...this.framesById.keys()],
      switches: this.#switches,
      fragments: this.#fragments,
      returns: this.#returns,
      regained: this.#regained,
    };
  }
}

/** Ids by person, the best overlaps first, each track on one person only. */
function match(places: readonly (Box | undefined)[], tracks: TrackedFrame['tracks']): (number | undefined)[] {
  const pairs = places.flatMap((place, person) =>
    place === undefined ? [] : tracks.map(({ id, box }) => ({ person, id, overlap: iou(place, box) })),
  );
  const ids: (number | undefined)[] = places.map(() => undefined);
  for (const { person, id, overlap } of pairs.sort((a, b) => b.overlap - a.overlap)) {
    if (overlap >= leastOverlap && ids[person] === undefined && !ids.includes(id)) ids[person] = id;
  }
  return ids;
}

/** Most frames that can carry the right name when every person gets one id and no id two people. */
function rightNames(people: readonly ReadonlyMap<number, number>[], taken: readonly number[] = []): number {
  const [person, ...rest] = people;
  if (person === undefined) return 0;
  const given = [...person].filter(([id]) => !taken.includes(id));
  const named = given.map(([id, frames]) => frames + rightNames(rest, [...taken, id]));
  return Math.max(rightNames(rest, taken), ...named);
}

/** Whether a box's middle lies in an area. */
function lies(box: Box, area: Box): boolean {
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  return x >= area.x && y >= area.y && x <= area.x + area.width && y <= area.y + area.height;
}

function toBox([, x, y, width, height]: NonNullable<MarkedPerson['marks'][number]>): Box {
  return { x, y, width, height };
}
