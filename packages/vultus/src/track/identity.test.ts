/** Tests of identity over time, with drawn-up faceprints and a gallery of two. */

import { describe, expect, test } from 'vitest';
import type { Faceprint } from '../face/faceprint.ts';
import { type IdentityCandidate, type IdentityOptions, TrackIdentities } from './identity.ts';
import type { Track } from './track.ts';

const contract = { id: 'test', version: '1', sha256: 'aa', dimension: 3 };

function print(...values: number[]): Faceprint {
  const length = Math.hypot(...values);
  return { contract, precision: 'float32', vector: Float32Array.from(values, (value) => value / length) };
}

const gallery: Readonly<Record<string, Faceprint>> = { anna: print(1, 0, 0), bert: print(0, 1, 0) };

async function identify({ vector }: Faceprint): Promise<IdentityCandidate[]> {
  const scored = Object.entries(gallery).map(([identity, enrolled]) => ({
    identity,
    similarity: vector.reduce((sum, value, i) => sum + value * (enrolled.vector[i] as number), 0),
  }));
  return scored.sort((a, b) => b.similarity - a.similarity);
}

const open = (options: Partial<IdentityOptions> = {}) => new TrackIdentities({ identify, threshold: 0.6, ...options });

const track = (id: number, more: Partial<Track> = {}): Track => ({
  id,
  state: 'tracked',
  age: 1,
  seen: 1,
  box: { x: 10, y: 10, width: 20, height: 20 },
  velocity: { x: 0, y: 0 },
  score: 1,
  firstMs: 0,
  lastMs: 0,
  ...more,
});

const look = (id: number, faceprint: Faceprint, quality = 1) => new Map([[id, { faceprint, quality }]]);
const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

describe('events', () => {
  test('appeared, identified, lost with the best shot, in order', async () => {
    const people = open();
    const frame = { width: 40, height: 40, data: new Uint8Array(40 * 40 * 3).fill(7) };
    expect(types(await people.update([track(1)], 0))).toEqual(['appeared']);
    const clear = await people.update([track(1)], 40, look(1, print(1, 0.1, 0), 3), frame);
    expect(clear).toMatchObject([{ type: 'identified', identity: 'anna', id: 1 }]);
    expect(people.identityOf(1)?.identity).toBe('anna');
    await people.update([track(1, { lastMs: 80 })], 80, look(1, print(1, 0.1, 0), 2), frame);
    const [lost] = await people.update([], 2000);
    expect(lost).toMatchObject({ type: 'lost', identity: 'anna', firstMs: 0, lastMs: 80 });
    expect(lost).toMatchObject({ bestShot: { timestampMs: 40, quality: 3, image: { width: 30, height: 30 } } });
  });

  test('a tentative track says nothing; the end loses what is left', async () => {
    const people = open();
    expect(await people.update([track(1, { state: 'tentative' })], 0)).toEqual([]);
    await people.update([track(1), track(2)], 40);
    expect(people.end(80)).toMatchObject([
      { type: 'lost', id: 1, identity: null },
      { type: 'lost', id: 2, identity: null },
    ]);
  });
});

describe('hysteresis', () => {
  test('a name near the threshold needs two decisions', async () => {
    const people = open();
    const near = print(0.65, 0, Math.sqrt(1 - 0.65 ** 2));
    expect(types(await people.update([track(1)], 0, look(1, near)))).toEqual(['appeared']);
    expect(types(await people.update([track(1)], 40, look(1, near)))).toEqual(['identified']);
  });

  test('a few wrong frames do not change the name; many do, once', async () => {
    const people = open({ bestFrames: 2 });
    for (let t = 0; t < 3; t++) await people.update([track(1)], t, look(1, print(1, 0, 0), 1));
    const seen: string[] = [];
    for (let t = 3; t < 12; t++) {
      seen.push(...types(await people.update([track(1)], t, look(1, print(0, 1, 0), t))));
      if (t === 5) expect(people.identityOf(1)?.identity).toBe('anna');
    }
    expect(seen).toEqual(['changed']);
    expect(people.identityOf(1)?.identity).toBe('bert');
  });

  test('a name is withdrawn when nobody fits any more', async () => {
    const people = open({ bestFrames: 1, changeAfter: 2 });
    await people.update([track(1)], 0, look(1, print(1, 0, 0), 1));
    await people.update([track(1)], 1, look(1, print(0, 0, 1), 2));
    expect(await people.update([track(1)], 2, look(1, print(0, 0, 1), 3))).toMatchObject([
      { type: 'changed', from: 'anna', to: null },
    ]);
  });

  test('a stranger stays without a name', async () => {
    const people = open();
    for (let t = 0; t < 5; t++) await people.update([track(1)], t, look(1, print(0, 0, 1)));
    expect(people.identityOf(1)).toBeNull();
  });
});

describe('aggregation', () => {
  test('keeps the best looks and weighs them by quality', async () => {
    const people = open({ bestFrames: 2 });
    for (const [t, faceprint, quality] of [
      [0, print(0, 0, 1), 1],
      [1, print(1, 0, 0), 3],
      [2, print(0, 1, 0), 1.5],
    ] as const) {
      await people.update([track(1)], t, look(1, faceprint, quality));
    }
    const [x = 0, y = 0, z = 0] = people.faceprintOf(1)?.vector ?? [];
    expect(x / y).toBeCloseTo(2, 5);
    expect(z).toBe(0);
    expect(people.wants(track(1), 1.4)).toBe(false);
    expect(people.wants(track(1), 2)).toBe(true);
    expect(people.wants(track(9), 0.1)).toBe(true);
  });

  test('refuses faceprints of another model', async () => {
    const people = open();
    await people.update([track(1)], 0, look(1, print(1, 0, 0)));
    const other = { ...print(1, 0, 0), contract: { ...contract, sha256: 'bb' } };
    await expect(people.update([track(1)], 1, look(1, other))).rejects.toMatchObject({ code: 'EMBEDDING_MISMATCH' });
  });
});
