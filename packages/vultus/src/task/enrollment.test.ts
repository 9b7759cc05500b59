/** Enrolment and liveness verdicts: every reason by itself, limits that can be moved. */

import { describe, expect, it } from 'vitest';
import { judgeLiveness, type LivenessFace } from '../liveness/silent.ts';
import { type ConditionCode, conditionCodes, guidance } from './conditions.ts';
import { type EnrollmentFace, judgeEnrollment } from './enrollment.ts';
import { describePose } from './pose.ts';
import { fromAngles } from './rotation.ts';

const picture = { width: 480, height: 640 };

const good: LivenessFace & EnrollmentFace = {
  index: 0,
  score: 1,
  box: { x: 140, y: 190, width: 200, height: 260 },
  pose: describePose(fromAngles({ yaw: 3, pitch: -4, roll: 2 })),
  eyes: {
    left: { openness: 0.9, open: true, aspectRatio: 0.3 },
    right: { openness: 0.95, open: true, aspectRatio: 0.3 },
  },
  quality: {
    exposure: { verdict: 'good', faceBright: 0, faceDark: 0.05, pictureBright: 0.1, pictureDark: 0.1, brightness: 0.5 },
    blur: { verdict: 'good', score: 0.9 },
    size: { width: 200, height: 260, eyes: 90 },
  },
  mask: { score: 0.02, label: 'none', distribution: { none: 0.98, 'nose-uncovered': 0.01, worn: 0.01 } },
  occlusion: { eyes: 0.01, nose: 0.02, mouth: 0.03, hidden: [] },
  templateQuality: { score: 0.7 },
  liveness: { score: 0.97, live: true },
};

const { exposure, blur, size } = good.quality;

const bad: readonly (readonly [ConditionCode, Partial<EnrollmentFace>])[] = [
  [
    'MASK_DETECTED',
    {
      mask: { score: 0.9, label: 'worn', distribution: { none: 0.1, 'nose-uncovered': 0.1, worn: 0.8 } },
      occlusion: { eyes: 0, nose: 0.9, mouth: 0.9, hidden: ['nose', 'mouth'] },
    },
  ],
  ['EYES_COVERED', { occlusion: { eyes: 0.8, nose: 0, mouth: 0, hidden: ['eyes'] } }],
  ['FACE_COVERED', { occlusion: { eyes: 0, nose: 0.1, mouth: 0.7, hidden: ['mouth'] } }],
  ['POOR_TEMPLATE', { templateQuality: { score: 0.01 } }],
  ['FACE_TOO_SMALL', { box: { x: 220, y: 300, width: 30, height: 39 } }],
  ['EXTREME_FACE_ANGLE', { pose: describePose(fromAngles({ yaw: -41, pitch: 0, roll: 0 })) }],
  ['EXTREME_FACE_ANGLE', { pose: describePose(fromAngles({ yaw: 0, pitch: 31, roll: 0 })) }],
  ['TOO_DARK', { quality: { exposure: { ...exposure, faceDark: 0.7 }, blur, size } }],
  ['TOO_BRIGHT', { quality: { exposure: { ...exposure, brightness: 0.9 }, blur, size } }],
  ['BLURRY', { quality: { exposure, size, blur: { verdict: 'blurry', score: 0.2 } } }],
  ['FACE_CUT_OFF', { box: { x: 0, y: 190, width: 200, height: 260 } }],
  [
    'EYES_CLOSED',
    {
      eyes: {
        left: { openness: 0.1, open: false, aspectRatio: 0.1 },
        right: { openness: 0.9, open: true, aspectRatio: 0.3 },
      },
    },
  ],
];

describe('judgeEnrollment', () => {
  it('accepts a good face', () => {
    expect(judgeEnrollment([good], picture)).toMatchObject({ accept: true, reasons: [], advice: [] });
  });

  it.each(bad)('refuses for %s, with value and limit', (code, change) => {
    const { accept, reasons } = judgeEnrollment([{ ...good, ...change }], picture);
    expect(accept).toBe(false);
    expect(reasons.map((reason) => reason.code)).toEqual([code]);
    for (const { value, limit } of reasons) expect([value, limit].every(Number.isFinite)).toBe(true);
  });

  it('refuses no face and several, but not a face far behind', () => {
    expect(judgeEnrollment([], picture).reasons[0]?.code).toBe('NO_FACE');
    expect(judgeEnrollment([good, good], picture).reasons).toEqual([{ code: 'MULTIPLE_FACES', value: 2, limit: 1 }]);
    const behind = { ...good, box: { x: 10, y: 10, width: 50, height: 60 } };
    expect(judgeEnrollment([behind, good], picture).accept).toBe(true);
  });

  it('takes other limits, and advises below the recommended height', () => {
    const small = { ...good, box: { x: 200, y: 300, width: 50, height: 60 } };
    expect(judgeEnrollment([small], picture)).toMatchObject({
      accept: true,
      advice: [{ code: 'FACE_TOO_SMALL', limit: 100 }],
    });
    expect(judgeEnrollment([small], picture, { minHeight: 80 }).accept).toBe(false);
  });
});

describe('judgeLiveness', () => {
  it('answers where the conditions hold', () => {
    expect(judgeLiveness([good], picture)).toEqual({ verdict: 'real', score: 0.97, reasons: [] });
    const copy = { ...good, liveness: { score: 0.2, live: false } };
    expect(judgeLiveness([copy], picture).verdict).toBe('spoof');
  });

  it('says why it does not answer', () => {
    const codes = (face: Partial<LivenessFace>) =>
      judgeLiveness([{ ...good, ...face }], picture).reasons.map(({ code }) => code);
    expect(judgeLiveness([], picture)).toMatchObject({ verdict: 'unsuitable', reasons: [{ code: 'NO_FACE' }] });
    expect(codes({ box: { x: 190, y: 270, width: 80, height: 105 } })).toEqual(['FACE_TOO_FAR']);
    expect(codes({ box: { x: 40, y: 70, width: 390, height: 500 } })).toEqual(['FACE_TOO_CLOSE']);
    expect(codes({ box: { x: 0, y: 0, width: 200, height: 260 } })).toEqual(['FACE_NOT_CENTERED']);
  });
});

describe('guidance', () => {
  it('has plain words for every code', () => {
    for (const code of Object.keys(conditionCodes) as ConditionCode[])
      expect(guidance({ code })).toMatch(/^[A-Z].*\.$/);
  });
});
