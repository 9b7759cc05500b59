/** The people of one stream: every frame tracked, some faces looked at closely, names and events as they come about. */

import type { Detection, FivePoints } from '../face/face.ts';
import type { Faceprint } from '../face/faceprint.ts';
import type { Box } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import { engineFinder, type FinderOptions, type TrackingEngine } from '../track/engine-finder.ts';
import type { TraitReader } from '../track/engine-traits.ts';
import {
  type IdentitiesState,
  type IdentityOptions,
  type Sample,
  type TrackEvent,
  TrackIdentities,
  type TraitSample,
} from '../track/identity.ts';
import type { Observation, Track, TrackerOptions } from '../track/track.ts';
import { Tracker, type TrackerState } from '../track/tracker.ts';

/** What watching needs of an engine; `Vultus.open()` gives one. */
export interface WatchEngine extends TrackingEngine {
  read: TrackingEngine['read'] &
    ((
      frame: Image,
      faces: readonly Detection[],
      options: { readonly tasks: readonly ['embed']; readonly signal?: AbortSignal },
    ) => Promise<readonly { readonly embed: Faceprint; readonly landmarks?: FivePoints }[]>);
}

/** Options of {@link watch} and {@link Watcher}. */
export interface WatchOptions extends IdentityOptions {
  /** Default mode `light`. */
  readonly tracker?: Omit<TrackerOptions, 'finder'>;
  readonly finder?: FinderOptions;
  /** Faces embedded per frame at most. Default 2. */
  readonly looksPerFrame?: number;
  /** Time from one look at a track to the next. Default 250 ms. */
  readonly lookEveryMs?: number;
  /** Reads age, gender, expression … for the track's smoothed traits; see `traitReader`. Default: none are read. */
  readonly traits?: TraitReader;
  /** Time from one look at a track's traits to the next. Default 500 ms. */
  readonly traitsEveryMs?: number;
  readonly signal?: AbortSignal;
}

/** A face that a camera found by itself, with the part of the frame that shows it. */
export interface SeenFace extends Observation {
  /** The face and its surroundings; `undefined`: only the box is known. */
  readonly crop?: { readonly image: Image; readonly x: number; readonly y: number } | undefined;
}

/** What happened in one frame. */
export interface Watched {
  readonly tracks: readonly Track[];
  readonly events: readonly TrackEvent[];
}

/** A saved {@link Watcher}: plain data and typed arrays, fit for `structuredClone`. */
export interface WatcherState {
  readonly tracker: TrackerState;
  readonly people: IdentitiesState;
  readonly lastLooks: readonly (readonly [id: number, timestampMs: number])[];
  readonly lastTraits: readonly (readonly [id: number, timestampMs: number])[];
}

type Look = (track: Track) => { readonly image: Image; readonly x: number; readonly y: number } | undefined;

/** One per stream. Feed it either frames, or the faces that a camera found. */
export class Watcher {
  readonly #engine: WatchEngine;
  readonly #options: WatchOptions;
  readonly #tracker: Tracker;
  readonly #people: TrackIdentities;
  readonly #lastLook: Map<number, number>;
  readonly #lastTraits: Map<number, number>;

  /** @param saved where to continue; the options must be those of the watcher that was saved */
  constructor(engine: WatchEngine, options: WatchOptions, saved?: WatcherState) {
    const { tracker: rules, finder } = options;
    const trackerOptions = { mode: 'light', ...rules, finder: engineFinder(engine, finder) } as const;
    this.#engine = engine;
    this.#options = options;
    this.#tracker = saved === undefined ? new Tracker(trackerOptions) : Tracker.restore(saved.tracker, trackerOptions);
    this.#people = saved === undefined ? new TrackIdentities(options) : TrackIdentities.restore(saved.people, options);
    this.#lastLook = new Map(saved?.lastLooks);
    this.#lastTraits = new Map(saved?.lastTraits);
  }

