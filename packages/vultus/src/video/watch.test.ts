/** Tests of watching, with an engine that knows two people. */

import { deserialize, serialize } from 'node:v8';
import { expect, test } from 'vitest';
import type { Faceprint } from '../face/faceprint.ts';
import type { TrackEvent } from '../track/identity.ts';
import { PushVideo } from './push.ts';
import { watch } from './watch.ts';
import { type WatchEngine, Watcher, type WatcherState } from './watcher.ts';

const contract = { id: 'test', version: '1', sha256: 'aa', dimension: 3 };
const print = (x: number, y: number, z = 0): Faceprint => ({
  contract,
  precision: 'float32',
  vector: Float32Array.from([x, y, z]),
});

/** People by time: `[from, to, x, faceprint, faceprint in the first quarter of a second]`. */
const scene = [
  [0, 1000, 10, print(1, 0), print(1, 0)],
  [200, 2000, 110, print(0, 1), print(0, 1)],
  // Back again, seen badly at first.
  [4000, 5000, 60, print(1, 0), print(0.4, -0.917)],
] as const;

function stage() {
  let now = 0;
  let embeds = 0;
  const faces = () =>
    scene
      .filter(([from, to]) => now >= from && now < to)
      .map(([from, , x, later, first]) => ({
        box: { x, y: 10, width: 40, height: 40 },
        score: 0.95,
        embed: now - from < 250 ? first : later,
      }));
  const engine = {
    detect: async () => faces().map(({ box, score }) => ({ box, score })),
    read: async (_: unknown, wanted: readonly { box: { x: number } }[], { tasks }: { tasks: readonly string[] }) => {
      if (tasks.includes('embed')) embeds += wanted.length;
      return wanted.map(({ box }) => {
        const face = faces().find(({ box: { x } }) => Math.abs(x - box.x) < 20);
        const x = face?.box.x ?? box.x;
        const at = (u: number, v: number) => ({ x: x + u, y: 10 + v });
        const landmarks = {
          leftEye: at(12, 14),
          rightEye: at(28, 14),
          nose: at(20, 22),
          leftMouth: at(14, 32),
          rightMouth: at(26, 32),
        };
        return { landmarks, points: [], embed: face?.embed ?? print(0, 0, 1) };
      });
    },
  } as unknown as WatchEngine;
  async function* frames() {
    const video = new PushVideo({ backPressure: 'queue' });
    const noise = Uint8Array.from({ length: 200 * 60 }, (_, i) => (i * 7919) % 256);
    const iterator = video[Symbol.asyncIterator]();
    for (now = 0; now <= 6000; now += 40) {
      void video.push({ data: noise, width: 200, height: 60, format: 'gray' }, now);
      const { value } = await iterator.next();
      if (value !== undefined) yield value;
    }
  }
  return { engine, frames: frames(), embeds: () => embeds };
}

// A gallery's candidates carry an id of their own.
const identify = async ({ vector }: Faceprint) => [{ id: 'row', identity: 'anna', similarity: vector[0] ?? 0 }];

test.each(['light', 'by-detection'] as const)('%s: who comes, who they are, who leaves, who returns', async (mode) => {
  const { engine, frames, embeds } = stage();
  const events: TrackEvent[] = [];
  for await (const { events: now } of watch(engine, frames, { identify, threshold: 0.6, tracker: { mode } }))
    events.push(...now);
  const story = events.map((event) => `${event.type} ${event.id}${'identity' in event ? ` ${event.identity}` : ''}`);
  expect(story).toEqual([
    'appeared 1',
    'identified 1 anna',
    'appeared 2',
    'lost 1 anna',
    'lost 2 null',
    // A new track at first, not told of before it is known again by its looks.
    'appeared 1',
    'identified 1 anna',
    'lost 1 anna',
  ]);
  const [lost] = events.filter(({ type }) => type === 'lost');
  expect(lost).toMatchObject({ bestShot: { quality: 40 } });
  expect(embeds()).toBeLessThan(30);
});

const modes = [{ mode: 'light' }, { mode: 'by-detection', smoothing: { kind: 'one-euro' } }] as const;

test.each(modes)('%o: saved and restored after every frame, it tells the same', async (tracker) => {
  const options = { identify, threshold: 0.6, tracker };
  const story = async (between: (watcher: Watcher, engine: WatchEngine) => Watcher) => {
    const { engine, frames } = stage();
    let watcher = new Watcher(engine, options);
    const seen: unknown[] = [];
    for await (const { image, timestampMs } of frames) {
      seen.push(await watcher.frame(image, timestampMs));
      watcher = between(watcher, engine);
    }
    return [...seen, watcher.end(7000)];
  };
  const through = (state: WatcherState) => deserialize(serialize(state)) as WatcherState;
  const whole = await story((watcher) => watcher);
  const pieces = await story((watcher, engine) => new Watcher(engine, options, through(watcher.save())));
  expect(pieces).toEqual(whole);
});

test.each(modes)('%o: nothing is kept of ids that were never shown, or are gone', async (tracker) => {
  const { engine, frames } = stage();
  const watcher = new Watcher(engine, { identify, threshold: 0.6, tracker });
  let looks = 0;
  for await (const { image, timestampMs } of frames) {
    const { tracks } = await watcher.frame(image, timestampMs);
    const ids = tracks.map(({ id }) => id);
    const { lastLooks } = watcher.save();
    for (const [id] of lastLooks) expect(ids).toContain(id);
    looks = Math.max(looks, lastLooks.length);
  }
  expect(looks).toBe(2);
});
