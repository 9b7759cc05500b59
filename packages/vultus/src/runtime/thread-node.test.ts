/** Calls to a thread and what becomes of them: answers, refusals, moved memory, a thread that dies, close. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { Thread } from './thread-node.ts';

const serveFile = new URL('../../dist/runtime/serve-node.js', import.meta.url);

/** A service with a counter; `lost` keeps it from coming. */
const script = `
  import { workerData } from 'node:worker_threads';
  import { serve } from '${serveFile}';
  let count = 0;
  const service = {
    async add(n) {
      await new Promise((resolve) => setTimeout(resolve, n));
      return (count += n);
    },
    bytes: (buffer) => new Uint8Array(buffer).fill(7),
    refuse() { throw new Error('no'); },
    die() { process.exit(3); },
    close() {},
  };
  serve(workerData === 'lost' ? Promise.reject(new Error('never')) : Promise.resolve(service), {
    moved: (value) => (value instanceof Uint8Array ? [value.buffer] : []),
  });
`;

interface Counter {
  add(n: number): Promise<number>;
  bytes(buffer: ArrayBuffer): Uint8Array;
  refuse(): void;
  die(): void;
  close(): void;
}

const after = new VultusError('CLOSED', 'closed');
const threads: Thread<Counter>[] = [];

function open(data = ''): { thread: Thread<Counter>; ends: () => number } {
  let ends = 0;
  const thread = new Thread<Counter>({
    file: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    data,
    lost: (cause) => new VultusError('STORE_UNAVAILABLE', cause.message),
    onEnd: () => {
      ends += 1;
    },
  });
  threads.push(thread);
  return { thread, ends: () => ends };
}

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.stop(after);
});

describe.skipIf(!existsSync(fileURLToPath(serveFile)))('a thread that serves calls (needs the build)', () => {
  it('answers them one after another', async () => {
    const { thread } = open();
    await thread.ready();
    expect(await Promise.all([20, 5, 1].map((n) => thread.call('add', n)))).toEqual([20, 25, 26]);
  });

  it('moves memory there and back', async () => {
    const { thread } = open();
    const buffer = new ArrayBuffer(8);
    expect(await thread.send('bytes', [buffer], [buffer])).toEqual(new Uint8Array(8).fill(7));
    expect(buffer.byteLength).toBe(0);
  });

  it('reports a refusal and goes on', async () => {
    const { thread } = open();
    await expect(thread.call('refuse')).rejects.toMatchObject({ code: 'INFERENCE_FAILED', message: 'no' });
    expect(await thread.call('add', 1)).toBe(1);
  });

  it('tells every call why the service does not come', async () => {
    const { thread } = open('lost');
    await expect(thread.ready()).rejects.toThrow('never');
    await expect(thread.call('add', 1)).rejects.toThrow('never');
  });

  it('rejects what is under way and what comes later once the thread died', async () => {
    const { thread, ends } = open();
    const [first, second] = await Promise.allSettled([thread.call('die'), thread.call('add', 1)]);
    for (const end of [first, second]) expect(end).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
    await expect(thread.call('add', 1)).rejects.toThrow('exit code 3');
    expect(ends()).toBe(1);
  });

  it('finishes what was asked before close, and refuses what comes after', async () => {
    const { thread, ends } = open();
    const asked = thread.call('add', 30);
    const closing = thread.close(after);
    await expect(thread.call('add', 1)).rejects.toBe(after);
    expect(await asked).toBe(30);
    await closing;
    await thread.close(after);
    expect(ends()).toBe(1);
  });

  it('forgets a call that cannot be posted', async () => {
    const { thread } = open();
    await expect(thread.call('add', (() => 1) as unknown as number)).rejects.toThrow('could not be cloned');
    expect(await thread.call('add', 2)).toBe(2);
  });
});
