/** One followed face: its motion, looks and points, and the track that callers see. */

import type { FivePoints } from '../face/face.ts';
import type { Box, Point } from '../face/geometry.ts';
import { type AxisState, BoxFilter } from './kalman.ts';
import { createPointFilter, type PointFilter, type PointFilterState } from './smooth.ts';
import type { Observation, Smoothing, Track, TrackState } from './track.ts';

/** How much of a new embedding goes into the remembered looks at least; the first few are averaged. */
const embeddingShare = 0.2;

/**
 * Whether a new face was compared with those who left. `open`: not yet. `doubtful`: it resembles one of them, and is
 * looked at further before callers see it. `done`: it is one of them, or somebody new.
 */
export type Recognition = 'open' | 'doubtful' | 'done';

/** A saved {@link Tracklet}. */
export interface TrackletState {
  readonly id: number;
  readonly state: TrackState;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly timeMs: number;
  readonly age: number;
  readonly seen: number;
  readonly score: number;
  readonly beforeCut: boolean;
  readonly embedding: Float32Array | undefined;
  readonly looks: number;
  readonly recognition: Recognition;
  readonly landmarks: FivePoints | undefined;
  readonly dense: readonly Point[] | undefined;
  readonly box: readonly AxisState[];
  readonly fivePoints: PointFilterState;
  readonly densePoints: PointFilterState;
}

/** Mutable state of one track; {@link Tracklet.snapshot} is what leaves the room. */
export class Tracklet {
  id: number;
  state: TrackState;
  firstMs: number;
  lastMs: number;
  embedding: Float32Array | undefined;
  recognition: Recognition = 'open';
  /** A cut lies between the last look and now. */
  beforeCut = false;
  #filter: BoxFilter;
  #timeMs: number;
  #age = 1;
  #seen = 1;
  #looks = 0;
  #score: number;
  #observation: number | undefined;
  #landmarks: FivePoints | undefined;
  #dense: readonly Point[] | undefined;
  readonly #fivePoints: PointFilter;
  readonly #densePoints: PointFilter;

  constructor(id: number, state: TrackState, observation: Observation, timestampMs: number, smoothing: Smoothing) {
    this.id = id;
    this.state = state;
    this.firstMs = timestampMs;
    this.lastMs = timestampMs;
    this.#timeMs = timestampMs;
    this.#score = observation.score;
    this.#filter = new BoxFilter(observation.box);
    this.#fivePoints = createPointFilter(smoothing);
    this.#densePoints = createPointFilter(smoothing);
    this.#look(observation, timestampMs);
  }

  /** A track as it was saved. */
  static restore(saved: TrackletState, smoothing: Smoothing): Tracklet {
    const { id, state, firstMs, score } = saved;
    const tracklet = new Tracklet(id, state, { box: { x: 0, y: 0, width: 1, height: 1 }, score }, firstMs, smoothing);
    tracklet.#load(saved);
    return tracklet;
  }

  /** Everything that the track knows, for {@link Tracklet.restore}. */
  save(): TrackletState {
    const { id, state, firstMs, lastMs, beforeCut, embedding, recognition } = this;
    return {
      ...{ id, state, firstMs, lastMs, beforeCut, embedding, recognition },
      looks: this.#looks,
      timeMs: this.#timeMs,
      age: this.#age,
      seen: this.#seen,
      score: this.#score,
      landmarks: this.#landmarks,
      dense: this.#dense,
      box: this.#filter.save(),
      fivePoints: this.#fivePoints.save(),
      densePoints: this.#densePoints.save(),
    };
  }

  /** Where the face is, or is expected to be. */
  get box(): Box {
    return this.#filter.box;
  }

  /** Moves on to the time of a new frame. */
  predict(timestampMs: number): void {
    this.#filter.predict(timestampMs - this.#timeMs, this.state !== 'lost');
    this.#timeMs = timestampMs;
    this.#age++;
    this.#observation = undefined;
  }

