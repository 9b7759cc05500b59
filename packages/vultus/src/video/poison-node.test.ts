/** A frame that kills every worker that looks at it is put aside after three of them, and the streams go on. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { deleteQueues, rabbitUrl } from '../testing/rabbitmq.ts';
import { spotFrame } from '../testing/spot-engine.ts';
import { publishFrames } from './camera-node.ts';
import type { EventStore } from './events.ts';
import { openSqliteEvents } from './events-sqlite-node.ts';
import { decodeMessage } from './message.ts';
import { until } from './queue.contract.ts';
import { openRabbitQueue } from './queue-rabbit-node.ts';
import type { Frame } from './source.ts';

const url = await rabbitUrl();
const prefix = `vultus-poison-${randomBytes(4).toString('hex')}`;
const shares = 2;
const deadlyFrame = 30;
const folder = await mkdtemp(join(tmpdir(), 'vultus-poison-'));
const workers = new Set<ChildProcess>();
let over = false;

afterAll(async () => {
  over = true;
  for (const worker of workers) worker.kill('SIGKILL');
  if (url !== undefined) await deleteQueues(url, prefix, shares);
  await rm(folder, { recursive: true, force: true });
});

/** Anna is there all the time; in one frame of the door Carl is, too, whose sight kills. */
async function* scene(stream: string): AsyncGenerator<Frame> {
  for (let index = 0; index < 60; index++) {
    const carl = stream === 'door' && index === deadlyFrame ? [{ name: 'carl' as const, x: 60, y: 40 }] : [];
    const image = spotFrame(96, 72, [{ name: 'anna', x: 4 + (index % 20), y: 4 }, ...carl]);
    yield { image, index, timestampMs: index * 40 };
  }
}

/** Keeps one worker running. @returns how often it was killed so far */
function keepWorking(events: string): () => number {
  const program = fileURLToPath(new URL('../../dist/testing/spot-worker.js', import.meta.url));
  let deaths = 0;
  const start = (): void => {
    const worker = spawn(process.execPath, [program, url ?? '', prefix, String(shares), events, 'carl']);
    workers.add(worker);
    worker.on('exit', (_, signal) => {
      if (over) return;
      if (signal === 'SIGKILL') deaths++;
      start();
    });
  };
  start();
  return () => deaths;
}

async function story(store: EventStore, stream: string): Promise<string[]> {
  return (await store.list({ stream })).map(({ event }) => `${event.type} ${event.id}`);
}

describe.skipIf(url === undefined)(
  `a deadly frame${url === undefined ? ' (skipped: no broker and no rabbitmq-server)' : ''}`,
  () => {
    it('kills three workers, is put aside, and costs no other event', { timeout: 180_000 }, async () => {
      await using queue = await openRabbitQueue({ url: url ?? '', prefix, shares });
      for (const stream of ['door', 'window']) await publishFrames(queue, scene(stream), { stream, quality: 100 });
      const file = join(folder, 'events.db');
      await using store = await openSqliteEvents(file);
      const deaths = keepWorking(file);
      const ended = async (stream: string) => {
        const state = await store.load(stream);
        return state !== undefined && state.watcher === undefined;
      };
      await until(async () => (await ended('door')) && (await ended('window')), 150_000);
      expect(deaths()).toBe(3);
      const parked = await queue.parked();
      expect(parked).toMatchObject([{ stream: 'door', reason: 'failed 3 times' }]);
      expect(parked[0] && decodeMessage(parked[0].body).index).toBe(deadlyFrame);
      for (const stream of ['door', 'window']) {
        expect(await story(store, stream)).toEqual(['appeared 1', 'identified 1', 'lost 1']);
      }
    });
  },
);
