/** Tests of the tracker fed with detections: no models, no clock. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observation, Track } from './track.ts';
import { Tracker } from './tracker.ts';

const face = (x: number, y = 100, score = 0.9, size = 60): Observation => ({
  box: { x, y, width: size, height: size },
  score,
});
const ids = (tracks: readonly Track[], state: Track['state'] = 'tracked') =>
  tracks.filter((track) => track.state === state).map(({ id }) => id);
const looks = (...values: number[]) => {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
};

describe('ids', () => {
  test('start at 1 and stay while two faces cross the picture', () => {
    const tracker = new Tracker();
    for (let frame = 0; frame < 60; frame++) {
      // The list's order changes from frame to frame, as detectors' lists do.
      const pair = [face(10 + 4 * frame, 50), face(400 - 4 * frame, 200)];
      const tracks = tracker.update(frame % 2 === 0 ? pair : [...pair].reverse(), frame * 33);
      expect(ids(tracks)).toEqual([1, 2]);
      const first = tracks[0] as Track;
      expect(first.observation).toBe(frame % 2);
      expect(first.age).toBe(frame + 1);
    }
    expect(tracker.tracks[0]?.velocity.x).toBeCloseTo(121, -1);
  });

  test('a weak detection keeps a track and starts none', () => {
    const tracker = new Tracker();
    tracker.update([face(0)], 0);
    expect(ids(tracker.update([face(2, 100, 0.2), face(300, 100, 0.3)], 33))).toEqual([1]);
    expect(tracker.tracks).toHaveLength(1);
  });

  test('a newcomer is tentative until seen twice, and a blip leaves nothing', () => {
    const tracker = new Tracker();
    tracker.update([face(0)], 0);
    expect(ids(tracker.update([face(0), face(300)], 33), 'tentative')).toEqual([0]);
    expect(ids(tracker.update([face(0), face(301)], 66))).toEqual([1, 2]);
    tracker.update([face(0), face(301), face(600)], 99);
    expect(tracker.update([face(0), face(301)], 132).map(({ id }) => id)).toEqual([1, 2]);
  });

  test('a face hidden for half a second comes back as itself where its motion leads', () => {
    const tracker = new Tracker();
    let frame = 0;
    for (; frame < 30; frame++) tracker.update([face(5 * frame)], frame * 33);
    for (; frame < 45; frame++) expect(ids(tracker.update([], frame * 33), 'lost')).toEqual([1]);
    expect(ids(tracker.update([face(5 * frame)], frame * 33))).toEqual([1]);
  });

  test('a lost track ends after lostMs', () => {
    const tracker = new Tracker({ lostMs: 500 });
    tracker.update([face(0)], 0);
    expect(tracker.update([], 400)).toHaveLength(1);
    expect(tracker.update([], 600)).toHaveLength(0);
    expect(ids(tracker.update([face(0)], 700), 'tentative')).toEqual([0]);
    expect(ids(tracker.update([face(0)], 733))).toEqual([2]);
  });

  test('maxFaces follows the best and leaves the others', () => {
    const tracker = new Tracker({ maxFaces: 2 });
    const tracks = tracker.update([face(0, 0, 0.7), face(200, 0, 0.95), face(400, 0, 0.8)], 0);
    expect(tracks.map(({ observation }) => observation)).toEqual([1, 2]);
  });

  test('never doubled, never reused, whatever comes', () => {
    const observation = fc.record({
      x: fc.integer({ min: 0, max: 600 }),
      y: fc.integer({ min: 0, max: 400 }),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(observation, { maxLength: 8 }), { maxLength: 25 }), (frames) => {
        const tracker = new Tracker({ lostMs: 100 });
        const ended = new Set<number>();
        let before: number[] = [];
        for (const [index, frame] of frames.entries()) {
          const now = tracker.update(
            frame.map(({ x, y, score }) => face(x, y, score)),
            index * 40,
          );
          const list = now.map(({ id }) => id).filter((id) => id > 0);
          expect(new Set(list).size).toBe(list.length);
          const seen = now.flatMap((track) => track.observation ?? []);
          expect(new Set(seen).size).toBe(seen.length);
          for (const id of before) if (!list.includes(id)) ended.add(id);
          for (const id of list) expect(ended.has(id)).toBe(false);
          before = list;
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('looks', () => {
  const [anna, bert] = [looks(1, 0.1, 0), looks(0, 0.1, 1)];

  test('a face that left is known again within the window, not after it', () => {
    for (const [pause, id] of [
      [5_000, 1],
      [40_000, 2],
    ] as const) {
      const tracker = new Tracker();
      tracker.update([{ ...face(0), embedding: anna }], 0);
      tracker.update([{ ...face(0), embedding: anna }], 33);
      for (let t = 100; t <= 2000; t += 100) tracker.update([], t);
      expect(tracker.tracks).toHaveLength(0);
      tracker.update([{ ...face(500), embedding: anna }], pause);
      const tracks = tracker.update([{ ...face(500), embedding: anna }], pause + 33);
      expect(tracks.map((track) => track.id)).toEqual([id]);
    }
  });

  test('remember() gives the earlier id, and only once', () => {
    const tracker = new Tracker();
    tracker.update([face(0)], 0);
    expect(tracker.remember(1, anna)).toBe(1);
    for (let t = 100; t <= 2000; t += 100) tracker.update([], t);
    tracker.update([face(300), face(500)], 2100);
    expect(ids(tracker.update([face(300), face(500)], 2133))).toEqual([2, 3]);
    expect(tracker.remember(2, bert)).toBe(2);
    expect(tracker.remember(3, anna)).toBe(1);
    expect(ids(tracker.update([face(300), face(500)], 2166))).toEqual([1, 2]);
  });

  /** Anna leaves; from two seconds on a face is there that looks so from frame to frame. @returns id and state of each frame */
  const whoComes = (similarities: readonly number[]) => {
    const tracker = new Tracker();
    tracker.update([face(0)], 0);
    tracker.remember(1, anna);
    for (let t = 100; t <= 2000; t += 100) tracker.update([], t);
    const [along, across] = [anna, looks(-0.1, 1, 0)];
    return similarities.map((cosine, frame) => {
      const [track] = tracker.update([face(300)], 2000 + (frame + 1) * 100);
      if (track === undefined || track.id === 0) return 'unconfirmed';
      const sine = Math.sqrt(1 - cosine ** 2);
      tracker.remember(
        track.id,
        along.map((value, i) => cosine * value + sine * (across[i] as number)),
      );
      const [now] = tracker.tracks;
      return `${now?.state} ${now?.id}`;
    });
  };

  test('who resembles somebody who left is looked at further, and is known again by the mean of the looks', () => {
    expect(whoComes([0, 0.3, 0.35, 0.8, 0.3])).toEqual([
      'unconfirmed',
      'tentative 2',
      'tentative 2',
      'tracked 1',
      'tracked 1',
    ]);
  });

  test('or is somebody new after half a second, for good', () => {
    const seen = whoComes([0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 1, 1, 1]);
    const shown = new Array<string>(5).fill('tracked 2');
    expect(seen).toEqual(['unconfirmed', ...new Array<string>(4).fill('tentative 2'), ...shown]);
  });

  test('who resembles nobody is shown at once', () => {
    expect(whoComes([0, 0.1, 0.1])).toEqual(['unconfirmed', 'tracked 2', 'tracked 2']);
  });

  test('faces that overlap are told apart', () => {
    const tracker = new Tracker();
    let frame = 0;
    for (; frame < 10; frame++) {
      tracker.update(
        [
          { ...face(100 + frame), embedding: anna },
          { ...face(140 - frame), embedding: bert },
        ],
        frame * 33,
      );
    }
    // From one frame to the next they change places.
    const tracks = tracker.update(
      [
        { ...face(128), embedding: anna },
        { ...face(112), embedding: bert },
      ],
      frame * 33,
    );
    expect(tracks.map(({ observation }) => observation)).toEqual([0, 1]);
  });
});

describe('modes and mistakes', () => {
  test('mode detect has no past', () => {
    const tracker = new Tracker({ mode: 'detect' });
    tracker.update([face(0)], 0);
    expect(tracker.update([face(1), face(9)], 33)).toMatchObject([
      { id: 0, age: 1, observation: 0 },
      { id: 0, age: 1, observation: 1 },
    ]);
  });

  test('says what is wrong', () => {
    expect(() => new Tracker({ mode: 'light' })).toThrow(/finder/);
    expect(() => new Tracker({ maxFaces: 0 })).toThrow(/maxFaces from 1/);
    expect(() => new Tracker({ maxFace: 3 } as object)).toThrow(/maxFace$/);
    const tracker = new Tracker();
    tracker.update([], 10);
    expect(() => tracker.update([], 10)).toThrow(/after 10 ms/);
    expect(() => tracker.update([], Number.NaN)).toThrow(/timestamp/);
  });
});
