/** Tests of the cooperative checks on drawn-up sessions: every action, every failure. */

import { describe, expect, test } from 'vitest';
import { ActionDetector, type FaceReading, type LivenessAction, livenessActions } from './actions.ts';
import { type ChallengeFrame, type ChallengeOptions, LivenessChallenge } from './challenge.ts';
import { NearFarCheck } from './near-far.ts';
import type { DeepPoint } from './near-far-fit.ts';

const rest: FaceReading = { yaw: 0, pitch: 0, leftEye: 0.9, rightEye: 0.9, mouth: 0.05, smile: 0.05 };

/** How a person performs: the reading at a time since the action began. */
const performances: Readonly<Record<LivenessAction, (ms: number) => Partial<FaceReading>>> = {
  blink: (ms) => (ms >= 200 && ms < 400 ? { leftEye: 0.1, rightEye: 0.15 } : {}),
  'mouth-open': (ms) => (ms >= 200 && ms < 700 ? { mouth: 0.45 } : {}),
  'head-shake': (ms) => ({ yaw: ms < 1200 ? 18 * Math.sin((ms / 1200) * 2 * Math.PI) : 0 }),
  nod: (ms) => ({ pitch: ms < 800 ? -16 * Math.sin((ms / 800) * Math.PI) : 0 }),
  'head-raise': (ms) => ({ pitch: Math.min(18, ms / 30) }),
  'turn-left': (ms) => ({ yaw: Math.max(-32, -ms / 20) }),
  'turn-right': (ms) => ({ yaw: Math.min(32, ms / 20) }),
  smile: (ms) => (ms >= 200 ? { smile: 0.9 } : {}),
};

describe.each([5, 15, 30, 60])('at %i frames per second', (fps) => {
  test.each(livenessActions)('%s is seen', (action) => {
    const detector = new ActionDetector(action);
    for (let ms = 0; ms <= 2000; ms += 1000 / fps) detector.next({ ...rest, ...performances[action](ms) }, ms);
    expect(detector.state).toBe('done');
    const { begunMs = 0, doneMs = 0 } = detector.evidence;
    expect(doneMs).toBeGreaterThanOrEqual(begunMs);
  });

  test.each(livenessActions)('%s is not seen at rest, nor while something else is done', (action) => {
    const near: Partial<Record<LivenessAction, readonly LivenessAction[]>> = {
      'head-shake': ['turn-left', 'turn-right'],
      'turn-left': ['head-shake'],
      'turn-right': ['head-shake'],
    };
    for (const other of [undefined, ...livenessActions]) {
      if (other === action || (other && near[action]?.includes(other))) continue;
      const detector = new ActionDetector(action);
      for (let ms = 0; ms <= 3000; ms += 1000 / fps) {
        detector.next({ ...rest, ...(other === undefined ? {} : performances[other](ms)) }, ms);
      }
      expect([other, detector.state]).not.toEqual([other, 'done']);
    }
  });
});

describe('actions', () => {
  test.each(livenessActions)('%s under way before the prompt does not count', (action) => {
    const detector = new ActionDetector(action);
    const held = { ...rest, leftEye: 0.1, rightEye: 0.1, mouth: 0.5, smile: 0.9, yaw: 40, pitch: 30 };
    for (let ms = 0; ms < 1000; ms += 33) expect(detector.next(held, ms)).toBe('waiting');
  });

  test('closed eyes are no blink, nor is a wink, nor an eye on a turned head', () => {
    for (const odd of [
      (ms: number) => (ms > 200 && ms < 1800 ? { leftEye: 0.1, rightEye: 0.1 } : {}),
      (ms: number) => (ms > 200 && ms < 400 ? { leftEye: 0.15 } : {}),
      (ms: number) => (ms > 200 && ms < 400 ? { leftEye: 0.1, rightEye: 0.1, yaw: 35 } : {}),
    ]) {
      const detector = new ActionDetector('blink');
      for (let ms = 0; ms <= 2500; ms += 33) detector.next({ ...rest, ...odd(ms) }, ms);
      expect(detector.state).not.toBe('done');
    }
  });

  test('one odd reading opens no mouth', () => {
    const detector = new ActionDetector('mouth-open');
    for (let ms = 0; ms < 1000; ms += 33) detector.next({ ...rest, mouth: ms === 330 ? 0.6 : 0.05 }, ms);
    expect(detector.state).not.toBe('done');
  });
});

const box = { x: 220, y: 140, width: 200, height: 240 };
const unit = (...values: number[]) => Float32Array.from(values);