  /** Takes in the face as seen at the time predicted to. */
  correct(observation: Observation, index: number | undefined, timestampMs: number): void {
    this.#filter.correct(observation.box);
    this.#score = observation.score;
    this.#observation = index;
    this.#seen++;
    this.state = 'tracked';
    this.beforeCut = false;
    this.lastMs = timestampMs;
    this.#look(observation, timestampMs);
  }

  /** Starts the motion anew at another place, as after a cut: the face is the same, its way there is not. */
  relocate(observation: Observation, index: number, timestampMs: number): void {
    this.#filter = new BoxFilter(observation.box);
    this.#timeMs = timestampMs;
    this.correct(observation, index, timestampMs);
  }

  /** Puts the box where it was found to be after all; motion starts anew. */
  place(box: Box): void {
    this.#filter = new BoxFilter(box);
  }

  /** Marks the place in the list of the observation that the track was born from. */
  bornFrom(index: number): this {
    this.#observation = index;
    return this;
  }

  /** Takes on the number and past of an ended track that turned out to be the same face. */
  continue(earlier: Tracklet): void {
    this.id = earlier.id;
    this.firstMs = earlier.firstMs;
    this.#seen += earlier.#seen;
    this.#age += earlier.#age;
    this.recognition = 'done';
    if (earlier.embedding !== undefined && this.embedding !== undefined) {
      const share = this.#looks / (this.#looks + earlier.#looks);
      this.embedding = blend(earlier.embedding, this.embedding, Math.max(embeddingShare, share));
    }
    this.#looks += earlier.#looks;
  }

  /** Remembers how the face looks: the mean of the first looks, later ones replace older ones bit by bit. */
  remember(embedding: Float32Array): void {
    this.#looks++;
    const share = Math.max(embeddingShare, 1 / this.#looks);
    this.embedding = this.embedding === undefined ? embedding : blend(this.embedding, embedding, share);
  }

  /** What a caller sees. */
  snapshot(): Track {
    return {
      id: this.id,
      state: this.recognition === 'doubtful' ? 'tentative' : this.state,
      age: this.#age,
      seen: this.#seen,
      box: this.#filter.box,
      velocity: this.#filter.velocity,
      score: this.#score,
      firstMs: this.firstMs,
      lastMs: this.lastMs,
      ...(this.#landmarks === undefined ? {} : { landmarks: this.#landmarks }),
      ...(this.#dense === undefined ? {} : { dense: this.#dense }),
      ...(this.#observation === undefined ? {} : { observation: this.#observation }),
    };
  }

  #load(saved: TrackletState): void {
    this.lastMs = saved.lastMs;
    this.beforeCut = saved.beforeCut;
    this.embedding = saved.embedding;
    this.recognition = saved.recognition;
    this.#looks = saved.looks;
    this.#timeMs = saved.timeMs;
    this.#age = saved.age;
    this.#seen = saved.seen;
    this.#landmarks = saved.landmarks;
    this.#dense = saved.dense;
    this.#filter.load(saved.box);
    this.#fivePoints.load(saved.fivePoints);
    this.#densePoints.load(saved.densePoints);
  }

  #look({ landmarks, points, dense, embedding }: Observation, timestampMs: number): void {
    const five = landmarks ?? points;
    if (five !== undefined) {
      const { leftEye, rightEye, nose, leftMouth, rightMouth } = five;
      const smooth = this.#fivePoints.next([leftEye, rightEye, nose, leftMouth, rightMouth], timestampMs);
      const [a, b, c, d, e] = smooth as [Point, Point, Point, Point, Point];
      this.#landmarks = { leftEye: a, rightEye: b, nose: c, leftMouth: d, rightMouth: e };
    }
    if (dense !== undefined) this.#dense = this.#densePoints.next(dense, timestampMs);
    if (embedding !== undefined) this.remember(embedding);
  }
}

/** The unit vector between two, nearer to the second the greater `share`. */
function blend(a: Float32Array, b: Float32Array, share: number): Float32Array {
  const sum = a.map((x, i) => (1 - share) * x + share * (b[i] as number));
  const length = Math.hypot(...sum);
  return length > 0 ? sum.map((x) => x / length) : b;
}
