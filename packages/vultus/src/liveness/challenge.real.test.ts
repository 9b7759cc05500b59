/** Head pose and a whole challenge on real clips: a rendered head that raises, lowers and turns itself, and a rolling selfie. */

import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Affine } from '../image/affine.ts';
import { warpAffine } from '../image/warp.ts';
import { openVideo, Vultus } from '../node.ts';
import { dataPath } from '../testing/data.ts';
import { type ChallengeFrame, LivenessChallenge } from './challenge.ts';
import { faceReading, readingTasks } from './reading.ts';

const turning = dataPath('video', 'head_rotation.mp4');
const rolling = dataPath('video', 'rollface_03.mp4');
const runs = turning !== undefined && rolling !== undefined && spawnSync('ffmpeg', ['-version']).status === 0;

describe.skipIf(!runs)('real clips (skipped without the clips or ffmpeg)', () => {
  let vultus: Vultus;
  const frames: { readonly index: number; readonly frame: ChallengeFrame }[] = [];

  beforeAll(async () => {
    vultus = await Vultus.open({ threads: 1 });
    const video = await openVideo(turning as string, { maxSide: 640 });
    for await (const { image, timestampMs, index } of video) {
      const wanted = index <= 205 || (index >= 322 && index <= 352);
      if (!wanted || index % 3 !== 0) continue;
      const face = await vultus.analyzeMain(image, { tasks: readingTasks, tiles: 'off', rolled: 'off' });
      const { width, height } = image;
      const seen = face === null ? { faces: 0 } : { faces: 1, face: { ...faceReading(face), box: face.box } };
      frames.push({ index, frame: { timestampMs, width, height, ...seen } });
    }
    return () => vultus.close();
  }, 300_000);

  /** Yaw from one frame to another, where it was read. */
  const yaws = (from: number, to: number) =>
    frames.flatMap(({ index, frame: { face } }) =>
      index >= from && index <= to && face?.yaw !== undefined ? [face.yaw] : [],
    );

  test.each([
    ['from the front to the right', 150, 204, 60],
    ['from the left to the front', 325, 351, 45],
  ])('yaw follows the turn %s', (_, from, to, least) => {
    const seen = yaws(from, to);
    expect(seen.length).toBeGreaterThan(8);
    const steps = seen.slice(1).map((yaw, i) => yaw - (seen[i] as number));
    // The turn grows all the way; three degrees are noise.
    expect(Math.min(...steps)).toBeGreaterThan(-3);
    expect((seen.at(-1) ?? 0) - (seen[0] ?? 0)).toBeGreaterThan(least);
  });

  test('a head that raises, nods and turns as asked passes; asked for something else it does not', () => {
    const session = (actions: readonly ('head-raise' | 'nod' | 'turn-right' | 'turn-left')[]) => {
      const first = { actions, count: actions.length, random: () => 0, minSilent: 0, actionTimeoutMs: 4000 };
      const challenge = new LivenessChallenge(first);
      for (const { frame } of frames.filter(({ index }) => index <= 205)) {
        const { verdict } = challenge.next(frame);
        if (verdict !== undefined) return verdict;
      }
      return undefined;
    };
    const passed = session(['head-raise', 'nod', 'turn-right']);
    expect(passed).toMatchObject({ live: true, reasons: [] });
    expect(passed?.steps.map(({ action }) => action)).toEqual(['head-raise', 'nod', 'turn-right']);
    expect(session(['turn-left', 'nod', 'head-raise'])).toMatchObject({ live: false, reasons: ['ACTION_TIMEOUT'] });
  });

  test('roll follows the turn of a masked selfie, clockwise as positive', async () => {
    const rolls: number[] = [];
    const turns = [-40, -25, -10, 0, 10, 25, 40];
    for await (const { image, index } of await openVideo(rolling as string, { maxSide: 640 })) {
      if (index % 6 !== 0 || rolls.length === turns.length) continue;
      const turned = turnedAbout(image, turns[rolls.length] as number);
      const face = await vultus.analyzeMain(turned, { tasks: ['pose'] });
      rolls.push(face?.pose.roll ?? Number.NaN);
    }
    const upright = rolls[turns.indexOf(0)] as number;
    for (const [i, turn] of turns.entries()) expect(Math.abs((rolls[i] as number) - upright - turn)).toBeLessThan(6);
    expect(rolls).toEqual([...rolls].sort((a, b) => a - b));
  }, 300_000);
});

/** The picture turned clockwise about its middle. */
function turnedAbout(image: Parameters<typeof warpAffine>[0], degrees: number) {
  const { width, height } = image;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [x, y] = [width / 2, height / 2];
  const back: Affine = [cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y];
  return warpAffine(image, back, width, height, { border: 'edge' });
}
