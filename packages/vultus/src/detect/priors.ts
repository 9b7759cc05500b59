/** Anchor grids: the boxes that prior-based detectors correct, in pixels of the network's input. */

/** One level of the feature pyramid: cells of `stride` pixels, with one square prior per side in `sides` in each cell. */
export interface PriorLevel {
  readonly stride: number;
  /** Side of each square prior in pixels. */
  readonly sides: readonly number[];
}

/** Priors as flat numbers: cx, cy, side for each. */
export type Priors = Float32Array;

/** Values per prior in {@link Priors}. */
export const priorLength = 3;

/**
 * Priors in the order of the network's output: level, row, column, side. A level is ceil(side / stride) cells wide and
 * high; a prior sits in the middle of its cell.
 */
export function gridPriors(levels: readonly PriorLevel[], width: number, height: number): Priors {
  const cells = (stride: number) => Math.ceil(width / stride) * Math.ceil(height / stride);
  const count = levels.reduce((sum, level) => sum + cells(level.stride) * level.sides.length, 0);
  const priors = new Float32Array(count * priorLength);
  let at = 0;
  for (const { stride, sides } of levels) {
    for (let y = stride / 2; y < Math.ceil(height / stride) * stride; y += stride) {
      for (let x = stride / 2; x < Math.ceil(width / stride) * stride; x += stride) {
        for (const side of sides) {
          priors[at++] = x;
          priors[at++] = y;
          priors[at++] = side;
        }
      }
    }
  }
  return priors;
}
