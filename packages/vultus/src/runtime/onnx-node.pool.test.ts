/** The pool's scheduling and healing, with a worker script that plays the runtime. */

import { afterEach, expect, test } from 'vitest';
import { InferencePool } from './onnx-node.pool.ts';
import type { Tensors } from './tensor.ts';

/**
 * Answers a run with [thread number, runs so far in this thread, models open in it].
 * An input `command`: 1 dies, 2 throws, 3 takes 30 ms. Options `{refuseIn}`: that thread refuses to open.
 */
const script = `
  import { parentPort, threadId, workerData } from 'node:worker_threads';
  const models = new Set();
  let runs = 0;
  let slab;
  parentPort.on('message', ({ id, method, args }) => {
    const answer = (value) => parentPort.postMessage({ id, value });
    const fail = (message) => parentPort.postMessage({ id, failure: { message } });
    if (method === 'ready') {
      if (workerData.runtime === 'missing') fail('no such file');
      else answer();
    } else if (method === 'open') {
      const [model, , options] = args;
      if (options.die) process.exit(7);
      if (options.refuse || (options.onlyOnce && new Int32Array(options.onlyOnce)[0]++ > 0)) return fail('no room');
      models.add(model);
      answer({ inputs: [], outputs: [] });
    } else if (method === 'release') {
      models.delete(args[0]);
      answer();
    } else if (method === 'close') {
      answer();
    } else {
      const [, feeds, , larger] = args;
      if (larger) slab = larger;
      const command = new Int32Array(slab, feeds.command.at)[0];
      if (command === 1) process.exit(7);
      if (command === 2) return fail('bad luck');
      if (command === 3) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
      const data = Int32Array.of(threadId, ++runs, models.size);
      answer({ report: { type: 'int32', dims: [3], data } });
    }
  });
`;
const file = new URL(`data:text/javascript,${encodeURIComponent(script)}`);

const pools: InferencePool[] = [];
function pool(workers: number, runtime = 'any'): InferencePool {
  const created = new InferencePool(file, runtime, workers);
  pools.push(created);
  return created;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((one) => one.close()));
});

const command = (code: number): Tensors => ({ command: { type: 'int32', dims: [1], data: Int32Array.of(code) } });
const threadOf = (outputs: Tensors) => Number(outputs.report?.data[0]);
const bytes = new Uint8Array(8);

test('a runtime that cannot be loaded is a missing dependency', async () => {
  await expect(pool(1, 'missing').start()).rejects.toMatchObject({
    code: 'DEPENDENCY_MISSING',
    message: expect.stringContaining('no such file'),
  });
});

test('one caller at a time stays in one thread; waiting runs bring in the others', async () => {
  const workers = pool(3);
  const { model } = await workers.open('m', bytes, {});
  const calm = new Set<number>();
  for (let i = 0; i < 5; i++) calm.add(threadOf(await workers.run(model, command(0))));
  expect(calm.size).toBe(1);
  const busy = await Promise.all(Array.from({ length: 40 }, () => workers.run(model, command(3))));
  expect(new Set(busy.map(threadOf)).size).toBe(3);
});

test('models opened together go to different threads', async () => {
  const workers = pool(2);
  const opened = await Promise.all(['a', 'b'].map((label) => workers.open(label, bytes, {})));
  const threads = await Promise.all(opened.map(async ({ model }) => threadOf(await workers.run(model, command(0)))));
  expect(new Set(threads).size).toBe(2);
});

test('a dying worker fails its own run only, and is replaced', async () => {
  const workers = pool(1);
  const { model } = await workers.open('fragile', bytes, {});
  const first = threadOf(await workers.run(model, command(0)));
  const [dead, after] = await Promise.allSettled([workers.run(model, command(1)), workers.run(model, command(0))]);
  expect(dead).toMatchObject({
    reason: { code: 'INFERENCE_FAILED', message: expect.stringMatching(/fragile.*exit code 7/) },
  });
  expect(after.status).toBe('fulfilled');
  expect(threadOf(await workers.run(model, command(0)))).not.toBe(first);
});

test('a worker that dies while it opens a model does not condemn the model', async () => {
  await expect(pool(1).open('m', bytes, { die: true })).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
});

test('thousands of waiting runs of several models are all answered', async () => {
  const workers = pool(3);
  const opened = await Promise.all(['a', 'b', 'c', 'd'].map((label) => workers.open(label, bytes, {})));
  const runs = Array.from({ length: 5000 }, (_, index) => {
    const model = opened[index % opened.length]?.model;
    return model ? workers.run(model, command(0)) : Promise.reject(new Error('no model'));
  });
  expect((await Promise.all(runs)).every((outputs) => threadOf(outputs) > 0)).toBe(true);
});

test('a failing run leaves the thread usable', async () => {
  const workers = pool(1);
  const { model } = await workers.open('m', bytes, {});
  await expect(workers.run(model, command(2))).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
  expect(threadOf(await workers.run(model, command(0)))).toBeGreaterThan(0);
});

test('a model that does not fit a second time runs on where it is', async () => {
  const workers = pool(2);
  const onlyOnce = new SharedArrayBuffer(4);
  const { model } = await workers.open('large', bytes, { onlyOnce });
  const outputs = await Promise.all(Array.from({ length: 10 }, () => workers.run(model, command(3))));
  expect(new Set(outputs.map(threadOf)).size).toBe(1);
});

test('a model that refuses to open again after its worker died fails the runs that wait', async () => {
  const workers = pool(1);
  const onlyOnce = new SharedArrayBuffer(4);
  const { model } = await workers.open('lost', bytes, { onlyOnce });
  const outcomes = await Promise.allSettled([workers.run(model, command(1)), workers.run(model, command(0))]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'INFERENCE_FAILED' } });
});

test('a released model is gone from every thread', async () => {
  const workers = pool(2);
  const { model } = await workers.open('short', bytes, {});
  await Promise.all(Array.from({ length: 10 }, () => workers.run(model, command(3))));
  await workers.release(model);
  const { model: other } = await workers.open('other', bytes, {});
  expect((await workers.run(other, command(0))).report?.data[2]).toBe(1);
});
