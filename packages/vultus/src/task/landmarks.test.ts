/** Landmarks: from boxes to points of the picture, and the second look. */

import { describe, expect, it } from 'vitest';
import { fakeDetections, fakeHost, wavyPicture } from './fake.data.ts';
import { landmarkModel } from './host.ts';
import { type FaceLandmarks, fivePoints, refineLandmarks } from './landmarks.ts';
import { meanShape68 } from './mean-shape.data.ts';
import { describeTask } from './task.contract.ts';

const picture = wavyPicture();

/** Tilt of the line between the eyes, clockwise, in radians. */
function eyeTilt(face: FaceLandmarks | undefined): number {
  if (face === undefined) return Number.NaN;
  const { leftEye, rightEye } = face.five;
  return Math.atan2(rightEye.y - leftEye.y, rightEye.x - leftEye.x);
}

describeTask('points', async () => ({ run: { host: fakeHost().host }, picture, detections: fakeDetections }));

describe('refineLandmarks', () => {
  it('puts the points of a well framed face into its box, in one look', async () => {
    const { host, runs } = fakeHost();
    const found = await refineLandmarks(picture, fakeDetections, landmarkModel(host));
    for (const [index, { five, points }] of found.entries()) {
      const { box } = fakeDetections[index] as (typeof fakeDetections)[number];
      expect(points.length).toBe(68);
      expect(five.leftEye.x).toBeGreaterThan(box.x - 0.1 * box.width);
      expect(five.leftEye.x).toBeLessThan(five.rightEye.x);
      expect(five.leftEye.y).toBeLessThan(five.nose.y);
      expect(five.nose.y).toBeLessThan(five.leftMouth.y);
      expect(five.rightMouth.y).toBeLessThan(box.y + box.height);
    }
    expect(runs).toEqual(['landmarks']);
  });

  it('looks again, in an upright crop, at a face that proved tilted', async () => {
    const { host, runs } = fakeHost({ turn: 0.6 });
    const detection = fakeDetections[0] as (typeof fakeDetections)[number];
    const [face] = await refineLandmarks(picture, [detection], landmarkModel(host));
    expect(runs).toEqual(['landmarks', 'landmarks']);
    // The fake adds its tilt in every crop: twice 0.6 means that the second crop had been turned by the first.
    expect(eyeTilt(face)).toBeCloseTo(1.2, 3);
  });

  it('turns the crop by the roll that the detector found', async () => {
    const { host } = fakeHost();
    const box = { x: 60, y: 40, width: 60, height: 60 };
    const [face] = await refineLandmarks(picture, [{ box, score: 1, roll: 90 }], landmarkModel(host));
    expect(eyeTilt(face)).toBeCloseTo(Math.PI / 2, 3);
  });

  it('believes the turn that the detector reports', async () => {
    const { host, runs } = fakeHost();
    const box = { x: 60, y: 40, width: 60, height: 60 };
    const [face] = await refineLandmarks(picture, [{ box, score: 1, roll: 90 }], landmarkModel(host));
    expect(eyeTilt(face)).toBeCloseTo(Math.PI / 2, 3);
    expect(runs.length).toBe(1);
  });

  it('needs a landmark model', () => {
    const { host } = fakeHost();
    expect(() => landmarkModel({ ...host, entries: () => [] })).toThrow(/npm run models/);
  });
});

describe('fivePoints', () => {
  it('takes eye centres, nose tip and mouth corners of the mean face', () => {
    const five = fivePoints(meanShape68.map(([x, y]) => ({ x, y })));
    expect(five.leftEye.x + five.rightEye.x).toBeCloseTo(1, 3);
    expect(five.nose.x).toBeCloseTo(0.5, 3);
    expect(five.leftMouth.y).toBeCloseTo(five.rightMouth.y, 3);
    expect(() => fivePoints([])).toThrow(/68/);
  });
});
