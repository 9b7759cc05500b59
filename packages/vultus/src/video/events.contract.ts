/** What every store of events promises, as a test suite: parameterised by a factory. */

import { describe, expect, it } from 'vitest';
import type { EventStore, NewEvent, StreamState } from './events.ts';

/** A store under test. */
export interface EventStoreUnderTest {
  /** Opens an empty store; again under the same name: the same one. */
  readonly open: (name: string) => Promise<EventStore>;
}

const place = (sequence: number, session = 1000): StreamState => ({
  ...{ session, sequence, index: sequence * 2, timestampMs: sequence * 40.5 },
  watcher: Uint8Array.of(sequence, 0, 255),
});

const event = (frame: number, id: number, session = 1000): NewEvent => ({
  session,
  frame,
  event: { type: 'identified', id, timestampMs: frame * 20, identity: 'Änne "x"', similarity: 0.5 },
});

/** Registers the contract's tests under `name`. */
export function testEventContract(name: string, { open }: EventStoreUnderTest): void {
  describe(`events contract: ${name}`, () => {
    it('keeps what was committed: the place, the state, the events in order', async () => {
      const store = await open('keep');
      expect(await store.load('door')).toBeUndefined();
      const lost = { type: 'lost', id: 1, timestampMs: 99, identity: null, firstMs: 0, lastMs: 90 } as const;
      const shot = { ...lost, bestShot: { timestampMs: 50, quality: 12.5 } };
      expect(await store.commit('door', undefined, place(3), [event(6, 1), event(6, 2)])).toBe(true);
      expect(
        await store.commit('door', place(3), place(4), [
          { session: 1000, frame: 7, event: shot, shot: Uint8Array.of(7) },
        ]),
      ).toBe(true);
      await store.close();
      await using again = await open('keep');
      expect(await again.load('door')).toEqual(place(4));
      const list = await again.list();
      expect(list.map(({ event: { id }, frame, at }) => [id, frame, at])).toEqual([
        [1, 6, 1120],
        [2, 6, 1120],
        [1, 7, 1099],
      ]);
      expect(list[0]).toMatchObject({ stream: 'door', session: 1000, hasShot: false, event: event(6, 1).event });
      expect(list[2]?.event).toEqual(shot);
      expect(await again.shot(list[2]?.number ?? 0)).toEqual(Uint8Array.of(7));
      expect(await again.shot(list[0]?.number ?? 0)).toBeUndefined();
      expect(await again.list({ after: list[1]?.number ?? 0 })).toEqual(list.slice(2));
      expect(await again.list({ limit: 1 })).toEqual(list.slice(0, 1));
      expect(await again.list({ stream: 'elsewhere' })).toEqual([]);
    });

    it('takes nothing from who has the stream no more', async () => {
      await using store = await open('fence');
      expect(await store.commit('door', undefined, place(1), [event(2, 1)])).toBe(true);
      // Another worker, which took the stream up before that.
      expect(await store.commit('door', undefined, place(2), [event(2, 1), event(4, 1)])).toBe(false);
      expect(await store.commit('door', place(1, 999), place(2), [event(4, 1)])).toBe(false);
      expect(await store.commit('window', place(1), place(2), [event(4, 1)])).toBe(false);
      expect(await store.list()).toHaveLength(1);
      expect(await store.load('window')).toBeUndefined();
      // The same again, as after a lost answer.
      expect(await store.commit('door', undefined, place(1), [event(2, 1)])).toBe(true);
      expect(await store.list()).toHaveLength(1);
    });

    it('takes all of a commit or nothing', async () => {
      await using store = await open('whole');
      await expect(store.commit('door', undefined, place(1), [event(2, 1), event(2, 1)])).rejects.toThrow();
      expect(await store.list()).toEqual([]);
      expect(await store.load('door')).toBeUndefined();
    });

    it('lets one of two win, whoever it is', async () => {
      await using one = await open('race');
      await using two = await open('race');
      for (let i = 1; i <= 10; i++) {
        const after = i === 1 ? undefined : await one.load('door');
        const won = await Promise.all([
          one.commit('door', after, place(i), [event(i, 1)]),
          two.commit('door', after, place(i, 1001), [event(i, 1, 1001)]),
        ]);
        expect(won.filter((each) => each)).toHaveLength(1);
      }
      expect(await one.list()).toHaveLength(10);
    });

    it('counts attempts, until the stream has gone past them', async () => {
      await using store = await open('attempts');
      for (const count of [1, 2, 3]) expect(await store.attempt('door', place(1))).toBe(count);
      expect(await store.attempt('door', place(2))).toBe(1);
      expect(await store.attempt('window', place(1))).toBe(1);
      await store.commit('door', undefined, place(1), []);
      expect(await store.attempt('door', place(1))).toBe(1);
      expect(await store.attempt('door', place(2))).toBe(2);
    });

    it('knows that a session ended, and refuses calls after close', async () => {
      const store = await open('end');
      const ended = { ...place(1), watcher: undefined };
      await store.commit('door', undefined, ended, []);
      expect(await store.load('door')).toEqual(ended);
      await store.close();
      await store.close();
      await expect(store.load('door')).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}
