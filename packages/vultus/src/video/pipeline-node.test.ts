/**
 * The whole pipeline over a real broker, while workers are killed and the broker too: 10,000 frames of two cameras,
 * three workers in processes of their own, sharing one file of events. The log must be that of an undisturbed run.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { ownBroker } from '../testing/rabbitmq-server.ts';
import { identifySpot, spotEngine, spotFrame } from '../testing/spot-engine.ts';
import type { EventStore } from './events.ts';
import { openSqliteEvents } from './events-sqlite-node.ts';
import { encodeMessage } from './message.ts';
import { until } from './queue.contract.ts';
import type { FrameQueue } from './queue.ts';
import { openMemoryQueue } from './queue-memory.ts';
import { openRabbitQueue } from './queue-rabbit-node.ts';
import { runWorker } from './worker-node.ts';

const framesEach = 5000;
const cameras = ['door', 'window'] as const;
const [width, height] = [96, 72];
const prefix = 'pipeline';
const shares = 4;

const broker = await ownBroker();
const folder = await mkdtemp(join(tmpdir(), 'vultus-pipeline-'));
const workers = new Set<ChildProcess>();
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  await broker?.remove();
  await rm(folder, { recursive: true, force: true });
});

/** People who come and go, each camera's at other times. */
function frame(camera: number, index: number): Uint8Array {
  const phase = (index + camera * 37) % 250;
  const people = [
    ...(phase < 150 ? [{ name: 'anna' as const, x: 4 + (phase % 40), y: 4 }] : []),
    ...(phase >= 60 && phase < 220 ? [{ name: 'ben' as const, x: 50 - (phase % 30), y: 40 }] : []),
  ];
  const { data } = spotFrame(width, height, people);
  const head = { session: 1_000_000 + camera, sequence: index, index, timestampMs: index * 40, width, height };
  return encodeMessage({ ...head, kind: 'rgb', data });
}

async function publishAll(queue: FrameQueue, camera: number, onFrame: (index: number) => Promise<void>): Promise<void> {
  const stream = cameras[camera] as string;
  for (let index = 0; index < framesEach; index++) {
    await until(() => queue.publish(stream, frame(camera, index)), 120_000);
    await onFrame(index);
  }
  const timestampMs = framesEach * 40;
  const head = { session: 1_000_000 + camera, sequence: framesEach, index: framesEach, timestampMs, width, height };
  await until(() => queue.publish(stream, encodeMessage({ ...head, kind: 'end' })), 120_000);
}

async function ended(store: EventStore): Promise<boolean> {
  const states = await Promise.all(cameras.map((stream) => store.load(stream)));
  return states.every((state) => state?.sequence === framesEach && state.watcher === undefined);
}

async function log(store: EventStore, stream: string): Promise<string[]> {
  const list = await store.list({ stream, limit: 1e6 });
  return list.map(({ session, frame: at, event, hasShot }) => JSON.stringify({ session, at, event, hasShot }));
}

function startWorker(url: string, events: string): ChildProcess {
  const file = fileURLToPath(new URL('../../dist/testing/spot-worker.js', import.meta.url));
  const worker = spawn(process.execPath, [file, url, prefix, String(shares), events], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  workers.add(worker);
  return worker;
}

describe.skipIf(broker === undefined)(
  `the pipeline${broker ? '' : ' (skipped: rabbitmq-server is not installed)'}`,
  () => {
    it('loses no event and stores none twice', { timeout: 600_000 }, async () => {
      if (broker === undefined) return;
      const calmStore = await openSqliteEvents(join(folder, 'calm.db'));
      const calmQueue = openMemoryQueue({ maxMessages: 200 });
      const controller = new AbortController();
      const calm = runWorker({
        ...{ queue: calmQueue, store: calmStore, engine: spotEngine, identify: identifySpot, threshold: 0.9 },
        signal: controller.signal,
      });
      await Promise.all(cameras.map((_, camera) => publishAll(calmQueue, camera, async () => undefined)));
      await until(() => ended(calmStore), 120_000);
      controller.abort();
      await calm;

      await broker.start();
      const file = join(folder, 'events.db');
      const queue = await openRabbitQueue({ url: broker.url, prefix, shares });
      const running = [1, 2, 3].map(() => startWorker(broker.url, file));
      const kill = async (worker: ChildProcess | undefined) => {
        worker?.kill('SIGKILL');
        running.push(startWorker(broker.url, file));
      };
      const trouble = async (index: number) => {
        if (index === 1000) await kill(running[0]);
        if (index === 2000) {
          await broker.stop('kill');
          await broker.start();
        }
        if (index === 3500) await kill(running[1]);
      };
      await Promise.all(
        cameras.map((_, camera) => publishAll(queue, camera, camera === 0 ? trouble : async () => undefined)),
      );
      const store = await openSqliteEvents(file);
      await until(() => ended(store), 300_000);
      for (const stream of cameras) {
        const expected = await log(calmStore, stream);
        expect(expected.length).toBeGreaterThan(100);
        expect(await log(store, stream)).toEqual(expected);
      }
      expect(await queue.parked()).toEqual([]);
      for (const each of [queue, calmQueue, store, calmStore]) await each.close();
    });
  },
);
