/** Tests of noticing actions over and over, on drawn-up faces of different people and cameras. */

import { describe, expect, test } from 'vitest';
import type { FaceReading, LivenessAction } from './actions.ts';
import { EyeBaseline } from './eye-baseline.ts';
import { FaceActions } from './face-actions.ts';
import { faceReading } from './reading.ts';

/** Plays ten seconds of readings. @returns what was seen, by the second in which it was done */
function play(actions: readonly LivenessAction[], fps: number, read: (ms: number) => FaceReading) {
  const face = new FaceActions({ actions });
  const seen: [LivenessAction, second: number][] = [];
  for (let ms = 0; ms < 10_000; ms += 1000 / fps) {
    for (const { action, doneMs } of face.next(read(ms), ms)) seen.push([action, Math.floor(doneMs / 1000)]);
  }
  return seen;
}

/** Closed for 200 ms at the given times. */
const blinking =
  (open: number, ...times: readonly number[]) =>
  (ms: number): FaceReading => {
    const eye = times.some((at) => ms >= at && ms < at + 200) ? open * 0.25 : open;
    return { yaw: 3, pitch: 2, leftEye: eye, rightEye: eye * 0.95, mouth: 0.02 };
  };

describe.each([10, 24, 60])('at %i frames per second', (fps) => {
  test.each([0.14, 0.28, 0.4, 0.95])('every blink of eyes that are open %d', (open) => {
    expect(play(['blink'], fps, blinking(open, 1500, 4500, 4900, 8500))).toEqual([
      ['blink', 1],
      ['blink', 4],
      ['blink', 5],
      ['blink', 8],
    ]);
  });

  test('a mouth that stays open is one opening; lips that hardly part are none', () => {
    const mouth = (ms: number) => (ms > 2000 && ms < 5000 ? 0.3 : ms > 7000 && ms < 8000 ? 0.15 : 0.02);
    expect(play(['mouth-open'], fps, (ms) => ({ mouth: mouth(ms) }))).toEqual([['mouth-open', 2]]);
  });
});

test('an opening begins when the mouth opened for good, not at a reading that was odd before', () => {
  const face = new FaceActions({ actions: ['mouth-open'] });
  const mouth = (ms: number) => (ms === 400 || ms >= 2000 ? 0.4 : 0.02);
  const seen = Array.from({ length: 60 }, (_, i) => face.next({ mouth: mouth(i * 40) }, i * 40)).flat();
  expect(seen).toMatchObject([{ begunMs: 2000, doneMs: 2080 }]);
});

/** Eyes by frame, as shares of open ones; at `stepMs` from one to the next. */
const byFrame = (stepMs: number, eyes: readonly number[], limits = {}) => {
  const face = new FaceActions({ actions: ['blink'], limits });
  const open = new Array<number>(8).fill(1);
  return [...open, ...eyes, ...open].flatMap((eye, i) =>
    face.next({ leftEye: 0.3 * eye, rightEye: 0.3 * eye }, i * stepMs),
  );
};

test('two blinks with one frame of open eyes between them are two', () => {
  expect(byFrame(125, [0.2, 1, 0.2])).toHaveLength(2);
});

test('with few frames a blink may show as eyes half closed in one or two; with many it must be seen', () => {
  for (const dip of [[0.75], [0.75, 0.7]]) {
    expect(byFrame(125, dip)).toMatchObject([{ begunMs: 1000, doneMs: 1000 + 125 * dip.length }]);
    expect(byFrame(40, dip)).toEqual([]);
    // A challenge asks for more.
    expect(byFrame(125, dip, { blinkDip: 1 })).toEqual([]);
  }
  for (const none of [[0.9], [0.75, 0.75, 0.75]]) expect(byFrame(125, none)).toEqual([]);
});

test('eyes that narrow slowly, and that look down for a second, do not blink', () => {
  const narrowing = (ms: number) => 0.3 - (ms / 10_000) * 0.15;
  const lowered = (ms: number) => (ms > 3000 && ms < 4200 ? 0.08 : 0.28);
  for (const eye of [narrowing, lowered]) {
    expect(play(['blink'], 25, (ms) => ({ leftEye: eye(ms), rightEye: eye(ms) }))).toEqual([]);
  }
});

test('on a turned head the nearer eye decides, on a straight one a wink is no blink', () => {
  const oneEye = (yaw: number) => (ms: number) => ({
    yaw,
    leftEye: 0.28,
    rightEye: ms > 3000 && ms < 3200 ? 0.05 : 0.28,
  });
  expect(play(['blink'], 25, oneEye(-20))).toEqual([['blink', 3]]);
  expect(play(['blink'], 25, oneEye(20))).toEqual([]);
  expect(play(['blink'], 25, oneEye(0))).toEqual([]);
});

test('the level of open eyes does not depend on the frame rate', () => {
  const levels = [8, 100].map((fps) => {
    const baseline = new EyeBaseline();
    let share = 0;
    for (let ms = 0; ms <= 4000; ms += 1000 / fps) {
      const eye = ms < 2000 ? 0.3 : 0.2;
      share = baseline.next({ leftEye: eye, rightEye: eye }, ms).leftEye ?? 0;
    }
    return share;
  });
  expect(levels[0]).toBeCloseTo(levels[1] as number, 1);
});

test('a face that cannot be measured gives a reading without eyes and mouth', () => {
  const pose = { yaw: 70, pitch: 0, roll: 0, matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], vector: [0, 0, 0] } as const;
  const error = { error: 'EXTREME_FACE_ANGLE' } as const;
  expect(faceReading({ pose, eyes: error, mouth: error })).toEqual({ yaw: 70, pitch: 0 });
});
