/** Tests of counting switches, gaps and false alarms, and of ids on real clips that were marked by eye. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Tracker, Vultus } from 'vultus';
import { judgeSingle, judgeTracking, markedBox, type TrackedFrame, type TrackingTruth } from './tracking.ts';
import { type PackedDetections, type TrackingMarking, trackingCommand, unpackDetections } from './tracking-command.ts';

const box = (x: number) => ({ x, y: 0, width: 40, height: 40 });
const frame = (index: number, ...tracks: readonly (readonly [id: number, x: number])[]): TrackedFrame => ({
  index,
  tracks: tracks.map(([id, x]) => ({ id, state: 'tracked', box: box(x) })),
});
const anna = {
  name: 'anna',
  marks: [
    [0, 0, 0, 40, 40],
    [10, 100, 0, 40, 40],
  ],
} as const;
const truth: TrackingTruth = { clip: 'drawn', maxSide: 640, people: [anna] };

describe('counting', () => {
  const frames = [
    ...[0, 1, 2].map((i) => frame(i, [1, 10 * i])),
    frame(3),
    ...[4, 5, 6].map((i) => frame(i, [1, 10 * i])),
    ...[7, 8, 9, 10].map((i) => frame(i, [2, 10 * i], [1, 500])),
    frame(11, [3, 110]),
  ];

  test('switches, gaps, false alarms, MOTA and IDF1 along an interpolated path', () => {
    const score = judgeTracking(truth, frames);
    expect(score.people).toEqual([
      { name: 'anna', visible: 11, tracked: 10, ids: [1, 2], switches: 1, fragments: 1, returns: 0, regained: 0 },
    ]);
    expect(score).toMatchObject({ visible: 11, missed: 1, falseAlarms: 5, switches: 1, fragments: 1 });
    expect(score.mota).toBeCloseTo(1 - 7 / 11);
    // Six frames carry the id that anna has most often, of 11 marked and 15 tracked boxes.
    expect(score.idf1).toBeCloseTo(12 / 26);
  });

  test('a track where nobody can judge is neither right nor wrong; out of sight is out of sight', () => {
    const unjudged = [
      {
        name: 'a poster',
        marks: [
          [0, 480, -20, 80, 80],
          [20, 480, -20, 80, 80],
        ] as const,
      },
    ];
    expect(judgeTracking({ ...truth, unjudged }, frames).falseAlarms).toBe(1);
    const hidden = { name: 'bert', marks: [[0, 0, 0, 40, 40], [4, 0, 0, 40, 40], null, [8, 0, 0, 40, 40]] as const };
    expect([0, 3, 4, 5, 8].map((at) => markedBox(hidden, at) !== undefined)).toEqual([true, true, true, false, true]);
  });

  test('who was out of view and is tracked again has returned, under the same id or another', () => {
    const marks = [[0, 0, 0, 40, 40], [2, 0, 0, 40, 40], null, [5, 0, 0, 40, 40], [6, 0, 0, 40, 40]] as const;
    const story = (id: number) => {
      // Tracked again one frame late: that is a miss, no gap in a track.
      const frames = [...[0, 1, 2].map((i) => frame(i, [1, 0])), frame(3), frame(4), frame(5), frame(6, [id, 0])];
      return judgeTracking({ ...truth, people: [{ name: 'bert', marks }] }, frames);
    };
    expect(story(1)).toMatchObject({ returns: 1, regained: 1, switches: 0, fragments: 0, missed: 1 });
    expect(story(2)).toMatchObject({ returns: 1, regained: 0, switches: 1, fragments: 0, missed: 1 });
  });

  test('two people on one track: one of them is missed', () => {
    const bert = { ...anna, name: 'bert' };
    const score = judgeTracking({ ...truth, people: [anna, bert] }, [frame(0, [1, 0])]);
    expect(score).toMatchObject({ visible: 2, missed: 1, falseAlarms: 0 });
  });

  test('one face: the main id and what else there was', () => {
    expect(judgeSingle(frames, 0, 10)).toEqual({
      id: 1,
      first: 0,
      last: 10,
      coverage: 10 / 11,
      otherIds: [2],
      otherFrames: 4,
    });
  });
});

const repository = fileURLToPath(new URL('../../', import.meta.url));
const marking = join(repository, 'eval', 'markings', 'tracking.json');
const videos = join(process.env.VULTUS_DATA ?? join(repository, '..', 'shared', 'data'), 'video');
const runs = existsSync(videos) && spawnSync('ffmpeg', ['-version']).status === 0;

test.each([1, 2, 3])(
  'what the detector saw in 200 seconds of a talking face, every frame of %i: one id from first to last, by detection',
  (every) => {
    const file = join(repository, 'eval', 'markings', 'detections.json');
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, readonly PackedDetections[]>>;
    const seen = (recorded['clm_franck.mp4'] ?? []).map(unpackDetections).filter(({ index }) => index % every === 0);
    const tracker = new Tracker();
    const frames = seen.map(({ index, timestampMs, observations }) => ({
      index,
      tracks: tracker.update(observations, timestampMs),
    }));
    expect(frames).toHaveLength(4800 / every);
    expect(judgeSingle(frames, 0, 4799)).toMatchObject({ id: 1, first: 0, last: 4800 - every, coverage: 1 });
  },
);

test('the marking is in order of frames', () => {
  const { clips } = JSON.parse(readFileSync(marking, 'utf8')) as TrackingMarking;
  for (const { people, unjudged = [] } of clips) {
    for (const { name, marks } of [...people, ...unjudged]) {
      const frames = marks.flatMap((mark) => (mark === null ? [] : [mark[0]]));
      expect([name, frames]).toEqual([name, [...new Set(frames)].sort((a, b) => a - b)]);
    }
  }
});

describe.skipIf(!runs)('real clips (skipped without the clips or ffmpeg)', { timeout: 600_000 }, () => {
  test.each(['light', 'by-detection'] as const)('%s: one id from the first frame to the last', async (way) => {
    await using vultus = await Vultus.open({ threads: 1 });
    const clips = ['headpose_sample.mp4', 'clm_franck.mp4'];
    const reports = await trackingCommand(vultus, { videos, marking, clips, ways: [way], endMs: 2000 });
    expect(reports).toHaveLength(2);
    for (const { single, frames } of reports) {
      // Light tracking confirms a face in its second frame.
      expect(single?.first).toBeLessThanOrEqual(1);
      expect(single?.last).toBe(frames - 1);
      expect(single?.coverage).toBeGreaterThan(0.97);
      expect(single?.id).toBe(1);
    }
  });

  test('a face that is hidden for a second gets its id back by its looks', async () => {
    await using vultus = await Vultus.open({ threads: 1 });
    const [report] = await trackingCommand(vultus, {
      videos,
      marking,
      clips: ['facenet_video.mp4'],
      ways: ['light+looks'],
    });
    const man = report?.score?.people.find(({ name }) => name === 'grey-haired man');
    expect(man?.ids).toHaveLength(1);
    expect(man?.switches).toBe(0);
    expect(man?.tracked).toBeGreaterThan(40);
  });

  test.each(['light+looks', 'by-detection+looks'] as const)(
    '%s: a singer who comes back after two seconds of another shot, twice as large, gets his id back',
    async (way) => {
      await using vultus = await Vultus.open({ threads: 1 });
      const clips = ['hamilton_clip.mp4'];
      const [report] = await trackingCommand(vultus, { videos, marking, clips, ways: [way], endMs: 5000 });
      const singer = report?.score?.people.find(({ name }) => name === 'singer');
      expect(singer).toMatchObject({ switches: 0, returns: 1, regained: 1 });
      // Until he is known again, for half a second at most, he has no id.
      expect((singer?.visible ?? 0) - (singer?.tracked ?? 0)).toBeLessThanOrEqual(17);
    },
  );

  test('several people: hardly an id changes', async () => {
    await using vultus = await Vultus.open({ threads: 1 });
    const [report] = await trackingCommand(vultus, { videos, marking, clips: ['friends1.mp4'], ways: ['light'] });
    expect(report?.score?.switches).toBeLessThanOrEqual(1);
    expect(report?.score?.idf1).toBeGreaterThan(0.85);
  });
});
