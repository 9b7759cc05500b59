/** Landmarks without jitter: two filters over time for lists of points of a fixed length. */

import type { Point } from '../face/geometry.ts';
import type { Smoothing } from './track.ts';

/** A filter for one face's points. */
export interface PointFilter {
  /** The points of the next frame, smoothed. */
  next(points: readonly Point[], timestampMs: number): readonly Point[];
  /** What it remembers; {@link PointFilter.load} takes it in again. */
  save(): PointFilterState;
  load(state: PointFilterState): void;
}

/** The memory of a filter; which fields there are depends on its kind. */
export interface PointFilterState {
  readonly history?: readonly (readonly Point[])[];
  readonly values?: Float64Array | undefined;
  readonly rates?: Float64Array;
  readonly lastMs?: number;
}

/** A new filter of the kind asked for. */
export function createPointFilter(smoothing: Smoothing): PointFilter {
  switch (smoothing.kind) {
    case 'mean':
      return new MotionMean(smoothing.frames ?? 5, smoothing.ratio ?? 0.05);
    case 'one-euro':
      return new OneEuro(smoothing.minCutoff ?? 1, smoothing.beta ?? 0.02, smoothing.derivativeCutoff ?? 1);
    default:
      return { next: (points) => points, save: () => ({}), load: () => undefined };
  }
}

/**
 * Per point: with D the greatest distance to its stored places of the last n frames, the place of frame j (0 the oldest)
 * weighs exp(−D·(n−j)·ratio), the present one 1. A resting point is averaged, a moving one follows at once. Starts once
 * n frames are stored; the smoothed place is what is stored. (The formula of InspireFace's track mode.)
 */
export class MotionMean implements PointFilter {
  readonly #frames: number;
  readonly #ratio: number;
  #history: (readonly Point[])[] = [];

  constructor(frames: number, ratio: number) {
    this.#frames = frames;
    this.#ratio = ratio;
  }

  /** See {@link PointFilter}. */
  next(points: readonly Point[]): readonly Point[] {
    if (this.#history[0] !== undefined && this.#history[0].length !== points.length) this.#history = [];
    const full = this.#history.length === this.#frames;
    const smoothed = full ? points.map((point, index) => this.#mean(point, index)) : points;
    this.#history.push(smoothed);
    if (this.#history.length > this.#frames) this.#history.shift();
    return smoothed;
  }

  /** See {@link PointFilter}. */
  save(): PointFilterState {
    return { history: [...this.#history] };
  }

  /** See {@link PointFilter}. */
  load({ history = [] }: PointFilterState): void {
    this.#history = [...history];
  }

  #mean(point: Point, index: number): Point {
    const places = this.#history.map((points) => points[index] as Point);
    const most = Math.max(...places.map(({ x, y }) => Math.hypot(x - point.x, y - point.y)));
    let sumX = point.x;
    let sumY = point.y;
    let total = 1;
    for (const [j, { x, y }] of places.entries()) {
      const weight = Math.exp(-most * (places.length - j) * this.#ratio);
      sumX += weight * x;
      sumY += weight * y;
      total += weight;
    }
    return { x: sumX / total, y: sumY / total };
  }
}

/** One-Euro filter (Casiez, Roussel, Vogel 2012) on each coordinate: the faster a point, the less it is smoothed. */
export class OneEuro implements PointFilter {
  readonly #minCutoff: number;
  readonly #beta: number;
  readonly #derivativeCutoff: number;
  #values: Float64Array | undefined;
  #rates = new Float64Array(0);
  #lastMs = 0;

  constructor(minCutoff: number, beta: number, derivativeCutoff: number) {
    this.#minCutoff = minCutoff;
    this.#beta = beta;
    this.#derivativeCutoff = derivativeCutoff;
  }

  /** See {@link PointFilter}. */
  next(points: readonly Point[], timestampMs: number): readonly Point[] {
    const flat = Float64Array.from(points.flatMap(({ x, y }) => [x, y]));
    const seconds = (timestampMs - this.#lastMs) / 1000;
    this.#lastMs = timestampMs;
    if (this.#values === undefined || this.#values.length !== flat.length || seconds <= 0) {
      this.#values = flat;
      this.#rates = new Float64Array(flat.length);
      return points;
    }
    const values = this.#values;
    const rates = this.#rates;
    const rateWeight = smoothingWeight(this.#derivativeCutoff, seconds);
    for (let i = 0; i < flat.length; i++) {
      const raw = flat[i] as number;
      const value = values[i] as number;
      const rate = (rates[i] as number) + rateWeight * ((raw - value) / seconds - (rates[i] as number));
      rates[i] = rate;
      values[i] = value + smoothingWeight(this.#minCutoff + this.#beta * Math.abs(rate), seconds) * (raw - value);
    }
    return points.map((_, i) => ({ x: values[2 * i] as number, y: values[2 * i + 1] as number }));
  }

  /** See {@link PointFilter}. */
  save(): PointFilterState {
    return { values: this.#values?.slice(), rates: this.#rates.slice(), lastMs: this.#lastMs };
  }

  /** See {@link PointFilter}. */
  load({ values, rates, lastMs }: PointFilterState): void {
    this.#values = values?.slice();
    this.#rates = new Float64Array(rates ?? []);
    this.#lastMs = lastMs ?? 0;
  }
}

/** Weight of the new value in a low-pass of the given cut-off in hertz. */
function smoothingWeight(cutoff: number, seconds: number): number {
  const tau = 1 / (2 * Math.PI * cutoff);
  return 1 / (1 + tau / seconds);
}
