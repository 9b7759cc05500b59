/** Follows faces through one stream: frames or detections in, tracks with stable ids out. */

import { VultusError } from '../errors.ts';
import type { Image } from '../image/image.ts';
import { Crowd, type CrowdState } from './crowd.ts';
import { CutDetector } from './cut.ts';
import { type FollowState, LightFollower } from './follow.ts';
import { type TrackerRules, trackerRules } from './options.ts';
import type { FaceFinder, Observation, Track, TrackerOptions } from './track.ts';
import type { Tracklet } from './tracklet.ts';

/** A saved {@link Tracker}: plain data and typed arrays, fit for `structuredClone`. */
export interface TrackerState {
  readonly lastMs: number;
  readonly crowd: CrowdState;
  readonly cut: Float32Array | undefined;
  readonly light: FollowState | undefined;
}

/** Below this confidence a new track is no face. On marked clips faces gave 0.46 and more at first sight, others 0.14 and less. */
const leastConfidence = 0.25;

/**
 * One per stream; it holds state and is not shared between streams. Fed with observations it is a pure state machine
 * without models, clock or threads; fed with frames it uses the finder of its options.
 * @example
 * const tracker = new Tracker();
 * const tracks = tracker.update(await vultus.detect(frame.image), frame.timestampMs);
 */
export class Tracker {
  readonly #rules: TrackerRules;
  readonly #crowd: Crowd;
  readonly #cuts: CutDetector;
  readonly #light: LightFollower | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #tracks: readonly Track[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  /** Tracks that the finder took for faces when they were new. */
  readonly #examined = new WeakSet<Tracklet>();

