/** SCRFD (Guo et al. 2021) as InsightFace exports it: anchors as points, distances to the four sides, five points. */

import type { Detection } from '../face/face.ts';
import { type Decode, type Family, fivePoints, floatOutput, invalid, numbersParam } from './family.ts';

/**
 * Per stride s outputs `score_s` (A values, already a probability), `bbox_s` (A×4) and, where the model has points,
 * `kps_s` (A×10); A = cells × `params.perCell` (2), row by row. With the anchor at (column, row)·s, no half cell, as
 * InsightFace decodes it: sides = anchor ∓ distance·s (left, top, right, bottom), point = anchor + offset·s.
 */
export const scrfd: Family = (entry): Decode => {
  const strides = numbersParam(entry, 'strides', [8, 16, 32]);
  const perCell = entry.params?.perCell ?? 2;
  if (typeof perCell !== 'number' || !Number.isInteger(perCell) || perCell < 1) {
    throw invalid(entry, `expected params.perCell to be a count, got ${JSON.stringify(perCell)}`);
  }
  const hasPoints = strides.every((stride) => entry.outputs[`kps_${stride}`] !== undefined);
  return (outputs, input, scoreThreshold) => {
    const found: Detection[] = [];
    for (const stride of strides) {
      const columns = Math.ceil(input.width / stride);
      const count = columns * Math.ceil(input.height / stride) * perCell;
      const scores = floatOutput(entry, outputs, `score_${stride}`, count);
      const bbox = floatOutput(entry, outputs, `bbox_${stride}`, count * 4);
      const kps = hasPoints ? floatOutput(entry, outputs, `kps_${stride}`, count * 10) : undefined;
      for (let i = 0; i < count; i++) {
        const score = scores[i] ?? 0;
        if (!(score >= scoreThreshold)) continue;
        const cell = Math.floor(i / perCell);
        const x = (cell % columns) * stride;
        const y = Math.floor(cell / columns) * stride;
        const [left = 0, top = 0, right = 0, bottom = 0] = bbox.subarray(i * 4, i * 4 + 4);
        found.push({
          box: {
            x: x - left * stride,
            y: y - top * stride,
            width: (left + right) * stride,
            height: (top + bottom) * stride,
          },
          score,
          ...(kps && {
            points: fivePoints((k) => ({
              x: x + (kps[i * 10 + k * 2] ?? 0) * stride,
              y: y + (kps[i * 10 + k * 2 + 1] ?? 0) * stride,
            })),
          }),
        });
      }
    }
    return found;
  };
};