/** Plays a session: a person who does what is asked 300 ms after the prompt, with `spoil` changing the frames. */
function play(
  options: ChallengeOptions = {},
  spoil: (frame: ChallengeFrame, prompt: LivenessAction | undefined) => ChallengeFrame = (frame) => frame,
  obey = true,
) {
  const challenge = new LivenessChallenge({ count: 3, ...options });
  let prompt: LivenessAction | undefined;
  let promptedMs = 0;
  let seen = 0;
  for (let ms = 0; ms < 120_000; ms += 40) {
    const acting =
      obey && prompt !== undefined && ms - promptedMs > 300 ? performances[prompt](ms - promptedMs - 300) : {};
    const face = { ...rest, ...acting, box, track: 1, silent: 0.9, embedding: unit(1, 0) };
    const status = challenge.next(spoil({ timestampMs: ms, width: 640, height: 480, faces: 1, face }, prompt));
    if (status.verdict !== undefined) return { verdict: status.verdict, challenge, prompts: seen };
    if (status.prompt?.action !== prompt) {
      prompt = status.prompt?.action;
      promptedMs = ms;
      if (prompt !== undefined) seen++;
    }
  }
  throw new Error('the session did not end');
}

const withFace = (frame: ChallengeFrame, change: Partial<NonNullable<ChallengeFrame['face']>>): ChallengeFrame =>
  frame.face === undefined ? frame : { ...frame, face: { ...frame.face, ...change } };

describe('LivenessChallenge', () => {
  test.each(livenessActions)('a person who does %s is live', (action) => {
    const { verdict } = play({ actions: [action], count: 1 });
    expect(verdict).toMatchObject({ live: true, reasons: [], steps: [{ action }] });
    expect(verdict.silent.mean).toBeCloseTo(0.9);
    const [step] = verdict.steps;
    expect(step?.begunMs ?? 0).toBeGreaterThan(step?.promptedMs ?? 0);
  });

  test('all eight in one session', () => {
    const { verdict, prompts, challenge } = play({ actions: livenessActions, count: 8, totalTimeoutMs: 90_000 });
    expect(verdict.live).toBe(true);
    expect(prompts).toBe(8);
    expect(verdict.steps.map(({ action }) => action)).toEqual(challenge.actions);
  });

  test('the order is random, no action twice', () => {
    const orders = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const { actions } = new LivenessChallenge();
      expect(new Set(actions).size).toBe(3);
      orders.add(actions.join());
    }
    expect(orders.size).toBeGreaterThan(20);
  });

  test('a person who does nothing runs out of time', () => {
    expect(play({}, undefined, false).verdict).toMatchObject({ live: false, reasons: ['ACTION_TIMEOUT'] });
    const slow = { actionTimeoutMs: 60_000, totalTimeoutMs: 5000 };
    expect(play(slow, undefined, false).verdict.reasons).toEqual(['TOTAL_TIMEOUT']);
  });

  test('a recording that loops over one action fails when another is asked', () => {
    const loop = (frame: ChallengeFrame) =>
      withFace(frame, { ...rest, ...performances.blink(frame.timestampMs % 3000) });
    const { verdict } = play({ actions: ['nod', 'blink', 'mouth-open'] }, loop, false);
    expect(verdict).toMatchObject({ live: false, reasons: ['ACTION_TIMEOUT'] });
  });

  const after = 1000;
  test.each<[string, (frame: ChallengeFrame) => ChallengeFrame]>([
    ['FACE_LOST', ({ face: _, ...frame }) => ({ ...frame, faces: 0 })],
    ['SEVERAL_FACES', (frame) => ({ ...frame, faces: 2 })],
    ['TRACK_CHANGED', (frame) => withFace(frame, { track: 2 })],
    ['IDENTITY_CHANGED', (frame) => withFace(frame, { embedding: unit(0, 1) })],
    ['FACE_JUMPED', (frame) => withFace(frame, { box: { ...box, x: 20 } })],
  ])('%s', (reason, spoil) => {
    const { verdict } = play({ count: 3 }, (frame) => (frame.timestampMs > after ? spoil(frame) : frame), false);
    expect(verdict).toMatchObject({ live: false, reasons: [reason] });
  });

  test('what a turned head looks like is not held against it; what it looks like straight again is', () => {
    const strange = (from: number) => (frame: ChallengeFrame) =>
      Math.abs(frame.face?.yaw ?? 0) > from ? withFace(frame, { embedding: unit(0, 1) }) : frame;
    const options = { count: 1, actions: ['turn-left'] } as const;
    expect(play(options, strange(20)).verdict.live).toBe(true);
    expect(play(options, strange(10)).verdict.reasons).toEqual(['IDENTITY_CHANGED']);
  });

  test('a moment without a face is forgiven', () => {
    const { verdict } = play({ count: 1, actions: ['mouth-open'] }, (frame) => {
      const { face: _, ...without } = frame;
      return frame.timestampMs > 500 && frame.timestampMs < 900 ? { ...without, faces: 0 } : frame;
    });
    expect(verdict.live).toBe(true);
  });

  test('silent liveness is averaged over the session and can veto', () => {
    expect(play({}, (frame) => withFace(frame, { silent: 0.2 })).verdict.reasons).toEqual(['SILENT_SPOOF']);
    const without = (frame: ChallengeFrame): ChallengeFrame => {
      if (frame.face === undefined) return frame;
      const { silent: _, ...face } = frame.face;
      return { ...frame, face };
    };
    expect(play({}, without).verdict.reasons).toEqual(['SILENT_TOO_FEW']);
    expect(play({ minSilent: 0 }, without).verdict.live).toBe(true);
  });

  test('says what to do before it begins', () => {
    const challenge = new LivenessChallenge();
    const frame = { width: 640, height: 480, faces: 1, face: { ...rest, box } };
    const say = (timestampMs: number, change: object) => challenge.next({ ...frame, timestampMs, ...change }).guidance;
    expect(say(0, { faces: 0, face: undefined })).toBe('NO_FACE');
    expect(say(1, { faces: 2 })).toBe('ONE_FACE_ONLY');
    expect(say(2, { face: { ...rest, box: { ...box, width: 60 } } })).toBe('COME_CLOSER');
    expect(say(3, { face: { ...rest, box: { ...box, x: 0, y: 0, width: 180 } } })).toBe('CENTRE_FACE');
    expect(say(4, { face: { ...rest, yaw: 30, box } })).toBe('LOOK_STRAIGHT');
    expect(() => challenge.next({ ...frame, timestampMs: 4 })).toThrow(/after 4/);
  });

  test('refuses counts and actions that cannot be', () => {
    expect(() => new LivenessChallenge({ count: 9 })).toThrow(/count of 1 to 7/);
    expect(() => new LivenessChallenge({ actions: ['dance' as LivenessAction], count: 1 })).toThrow(/dance/);
  });
});

