/** Tests of averaging traits over a track. */

import { describe, expect, test } from 'vitest';
import { traitReader } from './engine-traits.ts';
import { TrackIdentities } from './identity.ts';
import type { Track } from './track.ts';
import { addTraits, averageTraits, type TraitSums } from './traits.ts';

const gender = (male: number) => ({ gender: { female: 1 - male, male } });
const emotion = (happy: number) => ({ emotion: { neutral: 1 - happy, happy } });

/** Looks 100 ms apart. */
function average(...looks: readonly (readonly [traits: Parameters<typeof addTraits>[1], quality: number])[]) {
  const sums = looks.reduce<TraitSums>((known, [traits, quality], i) => addTraits(known, traits, quality, i * 100), {});
  return averageTraits(sums);
}

describe('averages', () => {
  test('a good look outweighs bad ones', () => {
    const seen = average([gender(0.9), 1], [gender(0.2), 10], [gender(0.8), 1]);
    expect(seen.gender?.label).toBe('female');
    expect(seen.gender?.distribution.male).toBeCloseTo((0.9 + 2 + 0.8) / 12);
    expect(seen.gender?.probability).toBeCloseTo(1 - (0.9 + 2 + 0.8) / 12);
  });

  test('an expression passes, gender stays', () => {
    const looks = Array.from(
      { length: 60 },
      (_, i) => [{ ...emotion(i < 20 ? 1 : 0), ...gender(i < 20 ? 1 : 0) }, 1] as const,
    );
    const seen = average(...looks);
    expect(seen.emotion?.label).toBe('neutral');
    expect(seen.emotion?.distribution.happy).toBeLessThan(0.1);
    expect(seen.gender?.distribution.male).toBeCloseTo(1 / 3);
  });

  test('one odd frame does not change what a face shows', () => {
    const looks = [1, 1, 1, 1, 0, 1].map((happy) => [emotion(happy), 1] as const);
    for (let n = 2; n <= looks.length; n++) expect(average(...looks.slice(0, n)).emotion?.label).toBe('happy');
  });

  test('half a weight is gone after a half-life, however many looks there were between', () => {
    const start = addTraits({}, emotion(1), 1, 0);
    const fade = averageTraits(addTraits(start, emotion(0), 1, 1000)).emotion?.distribution.happy;
    expect(fade).toBeCloseTo(0.5 / 1.5);
  });

  test('every distribution sums to 1, labels that came later included', () => {
    const seen = average([{ mask: { none: 1 } }, 2], [{ mask: { none: 0.5, worn: 0.5 } }, 1]);
    const total = Object.values(seen.mask?.distribution ?? {}).reduce((sum, share) => sum + share, 0);
    expect(total).toBeCloseTo(1);
  });
});

test('events of a track carry its traits; a saved stream remembers them', async () => {
  const track: Track = {
    id: 1,
    state: 'tracked',
    age: 1,
    seen: 1,
    box: { x: 0, y: 0, width: 40, height: 50 },
    velocity: { x: 0, y: 0 },
    score: 1,
    firstMs: 0,
    lastMs: 0,
  };
  const options = { identify: async () => [], threshold: 0.5 };
  const people = new TrackIdentities(options);
  await people.update([track], 0, new Map(), undefined, new Map([[1, { traits: gender(0.9) }]]));
  expect(people.traitsOf(1).gender).toMatchObject({ label: 'male', probability: 0.9 });
  expect(people.traitsOf(2)).toEqual({});
  const later = TrackIdentities.restore(structuredClone(people.save()), options);
  await later.update([track], 40, new Map(), undefined, new Map([[1, { traits: gender(0.7) }]]));
  const [lost] = later.end(80);
  expect(lost).toMatchObject({ type: 'lost', traits: { gender: { label: 'male' } } });
  expect(lost?.type === 'lost' && lost.traits?.gender?.probability).toBeCloseTo(0.8);
});

test('a reader takes over what has a distribution, and leaves out what could not be read', async () => {
  const engine = {
    read: async () => [
      { emotion: { label: 'happy', distribution: { happy: 1 } }, mask: { error: 'EXTREME_FACE_ANGLE' } },
      { emotion: { label: 'sad', distribution: { sad: 1 } }, mask: { distribution: { worn: 1 } } },
    ],
  };
  const read = traitReader(engine, ['emotion', 'mask']);
  const frame = { width: 1, height: 1, data: new Uint8Array(3) };
  expect(await read(frame, [])).toEqual([{ emotion: { happy: 1 } }, { emotion: { sad: 1 }, mask: { worn: 1 } }]);
});