  /** @throws VultusError `INVALID_ARGUMENT` naming the option */
  constructor(options: TrackerOptions = {}) {
    this.#rules = trackerRules(options);
    this.#crowd = new Crowd(this.#rules);
    this.#cuts = new CutDetector(this.#rules.cutThreshold);
    const { mode, finder } = this.#rules;
    this.#light =
      mode === 'light' && finder !== undefined ? new LightFollower(this.#crowd, finder, this.#rules) : undefined;
  }

  /**
   * Continues where another tracker of the same options stood when it was saved, in another process perhaps: the frames
   * that follow give the same tracks.
   */
  static restore(state: TrackerState, options: TrackerOptions = {}): Tracker {
    const tracker = new Tracker(options);
    tracker.#lastMs = state.lastMs;
    tracker.#crowd.load(state.crowd);
    for (const tracklet of tracker.#crowd.tracklets) tracker.#examined.add(tracklet);
    tracker.#cuts.load(state.cut);
    if (state.light !== undefined) tracker.#light?.load(state.light);
    tracker.#tracks = tracker.#crowd.snapshot();
    return tracker;
  }

  /** Everything that the tracker knows, after the last update has ended. */
  save(): TrackerState {
    return {
      lastMs: this.#lastMs,
      crowd: this.#crowd.save(),
      cut: this.#cuts.save(),
      light: this.#light?.save(),
    };
  }

  /** The tracks as they stood after the last update. */
  get tracks(): readonly Track[] {
    return this.#tracks;
  }

  /**
   * The next frame's faces, as any detector gave them. Timestamps are milliseconds of the stream and must grow.
   * @returns every track, lost and tentative ones included, by id
   * @throws VultusError `INVALID_ARGUMENT` for a time that does not grow, or in mode `light`, which needs frames
   */
  update(observations: readonly Observation[], timestampMs: number): readonly Track[];
  /** The next frame, looked at by the finder. Calls are worked off one after another, in order. */
  update(frame: Image, timestampMs: number, signal?: AbortSignal): Promise<readonly Track[]>;
  /** Both of the above. */
  update(
    input: readonly Observation[] | Image,
    timestampMs: number,
    signal?: AbortSignal,
  ): readonly Track[] | Promise<readonly Track[]> {
    if (!isFrame(input)) {
      if (this.#light !== undefined) {
        throw new VultusError(
          'INVALID_ARGUMENT',
          'Tracker: mode light looks at frames between detections; expected an image, got a list of detections',
        );
      }
      this.#advance(timestampMs);
      return this.#take(input, timestampMs, false);
    }
    const done = this.#queue.then(() => this.#look(input, timestampMs, signal));
    // One failed frame must not stop those after it.
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /**
   * Tells how a tracked face looks, from an embedding of unit length made whenever there was time for it.
   * @returns the track's id from now on: an earlier one where the face was followed before and known again
   */
  remember(id: number, embedding: Float32Array): number {
    const known = this.#crowd.remember(id, embedding, this.#lastMs);
    this.#tracks = this.#crowd.snapshot();
    return known;
  }

  async #look(frame: Image, timestampMs: number, signal: AbortSignal | undefined): Promise<readonly Track[]> {
    const { finder, cutThreshold } = this.#rules;
    if (finder === undefined) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        'Tracker: expected a list of detections, got a frame but no finder to look at it: use vultus.tracker()',
      );
    }
    const cut = cutThreshold < 2 && this.#cuts.next(frame);
    if (this.#light !== undefined) {
      this.#advance(timestampMs);
      await this.#light.next(frame, timestampMs, cut, signal);
    } else {
      const found = await finder.detect(frame, signal);
      this.#advance(timestampMs);
      const tracks = this.#take(found, timestampMs, cut);
      if (this.#rules.mode === 'detect') return tracks;
    }
    await this.#examine(frame, finder, signal);
    this.#tracks = this.#crowd.snapshot();
    return this.#tracks;
  }

  /** A new face must convince the finder once; what does not is forgotten, before a second look gives it an id. */
  async #examine(frame: Image, finder: FaceFinder, signal: AbortSignal | undefined): Promise<void> {
    const fresh = this.#crowd.tracklets.filter((each) => !this.#examined.has(each));
    if (finder.confirm === undefined || fresh.length === 0) return;
    const faces = fresh.map(({ box }) => ({ box, score: 1 }));
    const confidences = await finder.confirm(frame, faces, signal);
    for (const [index, tracklet] of fresh.entries()) {
      if ((confidences[index] ?? 1) < leastConfidence) this.#crowd.dismiss(tracklet);
      else this.#examined.add(tracklet);
    }
  }

  #take(observations: readonly Observation[], timestampMs: number, cut: boolean): readonly Track[] {
    if (this.#rules.mode === 'detect') {
      this.#tracks = strangers(observations.slice(0, this.#rules.maxFaces), timestampMs);
      return this.#tracks;
    }
    this.#crowd.predict(timestampMs);
    this.#crowd.observe(observations, timestampMs, cut);
    this.#tracks = this.#crowd.snapshot();
    return this.#tracks;
  }

  #advance(timestampMs: number): void {
    if (!(timestampMs > this.#lastMs) || timestampMs === Number.POSITIVE_INFINITY) {
      throw new VultusError(
        'INVALID_ARGUMENT',
        `Tracker: expected a timestamp after ${this.#lastMs} ms, got ${timestampMs}; use one tracker per stream`,
      );
    }
    this.#lastMs = timestampMs;
  }
}

function isFrame(input: readonly Observation[] | Image): input is Image {
  return 'data' in input;
}

/** Faces of one frame without past or future. */
function strangers(observations: readonly Observation[], timestampMs: number): Track[] {
  return observations.map(({ box, score, landmarks, points, dense }, observation) => {
    const five = landmarks ?? points;
    return {
      id: 0,
      state: 'tracked',
      age: 1,
      seen: 1,
      box,
      velocity: { x: 0, y: 0 },
      score,
      firstMs: timestampMs,
      lastMs: timestampMs,
      observation,
      ...(five === undefined ? {} : { landmarks: five }),
      ...(dense === undefined ? {} : { dense }),
    };
  });
}
