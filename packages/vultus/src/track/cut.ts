/** Notices where one shot of a film ends and the next begins. */

import type { Image } from '../image/image.ts';

const columns = 32;
const rows = 18;

/** Remembers the last frame as a few brightness samples. */
export class CutDetector {
  readonly #threshold: number;
  #last: Float32Array | undefined;

  /** @param threshold mean change of brightness, 0…1, that counts as a cut */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Whether this frame shows another scene than the one before; false for the first. */
  next(frame: Image): boolean {
    const samples = sample(frame);
    const last = this.#last;
    this.#last = samples;
    if (last === undefined) return false;
    let sum = 0;
    for (let i = 0; i < samples.length; i++) sum += Math.abs((samples[i] as number) - (last[i] as number));
    return sum / samples.length > this.#threshold;
  }
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
