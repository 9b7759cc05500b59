/** Cameras and workers over the queue within a process: what reaches the store, and what does when things go wrong. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { identifySpot, spotEngine, spotFrame } from '../testing/spot-engine.ts';
import { publishFrames } from './camera-node.ts';
import type { EventStore } from './events.ts';
import { openSqliteEvents } from './events-sqlite-node.ts';
import { decodeMessage, encodeMessage } from './message.ts';
import { until } from './queue.contract.ts';
import type { FrameQueue } from './queue.ts';
import { openMemoryQueue } from './queue-memory.ts';
import type { Frame } from './source.ts';
import type { WatchEngine } from './watcher.ts';
import { runWorker, type WorkerOptions } from './worker-node.ts';

const folder = await mkdtemp(join(tmpdir(), 'vultus-worker-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
let files = 0;
const openStore = () => openSqliteEvents(join(folder, `${files++}.db`));

/** Anna is there all the time, Ben from frame 20 to 40; 60 frames. */
async function* scene(): AsyncGenerator<Frame> {
  for (let index = 0; index < 60; index++) {
    const ben = index >= 20 && index < 40 ? [{ name: 'ben' as const, x: 150 + index, y: 60 }] : [];
    const image = spotFrame(240, 120, [{ name: 'anna', x: 10 + index, y: 20 }, ...ben]);
    yield { image, index, timestampMs: index * 100 };
  }
}

const story = ['appeared 1', 'identified 1 anna', 'appeared 2', 'identified 2 ben', 'lost 2 ben', 'lost 1 anna'];

const withoutFrames = (lines: readonly string[]) => lines.map((line) => line.split(' @')[0]);

async function told(store: EventStore, stream = 'door'): Promise<string[]> {
  return (await store.list({ stream })).map(({ event, frame }) => {
    const identity = 'identity' in event ? ` ${event.identity}` : '';
    return `${event.type} ${event.id}${identity}${event.type === 'lost' ? '' : ` @${frame}`}`;
  });
}

/** Runs a worker until the stream has ended and the queue is empty. */
async function workOff(queue: FrameQueue, store: EventStore, options: Partial<WorkerOptions> = {}): Promise<string[]> {
  const notes: string[] = [];
  const controller = new AbortController();
  const tracker = { detectInterval: 5 };
  const common = { queue, store, engine: spotEngine, identify: identifySpot, threshold: 0.9, tracker };
  const working = runWorker({ ...common, onNote: (note) => notes.push(note), signal: controller.signal, ...options });
  const done = async () =>
    (await store.load('door')) !== undefined && (await store.load('door'))?.watcher === undefined;
  await Promise.race([working, until(done)]);
  controller.abort();
  await working;
  return notes;
}

