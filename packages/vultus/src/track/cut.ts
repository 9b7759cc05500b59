/** Notices where one shot of a film ends and the next begins. */

import type { Image } from '../image/image.ts';

const columns = 32;
const rows = 18;

/** Remembers the last frame as a few brightness samples. */
export class CutDetector {
  readonly #threshold: number;
  #last: Float32Array | undefined;

  /** @param threshold 1 − correlation of the brightness of two frames from which it is a cut, 0…2 */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Whether this frame shows another scene than the one before; false for the first. */
  next(frame: Image): boolean {
    const samples = sample(frame);
    const last = this.#last;
    this.#last = samples;
    return last !== undefined && difference(samples, last) > leastDifference && change(samples, last) > this.#threshold;
  }

  /** What is kept of the last frame, to be given to {@link CutDetector.load}. */
  save(): Float32Array | undefined {
    return this.#last;
  }

  /** Continues after a saved frame. */
  load(last: Float32Array | undefined): void {
    this.#last = last;
  }
}

/** Mean change of brightness, 0…1, below which there is no cut, however little the pictures correlate: both are dark or empty. */
const leastDifference = 0.05;

function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

/** 1 − correlation. */
function change(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] as number) - meanA;
    const y = (b[i] as number) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? 1 - ab / Math.sqrt(aa * bb) : 1;
}

/** Mean brightness of nine spread pixels in each cell of a grid, 0…1. */
function sample({ width, height, data }: Image): Float32Array {
  const samples = new Float32Array(columns * rows);
  for (let i = 0; i < samples.length; i++) {
    const column = i % columns;
    const row = (i - column) / columns;
    let sum = 0;
    for (let k = 0; k < 9; k++) {
      const x = Math.floor(((column + ((k % 3) + 0.5) / 3) * width) / columns);
      const y = Math.floor(((row + (Math.floor(k / 3) + 0.5) / 3) * height) / rows);
      const at = (y * width + x) * 3;
      sum += (data[at] as number) + 2 * (data[at + 1] as number) + (data[at + 2] as number);
    }
    samples[i] = sum / (9 * 4 * 255);
  }
  return samples;
}
