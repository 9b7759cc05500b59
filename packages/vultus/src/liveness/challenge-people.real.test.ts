/**
 * Whole challenges on clips of real people, from pixels, with tracks and embeddings: asked for what the person happens to
 * do next they pass, asked for something else, or in another order, they do not.
 */

import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { openVideo, Vultus } from '../node.ts';
import { dataPath } from '../testing/data.ts';
import { engineFinder } from '../track/engine-finder.ts';
import { Tracker } from '../track/tracker.ts';
import type { LivenessAction } from './actions.ts';
import { type ChallengeFrame, type ChallengeVerdict, LivenessChallenge } from './challenge.ts';
import { faceReading, readingTasks } from './reading.ts';

const talking = dataPath('video', 'clm_franck.mp4');
const posing = dataPath('video', 'headpose_sample.mp4');
const runs = talking !== undefined && posing !== undefined && spawnSync('ffmpeg', ['-version']).status === 0;

/** Measures a part of a clip; the face is embedded every second. */
async function measure(vultus: Vultus, path: string, startMs: number, endMs: number): Promise<ChallengeFrame[]> {
  const tracker = new Tracker({ mode: 'light', finder: engineFinder(vultus), smoothing: { kind: 'off' } });
  const frames: ChallengeFrame[] = [];
  let embeddedMs = Number.NEGATIVE_INFINITY;
  for await (const { image, timestampMs } of await openVideo(path, { startMs, endMs, maxSide: 640 })) {
    const { width, height } = image;
    const tracks = (await tracker.update(image, timestampMs)).filter(({ state }) => state === 'tracked');
    const [track] = [...tracks].sort((a, b) => b.box.height - a.box.height);
    if (track === undefined) {
      frames.push({ timestampMs, width, height, faces: 0 });
      continue;
    }
    const { id, box, score, landmarks } = track;
    const isDue = timestampMs - embeddedMs >= 1000;
    const detection = [{ box, score, ...(landmarks && { points: landmarks }) }];
    const [read] = await vultus.read(image, detection, { tasks: readingTasks });
    const [look] = isDue ? await vultus.read(image, detection, { tasks: ['embed'] }) : [];
    if (isDue) embeddedMs = timestampMs;
    if (read === undefined) throw new Error('a face that is read');
    const face = { ...faceReading(read), box, track: id, ...(look && { embedding: look.embed.vector }) };
    frames.push({ timestampMs, width, height, faces: tracks.length, face });
  }
  return frames;
}

/** Asks for these actions in this order; silent liveness apart, which refuses such clips. */
function ask(frames: readonly ChallengeFrame[], ...actions: LivenessAction[]): ChallengeVerdict | undefined {
  const rules = { actions, count: actions.length, random: () => 0, minSilent: 0, actionTimeoutMs: 4000 };
  const challenge = new LivenessChallenge(rules);
  for (const frame of frames) {
    const { verdict } = challenge.next(frame);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

describe.skipIf(!runs)('real people (skipped without the clips or ffmpeg)', () => {
  let [talk, pose]: ChallengeFrame[][] = [];

  beforeAll(async () => {
    await using vultus = await Vultus.open({ threads: 1 });
    talk = await measure(vultus, talking as string, 161_700, 171_000);
    // The first shot; at 4.9 seconds the clip is cut.
    pose = await measure(vultus, posing as string, 0, 4800);
  }, 600_000);

  test('a man who opens his mouth, shakes his head and blinks passes where he is asked for that', () => {
    const verdict = ask(talk ?? [], 'mouth-open', 'head-shake', 'blink');
    expect(verdict).toMatchObject({ live: true, reasons: [] });
    for (const { promptedMs, begunMs, doneMs } of verdict?.steps ?? []) {
      expect(begunMs).toBeGreaterThan(promptedMs);
      expect(doneMs).toBeGreaterThan(begunMs ?? Number.NaN);
    }
  });

  test.each([
    ['blink', 'head-shake', 'mouth-open'],
    ['turn-right', 'mouth-open', 'blink'],
    ['mouth-open', 'head-raise', 'nod'],
  ] as const)('asked for %s, %s, %s he runs out of time', (...actions) => {
    expect(ask(talk ?? [], ...actions)).toMatchObject({ live: false, reasons: ['ACTION_TIMEOUT'] });
  });

  test('a man who looks aside passes where he is asked to turn there, not where he is asked to open his mouth', () => {
    expect(ask(pose ?? [], 'turn-left')).toMatchObject({ live: true, reasons: [] });
    expect(ask(pose ?? [], 'mouth-open')).toMatchObject({ live: false, reasons: ['ACTION_TIMEOUT'] });
  });

  test('another face in the place of the first, in the middle of a session, ends it', () => {
    const last = (talk ?? []).findIndex(({ timestampMs }) => timestampMs > 164_500);
    const before = (talk ?? []).slice(0, last);
    const { timestampMs = 0, face: first } = before.at(-1) ?? {};
    // The other man, moved to where the first was, under his track.
    const after = (pose ?? []).flatMap((frame, i) => {
      if (frame.face === undefined || first === undefined) return [];
      const face = { ...frame.face, box: first.box, ...(first.track !== undefined && { track: first.track }) };
      return [{ ...frame, face, faces: 1, timestampMs: timestampMs + 40 * (i + 1), width: 360, height: 288 }];
    });
    const verdict = ask([...before, ...after], 'mouth-open', 'head-shake', 'nod');
    expect(verdict).toMatchObject({ live: false, reasons: ['IDENTITY_CHANGED'] });
  });
});
