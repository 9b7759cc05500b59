/** Messages of cameras: what goes in comes out, and whatever else comes in is refused with one typed error. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { mutate } from '../testing/mutate.ts';
import { decodeMessage, encodeMessage, type FrameMessage, messageLimits } from './message.ts';

const single = fc.float({ noNaN: true, noDefaultInfinity: true });
const point = fc.record({ x: single, y: single });
const size = fc.float({ min: Math.fround(0.1), max: 1000, noNaN: true });
const count = fc.nat(0xffffffff);
const time = fc.double({ min: 0, max: 1e13, noNaN: true });
const face = fc.record(
  {
    box: fc.record({ x: single, y: single, width: size, height: size }),
    score: fc.float({ min: 0, max: 1, noNaN: true }),
    points: fc.record({ leftEye: point, rightEye: point, nose: point, leftMouth: point, rightMouth: point }),
    crop: fc.record({ x: count, y: count, jpeg: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
  },
  { requiredKeys: ['box', 'score'] },
);
const head = {
  session: time,
  sequence: count,
  index: count,
  timestampMs: time,
  width: fc.integer({ min: 1, max: messageLimits.side }),
  height: fc.integer({ min: 1, max: messageLimits.side }),
};
const jpeg = fc.uint8Array({ minLength: 1, maxLength: 100 });
const rgb = fc.uint8Array({ minLength: 18, maxLength: 18 });
const message: fc.Arbitrary<FrameMessage> = fc.oneof(
  fc.record({ ...head, kind: fc.constant('jpeg' as const), data: jpeg }),
  fc.record({
    ...head,
    width: fc.constant(3),
    height: fc.constant(2),
    kind: fc.constant('rgb' as const),
    data: rgb,
  }),
  fc.record({ ...head, kind: fc.constant('faces' as const), faces: fc.array(face, { maxLength: 4 }) }),
  fc.record({ ...head, kind: fc.constant('end' as const) }),
);

/** Decodes, or gives the error; anything but `MESSAGE_INVALID` fails the test. */
function decoded(bytes: Uint8Array): FrameMessage | undefined {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(VultusError);
    expect((error as VultusError).code).toBe('MESSAGE_INVALID');
    return undefined;
  }
}

describe('messages', () => {
  it('come out as they went in', () => {
    fc.assert(fc.property(message, (sent) => void expect(decodeMessage(encodeMessage(sent))).toEqual(sent)));
  });

  it('cut short are refused, at every length of a picture-less message', () => {
    fc.assert(
      fc.property(message, fc.nat(), (sent, cut) => {
        const bytes = encodeMessage(sent);
        const length = cut % bytes.length;
        const short = decoded(bytes.subarray(0, length));
        // A JPEG has no length of its own: what is left of it is for its decoder to judge.
        if (short !== undefined) expect(sent.kind === 'jpeg' && length > 40).toBe(true);
      }),
    );
  });

  it('with bytes after the end are refused', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const longer = new Uint8Array([...encodeMessage(sent), 0]);
        if (sent.kind !== 'jpeg') expect(decoded(longer)).toBeUndefined();
      }),
    );
  });

  it('damaged or made up, they cost one typed error at most', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decoded(bytes)));
    fc.assert(
      fc.property(message, fc.nat(), (sent, seed) => void decoded(mutate(encodeMessage(sent), seed))),
      {
        numRuns: 1000,
      },
    );
  });

  it('say what is wrong: version, size, count, what the sender would be refused for', () => {
    const end = encodeMessage({ ...sample, kind: 'end' });
    const edited = (at: number, value: number) => {
      const bytes = end.slice();
      bytes[at] = value;
      return bytes;
    };
    expect(() => decodeMessage(edited(4, 2))).toThrow(/version 1, got 2: update the older side/);
    expect(() => decodeMessage(edited(35, 1))).toThrow(/sides of 1 to 16384/);
    const faces = encodeMessage({ ...sample, kind: 'faces', faces: [] });
    faces.set([0xff, 0xff, 0xff, 0xff], 40);
    expect(() => decodeMessage(faces)).toThrow(/at most 1000 faces, got 4294967295/);
    expect(() => encodeMessage({ ...sample, kind: 'rgb', data: new Uint8Array(5) })).toThrow(
      /encodeMessage: .*12 bytes/,
    );
    expect(() => encodeMessage({ ...sample, kind: 'end', timestampMs: Number.NaN })).toThrow(/finite/);
  });
});

const sample = { session: 1, sequence: 2, index: 3, timestampMs: 4, width: 2, height: 2 };
