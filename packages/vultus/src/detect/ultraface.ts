/** UltraFace (Linzaer, "Ultra-Light-Fast-Generic-Face-Detector-1MB"): SSD heads, no landmarks. */

import type { Detection } from '../face/face.ts';
import { centredBox, type Decode, type Family, floatOutput, invalid, numbersParam, sidesParam } from './family.ts';
import { gridPriors, type Priors, priorLength } from './priors.ts';

/**
 * Outputs `scores` 1×A×2 (softmax; [1] is "face") and `boxes` 1×A×4. With `params.boxes` = `raw` (default) the boxes are
 * regressions of SSD (Liu et al. 2016, eq. 2): cx = prior.cx + dx·v₀·prior.w, w = prior.w·exp(dw·v₁), likewise y, h.
 * With `corners` they are left, top, right, bottom in parts of the input, as the upstream export has them.
 */
export const ultraface: Family = (entry): Decode => {
  const strides = numbersParam(entry, 'strides', [8, 16, 32, 64]);
  const sides = sidesParam(
    entry,
    'minBoxes',
    [
      [10, 16, 24],
      [32, 48],
      [64, 96],
      [128, 192, 256],
    ],
    strides.length,
  );
  const [v0 = 0.1, v1 = 0.2] = numbersParam(entry, 'variances', [0.1, 0.2]);
  const kind = entry.params?.boxes ?? 'raw';
  if (kind !== 'raw' && kind !== 'corners') {
    throw invalid(entry, `expected params.boxes "raw" or "corners", got ${JSON.stringify(kind)}`);
  }
  const levels = strides.map((stride, i) => ({ stride, sides: sides[i] ?? [] }));
  let grid: { width: number; height: number; priors: Priors } = { width: 0, height: 0, priors: new Float32Array() };
  return (outputs, input, scoreThreshold) => {
    const { width, height } = input;
    if (grid.width !== width || grid.height !== height)
      grid = { width, height, priors: gridPriors(levels, width, height) };
    const { priors } = grid;
    const count = priors.length / priorLength;
    const scores = floatOutput(entry, outputs, 'scores', count * 2);
    const boxes = floatOutput(entry, outputs, 'boxes', count * 4);
    const found: Detection[] = [];
    for (let i = 0; i < count; i++) {
      const score = scores[i * 2 + 1] ?? 0;
      if (!(score >= scoreThreshold)) continue;
      const a = boxes[i * 4] ?? 0;
      const b = boxes[i * 4 + 1] ?? 0;
      const c = boxes[i * 4 + 2] ?? 0;
      const d = boxes[i * 4 + 3] ?? 0;
      if (kind === 'corners') {
        const x = a * input.width;
        const y = b * input.height;
        found.push({ box: { x, y, width: c * input.width - x, height: d * input.height - y }, score });
      } else {
        const cx = priors[i * priorLength] ?? 0;
        const cy = priors[i * priorLength + 1] ?? 0;
        const side = priors[i * priorLength + 2] ?? 0;
        const centre = v0 * side;
        found.push({
          box: centredBox(cx + a * centre, cy + b * centre, Math.exp(c * v1) * side, Math.exp(d * v1) * side),
          score,
        });
      }
    }
    return found;
  };
};
