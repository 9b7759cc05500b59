/** RetinaFace as PyTorch exports of the MobileNet and ResNet variants lay it out: SSD heads with five points. */

import type { Detection } from '../face/face.ts';
import { centredBox, type Decode, type Family, fivePoints, floatOutput, numbersParam, sidesParam } from './family.ts';
import { gridPriors, priorLength } from './priors.ts';

/**
 * Outputs `boxes` 1×A×4, `scores` 1×A×2 (softmax; [1] is "face"), `points` 1×A×10: regressions against priors as in SSD
 * (Liu et al. 2016, eq. 2), points by point = prior centre + d·v₀·prior side (Deng et al., RetinaFace, 2019).
 */
export const retinaface: Family = (entry): Decode => {
  const strides = numbersParam(entry, 'strides', [8, 16, 32]);
  const sides = sidesParam(
    entry,
    'minBoxes',
    [
      [16, 32],
      [64, 128],
      [256, 512],
    ],
    strides.length,
  );
  const [v0 = 0.1, v1 = 0.2] = numbersParam(entry, 'variances', [0.1, 0.2]);
  const levels = strides.map((stride, i) => ({ stride, sides: sides[i] ?? [] }));
  return (outputs, input, scoreThreshold) => {
    const priors = gridPriors(levels, input.width, input.height);
    const count = priors.length / priorLength;
    const scores = floatOutput(entry, outputs, 'scores', count * 2);
    const boxes = floatOutput(entry, outputs, 'boxes', count * 4);
    const points = floatOutput(entry, outputs, 'points', count * 10);
    const found: Detection[] = [];
    for (let i = 0; i < count; i++) {
      const score = scores[i * 2 + 1] ?? 0;
      if (!(score >= scoreThreshold)) continue;
      const [cx = 0, cy = 0, side = 0] = priors.subarray(i * priorLength, (i + 1) * priorLength);
      const [dx = 0, dy = 0, dw = 0, dh = 0] = boxes.subarray(i * 4, i * 4 + 4);
      const step = v0 * side;
      found.push({
        box: centredBox(cx + dx * step, cy + dy * step, Math.exp(dw * v1) * side, Math.exp(dh * v1) * side),
        score,
        points: fivePoints((k) => ({
          x: cx + (points[i * 10 + k * 2] ?? 0) * step,
          y: cy + (points[i * 10 + k * 2 + 1] ?? 0) * step,
        })),
      });
    }
    return found;
  };
};
