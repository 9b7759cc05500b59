/** Tests of blinks and mouth openings against what a person marked, on what was read off every frame of five clips. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Vultus } from 'vultus';
import {
  type ActionMarking,
  judgeActions,
  markedActions,
  type PackedReading,
  packReading,
  unpackReading,
} from './actions.ts';
import { actionsCommand, actionsTable, recordedActions } from './actions-command.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const marking = join(repository, 'eval', 'markings', 'actions.json');
const read = (name: string): unknown => JSON.parse(readFileSync(join(repository, 'eval', 'markings', name), 'utf8'));
const { clips } = read('actions.json') as { readonly clips: readonly ActionMarking[] };
const recorded = read('readings.json') as Readonly<Record<string, readonly PackedReading[]>>;

/** Marked, missed and invented over all clips, looking at every so-manieth frame. */
function judgeAll(every: number, first = 0) {
  const total = { blink: { marked: 0, missed: 0, invented: 0 }, 'mouth-open': { marked: 0, missed: 0, invented: 0 } };
  for (const clip of clips) {
    const readings = (recorded[clip.clip] ?? []).map(unpackReading);
    const scores = judgeActions(clip, readings, { every, first });
    for (const action of markedActions) {
      total[action].marked += scores[action].marked;
      total[action].missed += scores[action].missed.length;
      total[action].invented += scores[action].invented.length;
    }
  }
  return total;
}

describe('what was read off five clips', () => {
  test.each([
    [1, 0],
    [2, 0],
    [2, 1],
    [3, 0],
    [3, 1],
    [3, 2],
  ])('every frame of %i, from frame %i: of 100 marked at most 10 are missed, 5 invented', (every, first) => {
    const found = judgeAll(every, first);
    expect(found.blink.marked).toBe(66);
    expect(found['mouth-open'].marked).toBe(24);
    for (const action of markedActions) {
      const { marked, missed, invented } = found[action];
      expect([action, 'missed', missed / marked]).toSatisfy(([, , share]) => share <= 0.1);
      expect([action, 'invented', invented / (marked - missed + invented)]).toSatisfy(([, , share]) => share <= 0.05);
    }
  });

  test('a command judges the same without clips and models', async () => {
    const [recordedReadings, drawn] = [join(repository, 'eval', 'markings', 'readings.json'), judgeAll(1).blink];
    const reports = await recordedActions({ recorded: recordedReadings, marking });
    const blinks = reports.map(({ rates }) => rates[0]?.blink.missed.length ?? Number.NaN);
    expect(blinks.reduce((sum, missed) => sum + missed, 0)).toBe(drawn.missed);
    expect(actionsTable(reports)).toMatch(/all +blink +all +66/);
  });

  test('packing loses nothing that matters', () => {
    const reading = { yaw: -12.3, pitch: 4, leftEye: 0.281, rightEye: 0.3, mouth: 0.012 };
    const frame = { index: 7, timestampMs: 292, reading };
    expect(unpackReading(packReading(frame))).toEqual(frame);
    expect(unpackReading(packReading({ ...frame, reading: { yaw: 60 } }))).toEqual({ ...frame, reading: { yaw: 60 } });
  });
});

test('an action is found once, beside its mark by a frame or two; elsewhere it is invented', () => {
  const blinkAt = [40, 100, 160];
  const readings = Array.from({ length: 200 }, (_, index) => {
    const eye = blinkAt.some((at) => index >= at && index < at + 4) ? 0.05 : 0.3;
    return { index, timestampMs: index * 40, reading: { leftEye: eye, rightEye: eye } };
  });
  const none = { marked: [], unsure: [] };
  const clip: ActionMarking = {
    clip: 'drawn',
    blink: {
      marked: [
        [38, 39],
        [190, 192],
      ],
      unsure: [[98, 105]],
    },
    'mouth-open': none,
  };
  expect(judgeActions(clip, readings).blink).toEqual({ marked: 2, missed: [[190, 192]], invented: [[160, 164]] });
});

const videos = join(process.env.VULTUS_DATA ?? join(repository, '..', 'shared', 'data'), 'video');
const runs = existsSync(videos) && spawnSync('ffmpeg', ['-version']).status === 0;

describe.skipIf(!runs)('real clips (skipped without the clips or ffmpeg)', { timeout: 600_000 }, () => {
  test('the first blinks and openings of one clip, from its pixels', async () => {
    await using vultus = await Vultus.open({ threads: 1 });
    const [report] = await actionsCommand(vultus, { videos, marking, clips: ['live_apfol_real2.webm'], endMs: 17_000 });
    const [every] = report?.rates ?? [];
    expect(every?.blink).toMatchObject({ marked: 2, missed: [], invented: [] });
    expect(every?.['mouth-open']).toMatchObject({ marked: 2, missed: [], invented: [] });
  });

  test('the clip of a person looks more alive than that of a replay', async () => {
    await using vultus = await Vultus.open({ threads: 1 });
    const clips = ['live_apfol_real2.webm', 'live_apfol_fake2.webm'];
    const reports = await actionsCommand(vultus, { videos, marking, clips, endMs: 4000 });
    const mean = (name: string) => reports.find(({ clip }) => clip === name)?.silent?.mean ?? Number.NaN;
    expect(mean('live_apfol_real2.webm')).toBeGreaterThan(mean('live_apfol_fake2.webm'));
  });
});