  /** Everything known of the stream, between two frames. */
  save(): WatcherState {
    return {
      tracker: this.#tracker.save(),
      people: this.#people.save(),
      lastLooks: [...this.#lastLook],
      lastTraits: [...this.#lastTraits],
    };
  }

  /** The name of a track now, `null` while it has none. */
  nameOf(id: number): string | null {
    return this.#people.identityOf(id)?.identity ?? null;
  }

  /** What a track looks like over time, where `traits` are read. */
  traitsOf(id: number): ReturnType<TrackIdentities['traitsOf']> {
    return this.#people.traitsOf(id);
  }

  /** The next frame. @throws VultusError those of the tracker and of the engine */
  async frame(image: Image, timestampMs: number): Promise<Watched> {
    const tracks = await this.#tracker.update(image, timestampMs, this.#options.signal);
    return this.#name(tracks, timestampMs, () => ({ image, x: 0, y: 0 }), image);
  }

  /** The next frame's faces as a camera found them; the tracker's mode must be `by-detection`. */
  async faces(faces: readonly SeenFace[], timestampMs: number): Promise<Watched> {
    const tracks = this.#tracker.update(faces, timestampMs);
    return this.#name(tracks, timestampMs, ({ observation }) =>
      observation === undefined ? undefined : faces[observation]?.crop,
    );
  }

  /** The stream is over: every track that is left is lost. */
  end(timestampMs: number): TrackEvent[] {
    return this.#people.end(timestampMs);
  }

  async #name(seen: readonly Track[], timestampMs: number, look: Look, frame?: Image): Promise<Watched> {
    const looks = new Map<number, Sample>();
    const wanted = this.#choose(seen, timestampMs).flatMap((track) => {
      const view = look(track);
      return view === undefined ? [] : [{ track, view }];
    });
    // Faces in one picture are read in one go.
    for (const image of new Set(wanted.map(({ view }) => view.image))) {
      const here = wanted.filter(({ view }) => view.image === image);
      for (const [index, { embed, landmarks }] of (await this.#embed(here)).entries()) {
        const { track, view } = here[index] as (typeof here)[number];
        const id = this.#tracker.remember(track.id, embed.vector);
        this.#lastLook.set(id, timestampMs);
        const good = quality({ ...track, ...(landmarks && { landmarks }) });
        looks.set(id, { faceprint: embed, quality: good, ...(frame === undefined && { shot: view.image }) });
      }
    }
    const tracks = wanted.length > 0 ? this.#tracker.tracks : seen;
    const traits = await this.#readTraits(tracks, timestampMs, look);
    const events = await this.#people.update(tracks, timestampMs, looks, frame, traits);
    const ids = new Set(tracks.map(({ id }) => id));
    for (const times of [this.#lastLook, this.#lastTraits]) {
      for (const id of times.keys()) if (!ids.has(id)) times.delete(id);
    }
    return { tracks, events };
  }

  /** Traits of the tracks whose turn it is, the best seen first. */
  async #readTraits(tracks: readonly Track[], timestampMs: number, look: Look): Promise<Map<number, TraitSample>> {
    const { traits: read, traitsEveryMs = 500, looksPerFrame = 2, signal } = this.#options;
    const samples = new Map<number, TraitSample>();
    if (read === undefined) return samples;
    const due = tracks
      .filter(({ id, state }) => state === 'tracked' && id > 0)
      .filter(({ id }) => timestampMs - (this.#lastTraits.get(id) ?? Number.NEGATIVE_INFINITY) >= traitsEveryMs)
      .sort((a, b) => quality(b) - quality(a))
      .slice(0, looksPerFrame);
    for (const track of due) {
      const view = look(track);
      if (view === undefined) continue;
      const [traits] = await read(view.image, [inView(track, view)], signal);
      this.#lastTraits.set(track.id, timestampMs);
      if (traits !== undefined) samples.set(track.id, { traits, quality: quality(track) });
    }
    return samples;
  }

  #embed(wanted: readonly { readonly track: Track; readonly view: NonNullable<ReturnType<Look>> }[]) {
    const { signal } = this.#options;
    const faces = wanted.map(({ track, view }) => inView(track, view));
    const image = (wanted[0] as (typeof wanted)[number]).view.image;
    return this.#engine.read(image, faces, { tasks: ['embed'], ...(signal === undefined ? {} : { signal }) });
  }

  /** Tracks to embed now: those without a name first, then the best looks. */
  #choose(tracks: readonly Track[], timestampMs: number): Track[] {
    const { looksPerFrame = 2, lookEveryMs = 250 } = this.#options;
    const due = tracks.filter(
      (track) =>
        isInDoubt(track, timestampMs) ||
        (track.state === 'tracked' &&
          timestampMs - (this.#lastLook.get(track.id) ?? Number.NEGATIVE_INFINITY) >= lookEveryMs &&
          this.#people.wants(track, quality(track))),
    );
    const named = (track: Track) => (this.#people.identityOf(track.id) === null ? 0 : 1);
    return due.sort((a, b) => named(a) - named(b) || quality(b) - quality(a)).slice(0, looksPerFrame);
  }
}

/** Whether a track resembles somebody who left, so that every look at it counts. */
function isInDoubt({ id, state, lastMs }: Track, timestampMs: number): boolean {
  return state === 'tentative' && id > 0 && lastMs === timestampMs;
}

/** A track's face in the coordinates of a picture that shows it. */
function inView({ box, score, landmarks }: Track, { x, y }: { readonly x: number; readonly y: number }): Detection {
  return { box: moved(box, x, y), score, ...(landmarks && { points: movedPoints(landmarks, x, y) }) };
}

function moved(box: Box, x: number, y: number): Box {
  return { ...box, x: box.x - x, y: box.y - y };
}

function movedPoints(five: FivePoints, x: number, y: number): FivePoints {
  const at = (point: { readonly x: number; readonly y: number }) => ({ x: point.x - x, y: point.y - y });
  return {
    leftEye: at(five.leftEye),
    rightEye: at(five.rightEye),
    nose: at(five.nose),
    leftMouth: at(five.leftMouth),
    rightMouth: at(five.rightMouth),
  };
}

/** How good a look is, or may turn out: the height of the face, less the more it is seen to be turned aside. */
function quality({ box, landmarks }: Track): number {
  return box.height * (landmarks === undefined ? 1 : frontality(landmarks));
}

/** 1: the nose is midway between the eyes; 0.1: at an eye or beyond. */
function frontality({ leftEye, rightEye, nose }: FivePoints): number {
  const across = { x: rightEye.x - leftEye.x, y: rightEye.y - leftEye.y };
  const square = across.x ** 2 + across.y ** 2;
  if (square === 0) return 0.1;
  const along = ((nose.x - leftEye.x) * across.x + (nose.y - leftEye.y) * across.y) / square;
  return Math.max(0.1, 1 - 2 * Math.abs(along - 0.5));
}
