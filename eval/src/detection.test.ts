/** The figures of the detection evaluation on pictures whose answer is known. */

import { describe, expect, it } from 'vitest';
import type { Detection } from 'vultus';
import { judgeDetections } from './detection.ts';
import { parseDetectionTruth } from './detection-truth.ts';
import { turnTruth } from './detection-turn.ts';

const [truth] = parseDetectionTruth(
  '{"file":"a.jpg","faces":[{"box":[10,10,70,80],"sets":["easy"]},{"box":[200,10,20,20],"sets":["hard"]},{"box":[300,10,90,90],"invalid":1}]}\n',
);
const at = (x: number, y: number, width: number, height: number, score: number): Detection => ({
  box: { x, y, width, height },
  score,
});

describe('judgeDetections', () => {
  it('gives full marks to the truth itself and ignores invalid faces', () => {
    if (!truth) throw new Error('no truth');
    const found = truth.faces.map(({ box }, i) => ({ box, score: 0.9 - i / 10 }));
    const report = judgeDetections([{ truth, found }]);
    expect(report.ap).toEqual({ all: 1, easy: 1, hard: 1 });
    expect(report.recall).toEqual({
      16: { faces: 2, recall: 1 },
      32: { faces: 1, recall: 1 },
      64: { faces: 1, recall: 1 },
    });
    expect(report.falseAlarms.total).toBe(0);
  });

  it('tells boxes drawn badly from boxes where nothing is', () => {
    if (!truth) throw new Error('no truth');
    const found = [at(10, 10, 30, 40, 0.9), at(500, 500, 90, 90, 0.8)];
    const { falseAlarms, recall } = judgeDetections([{ truth, found }]);
    expect(falseAlarms).toEqual({ total: 2, perPicture: 2, misplaced: 1, elsewhere: 1, large: 1 });
    expect(recall['16']?.recall).toBe(0);
  });
});

describe('truth', () => {
  it('names the line that is wrong', () => {
    expect(() => parseDetectionTruth('{"file":"a","faces":[]}\n{"file":1}', 'gt')).toThrow(/gt:2/);
  });

  it('turns boxes with the picture', () => {
    if (!truth) throw new Error('no truth');
    const image = { width: 400, height: 200, data: new Uint8Array(400 * 200 * 3) };
    const turned = turnTruth(image, truth, 90);
    expect([turned.image.width, turned.image.height]).toEqual([200, 400]);
    const box = turned.truth.faces[0]?.box;
    expect([box?.x, box?.y, box?.width, box?.height].map((v) => Math.round(v ?? -1))).toEqual([110, 10, 80, 70]);
  });
});
