/** YuNet (Wu, Peng, Yu 2023) as OpenCV's model zoo exports it: anchor-free, five points. */

import type { Detection } from '../face/face.ts';
import { centredBox, type Decode, type Family, fivePoints, floatOutput, numbersParam } from './family.ts';

/**
 * Per stride s outputs `cls_s`, `obj_s` 1×C×1, `bbox_s` 1×C×4, `kps_s` 1×C×10 over C cells, row by row. As OpenCV decodes it:
 * score = √(cls·obj), centre = (column + dx, row + dy)·s, size = exp(dw), exp(dh)·s, point = (column + dx, row + dy)·s.
 */
export const yunet: Family = (entry): Decode => {
  const strides = numbersParam(entry, 'strides', [8, 16, 32]);
  return (outputs, input, scoreThreshold) => {
    const found: Detection[] = [];
    for (const stride of strides) {
      const columns = Math.floor(input.width / stride);
      const count = columns * Math.floor(input.height / stride);
      const cls = floatOutput(entry, outputs, `cls_${stride}`, count);
      const obj = floatOutput(entry, outputs, `obj_${stride}`, count);
      const bbox = floatOutput(entry, outputs, `bbox_${stride}`, count * 4);
      const kps = floatOutput(entry, outputs, `kps_${stride}`, count * 10);
      for (let i = 0; i < count; i++) {
        const score = Math.sqrt(unit(cls[i]) * unit(obj[i]));
        if (!(score >= scoreThreshold)) continue;
        const column = i % columns;
        const row = (i - column) / columns;
        const [dx = 0, dy = 0, dw = 0, dh = 0] = bbox.subarray(i * 4, i * 4 + 4);
        found.push({
          box: centredBox((column + dx) * stride, (row + dy) * stride, Math.exp(dw) * stride, Math.exp(dh) * stride),
          score,
          points: fivePoints((k) => ({
            x: (column + (kps[i * 10 + k * 2] ?? 0)) * stride,
            y: (row + (kps[i * 10 + k * 2 + 1] ?? 0)) * stride,
          })),
        });
      }
    }
    return found;
  };
};

function unit(value: number | undefined): number {
  return Math.min(1, Math.max(0, value ?? 0));
}
