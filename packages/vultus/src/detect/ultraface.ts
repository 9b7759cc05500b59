/** UltraFace (Linzaer, "Ultra-Light-Fast-Generic-Face-Detector-1MB"): SSD heads, no landmarks. */

import type { Detection } from '../face/face.ts';
import { centredBox, type Decode, type Family, floatOutput, invalid, numbersParam, sidesParam } from './family.ts';
import { gridPriors, priorLength } from './priors.ts';

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
  return (outputs, input, scoreThreshold) => {
    const priors = gridPriors(levels, input.width, input.height);
    const count = priors.length / priorLength;
    const scores = floatOutput(entry, outputs, 'scores', count * 2);
    const boxes = floatOutput(entry, outputs, 'boxes', count * 4);
    const found: Detection[] = [];
    for (let i = 0; i < count; i++) {
      const score = scores[i * 2 + 1] ?? 0;
      if (!(score >= scoreThreshold)) continue;
      const [a = 0, b = 0, c = 0, d = 0] = boxes.subarray(i * 4, i * 4 + 4);
      if (kind === 'corners') {
        const x = a * input.width;
        const y = b * input.height;
        found.push({ box: { x, y, width: c * input.width - x, height: d * input.height - y }, score });
      } else {
        const [cx = 0, cy = 0, side = 0] = priors.subarray(i * priorLength, (i + 1) * priorLength);
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
