/** Where a box will be: a constant-velocity Kalman filter per coordinate. */

import type { Box, Point } from '../face/geometry.ts';

/** Standard deviations as shares of the box's height, per frame of a 30 Hz video: those of SORT and ByteTrack. */
const positionNoise = 1 / 20;
const velocityNoise = 1 / 160;
const nominalHz = 30;

/**
 * One coordinate and its rate. The usual 8×8 filter over (centre x, centre y, width, height) has only diagonal noise and
 * a motion that mixes each coordinate with its own rate alone, so it falls apart into four of these without any loss.
 */
class KalmanAxis {
  #value: number;
  #rate = 0;
  // Covariance of value and rate: [pp, pr; pr, rr].
  #pp: number;
  #pr = 0;
  #rr: number;

  /** @param value first measurement, @param size the box's height, which scales the noise */
  constructor(value: number, size: number) {
    this.#value = value;
    this.#pp = (2 * positionNoise * size) ** 2;
    this.#rr = (10 * velocityNoise * size) ** 2;
  }

  /** The estimate. */
  get value(): number {
    return this.#value;
  }

  /** Change per frame of a 30 Hz video. */
  get rate(): number {
    return this.#rate;
  }

  /** Moves the estimate on by `frames` nominal frames, which need not be whole. */
  predict(frames: number, size: number): void {
    this.#value += this.#rate * frames;
    this.#pp += frames * (2 * this.#pr + frames * this.#rr) + frames * (positionNoise * size) ** 2;
    this.#pr += frames * this.#rr;
    this.#rr += frames * (velocityNoise * size) ** 2;
  }

  /** Takes in a measurement. */
  correct(measured: number, size: number): void {
    const innovation = measured - this.#value;
    const variance = this.#pp + (positionNoise * size) ** 2;
    const gain = this.#pp / variance;
    const rateGain = this.#pr / variance;
    this.#value += gain * innovation;
    this.#rate += rateGain * innovation;
    this.#rr -= rateGain * this.#pr;
    this.#pr *= 1 - gain;
    this.#pp *= 1 - gain;
  }

  /** Forgets the motion, keeps the place. */
  halt(): void {
    this.#rate = 0;
  }

  /** Everything that the filter knows; {@link KalmanAxis.load} takes it in again. */
  save(): AxisState {
    return [this.#value, this.#rate, this.#pp, this.#pr, this.#rr];
  }

  /** Continues from a saved state. */
  load([value, rate, pp, pr, rr]: AxisState): void {
    this.#value = value;
    this.#rate = rate;
    this.#pp = pp;
    this.#pr = pr;
    this.#rr = rr;
  }
}

/** State of one axis: value, rate, and their covariance pp, pr, rr. */
export type AxisState = readonly [number, number, number, number, number];

/** The filter of a whole box. */
export class BoxFilter {
  readonly #x: KalmanAxis;
  readonly #y: KalmanAxis;
  readonly #width: KalmanAxis;
  readonly #height: KalmanAxis;

  constructor(box: Box) {
    const size = box.height;
    this.#x = new KalmanAxis(box.x + box.width / 2, size);
    this.#y = new KalmanAxis(box.y + box.height / 2, size);
    this.#width = new KalmanAxis(box.width, size);
    this.#height = new KalmanAxis(box.height, size);
  }

  /** The estimate, never thinner than a pixel. */
  get box(): Box {
    const width = Math.max(1, this.#width.value);
    const height = Math.max(1, this.#height.value);
    return { x: this.#x.value - width / 2, y: this.#y.value - height / 2, width, height };
  }

  /** Motion of the centre in pixels per second. */
  get velocity(): Point {
    return { x: this.#x.rate * nominalHz, y: this.#y.rate * nominalHz };
  }

  /** Moves the estimate on by a time. A face out of sight keeps its size. */
  predict(milliseconds: number, seen: boolean): void {
    const frames = (milliseconds * nominalHz) / 1000;
    const size = Math.max(1, this.#height.value);
    if (!seen) {
      this.#width.halt();
      this.#height.halt();
    }
    for (const axis of [this.#x, this.#y, this.#width, this.#height]) axis.predict(frames, size);
  }

  /** Takes in the box of an observation. */
  correct(box: Box): void {
    const size = Math.max(1, this.#height.value);
    this.#x.correct(box.x + box.width / 2, size);
    this.#y.correct(box.y + box.height / 2, size);
    this.#width.correct(box.width, size);
    this.#height.correct(box.height, size);
  }

  /** The state of the four axes: x, y, width, height. */
  save(): readonly AxisState[] {
    return [this.#x, this.#y, this.#width, this.#height].map((axis) => axis.save());
  }

  /** Continues from a saved state. */
  load(state: readonly AxisState[]): void {
    for (const [index, axis] of [this.#x, this.#y, this.#width, this.#height].entries()) {
      axis.load(state[index] as AxisState);
    }
  }
}
