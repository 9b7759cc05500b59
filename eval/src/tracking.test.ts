/** Tests of counting switches and gaps, and one id per face on real clips. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Vultus } from 'vultus';
import { judgeSingle, judgeTracking, type TrackedFrame, type TrackingTruth } from './tracking.ts';
import { trackingCommand } from './tracking-command.ts';

const box = (x: number) => ({ x, y: 0, width: 40, height: 40 });
const frame = (index: number, ...tracks: readonly (readonly [id: number, x: number])[]): TrackedFrame => ({
  index,
  tracks: tracks.map(([id, x]) => ({ id, state: 'tracked', box: box(x) })),
});
const truth: TrackingTruth = {
  clip: 'drawn',
  maxSide: 640,
  maxStep: 10,
  people: [
    {
      name: 'anna',
      marks: [
        [0, 0, 0, 40, 40],
        [10, 100, 0, 40, 40],
      ],
    },
  ],
};

test('counts switches, gaps and coverage along an interpolated path', () => {
  const frames = [
    ...[0, 1, 2].map((i) => frame(i, [1, 10 * i])),
    frame(3),
    ...[4, 5, 6].map((i) => frame(i, [1, 10 * i])),
    ...[7, 8, 9, 10].map((i) => frame(i, [2, 10 * i], [1, 500])),
    frame(11, [3, 110]),
  ];
  expect(judgeTracking(truth, frames)).toEqual([
    { name: 'anna', visible: 11, tracked: 10, ids: [1, 2], switches: 1, fragments: 1 },
  ]);
  expect(judgeSingle(frames.slice(0, 7))).toEqual({ ids: [1], coverage: 6 / 7, first: 0, last: 6 });
});

const repository = fileURLToPath(new URL('../../', import.meta.url));
const videos = join(process.env.VULTUS_DATA ?? join(repository, '..', 'shared', 'data'), 'video');
const runs = existsSync(videos) && spawnSync('ffmpeg', ['-version']).status === 0;

describe.skipIf(!runs)('real clips (skipped without the clips or ffmpeg)', () => {
  test.each(['light', 'by-detection'] as const)('%s: one id from the first frame to the last', async (mode) => {
    await using vultus = await Vultus.open({ threads: 1 });
    const singles = ['headpose_sample.mp4', 'clm_franck.mp4'];
    const reports = await trackingCommand(vultus, {
      videos,
      singles,
      modes: [mode],
      endMs: mode === 'light' ? 5000 : 2000,
    });
    for (const { single, frames } of reports) {
      // Light tracking confirms a face in its second frame.
      expect(single?.first).toBeLessThanOrEqual(1);
      expect(single?.last).toBe(frames - 1);
      expect(single?.coverage).toBeGreaterThan(0.98);
    }
    expect(reports.find(({ clip }) => clip === 'clm_franck.mp4')?.single?.ids).toEqual([1]);
  });
});