describe('a camera and a worker', () => {
  it.each([{ send: 'frames' as const }, { send: 'faces' as const }])(
    'tell a store what happened: $send',
    async ({ send }) => {
      await using queue = openMemoryQueue();
      await using store = await openStore();
      const find = send === 'faces' ? { find: (image: Frame['image']) => spotEngine.detect(image, {}) } : {};
      const report = await publishFrames(queue, scene(), { stream: 'door', quality: 100, cropEveryMs: 100, ...find });
      expect(report).toMatchObject({ sent: 60, dropped: 0 });
      const printed: string[] = [];
      const notes = await workOff(queue, store, { onEvent: ({ event }) => printed.push(event.type) });
      expect(notes).toEqual([]);
      expect(withoutFrames(await told(store))).toEqual(story);
      expect(printed).toEqual(story.map((line) => line.split(' ')[0]));
      const list = await store.list();
      const [lost] = list.filter(({ hasShot }) => hasShot);
      expect((await store.shot(lost?.number ?? 0))?.subarray(0, 2)).toEqual(Uint8Array.of(0xff, 0xd8));
      expect(Math.abs((list[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
    },
  );

  it('that is replaced after every few frames tells the same, once', async () => {
    await using queue = openMemoryQueue();
    await using store = await openStore();
    await publishFrames(queue, scene(), { stream: 'door', quality: 100 });
    for (let worker = 0; ; worker++) {
      const engine = diesAfter(7);
      await workOff(queue, store, { engine, maxDeliveries: 100 }).catch((error: unknown) => {
        expect(String(error)).toContain('the process dies here');
      });
      if ((await store.load('door'))?.watcher === undefined) break;
      expect(worker).toBeLessThan(40);
    }
    await using calm = await openStore();
    await publishFrames(queue, scene(), { stream: 'door', quality: 100 });
    await workOff(queue, calm);
    expect(await told(store)).toEqual(await told(calm));
    expect(await told(calm)).toHaveLength(story.length);
  });

  it('puts aside what is no message, and what always fails, and goes on', async () => {
    await using queue = openMemoryQueue();
    await using store = await openStore();
    await queue.publish('door', new TextEncoder().encode('not from a camera'));
    const damaged = { ...queue, publish: undefined } as unknown as FrameQueue;
    let count = 0;
    damaged.publish = (stream, body) => {
      count++;
      if (count !== 10) return queue.publish(stream, body);
      const message = decodeMessage(body);
      if (message.kind !== 'jpeg') throw new Error('expected a frame');
      return queue.publish(stream, encodeMessage({ ...message, data: message.data.slice(0, 200) }));
    };
    await publishFrames(damaged, scene(), { stream: 'door', quality: 100 });
    let tries = 0;
    const poisoned: WatchEngine = {
      ...spotEngine,
      read: ((frame: Frame['image'], ...rest: [never, never]) => {
        // Ben at the place where he is in frame 30.
        const green = (x: number) => (frame.data[(70 * 240 + x) * 3 + 1] ?? 0) > 120;
        if (green(179) || !green(180)) return spotEngine.read(frame, ...rest);
        tries++;
        throw new Error('this picture is too much for me');
      }) as unknown as WatchEngine['read'],
    };
    const notes = await workOff(queue, store, { engine: poisoned });
    const parked = await queue.parked();
    expect(parked.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('begins with VLTF'),
      expect.stringContaining('damaged or incomplete'),
      'failed 3 times',
    ]);
    expect(parked[2] && decodeMessage(parked[2].body).index).toBe(30);
    expect(tries).toBe(3);
    expect(notes.filter((note) => note.includes('put aside'))).toHaveLength(3);
    expect(withoutFrames(await told(store))).toEqual(story);
    // Handed out again, they are a stream of their own.
    await queue.release();
    const controller = new AbortController();
    const again = runWorker({
      ...{ queue, store, engine: spotEngine, identify: identifySpot, threshold: 0.9 },
      signal: controller.signal,
    });
    await until(async () => (await store.load('door~late'))?.index === 30);
    controller.abort();
    await again;
    expect(await queue.parked()).toHaveLength(2);
  });

  it('that comes back under the same name begins a new session, and ends the old one', async () => {
    await using queue = openMemoryQueue();
    await using store = await openStore();
    async function* first() {
      for await (const frame of scene()) {
        if (frame.index === 15) throw new Error('the camera dies here');
        yield frame;
      }
    }
    const silent = { ...queue, publish: undefined } as unknown as FrameQueue;
    silent.publish = async (stream, body) => (decodeMessage(body).kind === 'end' ? true : queue.publish(stream, body));
    await expect(publishFrames(silent, first(), { stream: 'door' })).rejects.toThrow('dies here');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await publishFrames(queue, scene(), { stream: 'door', quality: 100 });
    await workOff(queue, store);
    expect(withoutFrames(await told(store))).toEqual(['appeared 1', 'identified 1 anna', 'lost 1 anna', ...story]);
  });

  it('drops or waits when the queue is full, as it is told', async () => {
    await using queue = openMemoryQueue({ maxMessages: 10 });
    async function* few() {
      for await (const frame of scene()) if (frame.index < 15) yield frame;
    }
    const signal = AbortSignal.timeout(300);
    const waiting = publishFrames(queue, few(), { stream: 'door', signal });
    const dropping = publishFrames(queue, few(), { stream: 'window', whenFull: 'drop' });
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await dropping).toMatchObject({ sent: 10, dropped: 5 });
  });
});

/** An engine that fails for good after some frames, as a worker that is killed. */
function diesAfter(frames: number): WatchEngine {
  let left = frames;
  const tick = () => {
    if (left-- <= 0) throw new VultusError('DEVICE_UNAVAILABLE', 'the process dies here');
  };
  return {
    detect: async (...args) => {
      tick();
      return spotEngine.detect(...args);
    },
    read: (async (...args: Parameters<WatchEngine['read']>) => {
      tick();
      return spotEngine.read(...args);
    }) as unknown as WatchEngine['read'],
  };
}
