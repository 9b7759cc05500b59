/** BlazeFace (Bazarevsky et al. 2019) in MediaPipe's variants: anchors of unit size, six key points. */

import type { Detection, FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import { centredBox, type Decode, type Family, floatOutput, invalid } from './family.ts';

/** Values per anchor: centre x y, width, height, then x y of six key points. */
const anchorValues = 16;

/**
 * Outputs `scores` 1×A×1 (logits) and `boxes` 1×A×16, in pixels of the input relative to the centre of the anchor's cell.
 * `params.anchors`: `{stride, perCell}` per level. Key points: the two eyes, nose tip, mouth centre, two ears.
 */
export const blazeface: Family = (entry): Decode => {
  const levels = entry.params?.anchors;
  if (!isAnchors(levels)) {
    throw invalid(entry, `expected params.anchors as a list of {stride, perCell}, got ${JSON.stringify(levels)}`);
  }
  return (outputs, input, scoreThreshold) => {
    const centres = anchorCentres(levels, input.width, input.height);
    const count = centres.length / 2;
    const scores = floatOutput(entry, outputs, 'scores', count);
    const boxes = floatOutput(entry, outputs, 'boxes', count * anchorValues);
    const lowest = Math.log(scoreThreshold / (1 - scoreThreshold));
    const found: Detection[] = [];
    for (let i = 0; i < count; i++) {
      const logit = scores[i] ?? Number.NEGATIVE_INFINITY;
      if (!(logit >= lowest)) continue;
      const values = boxes.subarray(i * anchorValues, (i + 1) * anchorValues);
      const [dx = 0, dy = 0, width = 0, height = 0] = values;
      const ax = centres[i * 2] ?? 0;
      const ay = centres[i * 2 + 1] ?? 0;
      found.push({
        box: centredBox(ax + dx, ay + dy, width, height),
        score: 1 / (1 + Math.exp(-logit)),
        points: pointsOf((k) => ({ x: ax + (values[4 + k * 2] ?? 0), y: ay + (values[5 + k * 2] ?? 0) })),
      });
    }
    return found;
  };
};

/** Half the mouth's width in eye distances, in the ArcFace template: 29.2 / 35.2 / 2. */
const halfMouth = 0.414;

/** The model knows the mouth's centre only: its corners are set beside it, along the line of the eyes. */
function pointsOf(keyPoint: (index: number) => Point): FivePoints {
  const leftEye = keyPoint(0);
  const rightEye = keyPoint(1);
  const mouth = keyPoint(3);
  const dx = (rightEye.x - leftEye.x) * halfMouth;
  const dy = (rightEye.y - leftEye.y) * halfMouth;
  return {
    leftEye,
    rightEye,
    nose: keyPoint(2),
    leftMouth: { x: mouth.x - dx, y: mouth.y - dy },
    rightMouth: { x: mouth.x + dx, y: mouth.y + dy },
  };
}

interface AnchorLevel {
  readonly stride: number;
  readonly perCell: number;
}

function isAnchors(value: unknown): value is readonly AnchorLevel[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((level) => level?.stride > 0 && Number.isInteger(level.perCell) && level.perCell > 0)
  );
}

/** x, y of each anchor in the order of the network's output: level, row, column, anchor of the cell. */
function anchorCentres(levels: readonly AnchorLevel[], width: number, height: number): number[] {
  const centres: number[] = [];
  for (const { stride, perCell } of levels) {
    for (let y = stride / 2; y < height; y += stride) {
      for (let x = stride / 2; x < width; x += stride) {
        for (let k = 0; k < perCell; k++) centres.push(x, y);
      }
    }
  }
  return centres;
}