describe('NearFarCheck', () => {
  /** A face of 60 points on an ellipsoid, 1 wide, seen from `distance` widths; `flat`: a picture of it. */
  const view = (distance: number, flat: boolean, noise = 0) => {
    const focal = 1280 / (2 * Math.tan((65 * Math.PI) / 360));
    let seed = Math.round(distance * 1000) + 1;
    const random = () => {
      seed = (seed * 16807) % 2147483647;
      return (seed / 2147483647 - 0.5) * 2 * noise;
    };
    const points: DeepPoint[] = Array.from({ length: 60 }, (_, i) => {
      const x = ((i % 10) / 9 - 0.5) * 0.9;
      const y = (Math.floor(i / 10) / 5 - 0.5) * 1.2;
      const height =
        0.45 * Math.sqrt(Math.max(0, 1 - (x / 0.5) ** 2 - (y / 0.75) ** 2)) + (Math.hypot(x, y) < 0.15 ? 0.12 : 0);
      const scale = focal / (flat ? distance : distance - height);
      return { x: 640 + x * scale + random(), y: 380 + y * scale + random(), z: (-height * focal) / distance };
    });
    return { width: 1280, height: 720, faceWidth: focal / distance, points };
  };
  const check = (flat: boolean, noise: number) => {
    const nearFar = new NearFarCheck();
    expect(nearFar.next(view(1.2, flat)).guidance).toBe('MOVE_BACK');
    for (let i = 0; i < 5; i++) nearFar.next(view(3.2 + i / 100, flat, noise));
    expect(nearFar.next(view(3.2, flat)).guidance).toBe('COME_CLOSER');
    for (let i = 0; i < 4; i++) nearFar.next(view(1.4 + i / 100, flat, noise));
    return nearFar.next(view(1.4, flat, noise));
  };

  test.each([0, 1.5])('a head passes, a picture does not (noise %d pixels)', (noise) => {
    const head = check(false, noise).verdict;
    const picture = check(true, noise).verdict;
    expect(head?.live).toBe(true);
    expect(picture?.live).toBe(false);
    expect(head?.score ?? 0).toBeGreaterThan(0.7);
    expect(picture?.score ?? 1).toBeLessThan(0.2);
  });

  test('a turned head and too few points', () => {
    const nearFar = new NearFarCheck();
    expect(nearFar.next({ ...view(3.2, false), yaw: 30 }).guidance).toBe('LOOK_STRAIGHT');
    expect(() => nearFar.next({ ...view(3.2, false), points: [] })).toThrow(/20 points/);
  });
});
