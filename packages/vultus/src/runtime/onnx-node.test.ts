/** The Node backend keeps the contract with each runtime and pool, never blocks its caller, heals, and does not leak. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { tinyModel } from './backend.contract.data.ts';
import { testBackendContract } from './backend.contract.ts';
import type { Backend } from './backend.ts';
import { resolveInstalled } from './onnx-node.package.ts';
import { type NodeBackendOptions, openNodeBackend } from './onnx-node.ts';
import type { Tensors } from './tensor.ts';

const model = tinyModel;
testBackendContract('onnxruntime-node', { open: () => openNodeBackend({ workers: 2 }), model });
testBackendContract('onnxruntime-node, a pool per session', {
  open: () => openNodeBackend({ device: 'cpu', workers: 1, pool: 'per-session' }),
  model,
});
testBackendContract('onnxruntime-web in workers', {
  open: () => openNodeBackend({ device: 'wasm', workers: 1 }),
  model,
});

const opened: Backend[] = [];
async function open(options: NodeBackendOptions): Promise<Backend> {
  const backend = await openNodeBackend(options);
  opened.push(backend);
  return backend;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()));
});

const picture: Tensors = {
  x: { type: 'float32', dims: [1, 32, 112, 112], data: new Float32Array(32 * 112 * 112).fill(0.5) },
};

test('2,000 runs leave the memory where it was', async () => {
  const backend = await open({ device: 'cpu', workers: 2 });
  const session = await backend.load(tinyModel('affine'), { label: 'affine' });
  const x = new Float32Array(16 * 1024).fill(1);
  const run = () => session.run({ x: { type: 'float32', dims: [4096, 4], data: x } });
  const burst = async (runs: number) => {
    for (let i = 0; i < runs; i += 4) await Promise.all([run(), run(), run(), run()]);
  };
  await burst(1000);
  const before = process.memoryUsage().rss;
  await burst(2000);
  // A leak of the outputs alone would be 131 MB.
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(60);
});

test('an aborted run does not wait for the one before it', async () => {
  const backend = await open({ device: 'cpu', workers: 1 });
  const heavy = await backend.load(tinyModel('heavy'), { label: 'heavy' });
  const controller = new AbortController();
  let firstDone = false;
  const first = heavy.run(picture, { signal: controller.signal });
  const others = Array.from({ length: 5 }, () => heavy.run(picture, { signal: controller.signal }));
  const kept = heavy.run(picture).then(() => {
    firstDone = true;
  });
  const outcomes = Promise.allSettled([first, ...others]);
  controller.abort();
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'ABORTED' } });
  expect(firstDone).toBe(false);
  await kept;
});

test('closing the backend drops what waits and finishes what runs', async () => {
  const backend = await open({ device: 'cpu', workers: 1 });
  const heavy = await backend.load(tinyModel('heavy'), { label: 'heavy' });
  const outcomes = Promise.allSettled(Array.from({ length: 4 }, () => heavy.run(picture)));
  await backend.close();
  const [first, ...rest] = await outcomes;
  expect(first).toMatchObject({ status: 'fulfilled' });
  for (const outcome of rest) expect(outcome).toMatchObject({ reason: { code: 'CLOSED' } });
});

test('a process that forgets to close ends all the same, after its answers', async () => {
  const entry = new URL('../../dist/runtime/onnx-node.js', import.meta.url).href;
  const program = `
    import { openNodeBackend } from ${JSON.stringify(entry)};
    const backend = await openNodeBackend({ device: 'cpu', workers: 1 });
    const session = await backend.load(Buffer.from(process.env.MODEL, 'base64'));
    const { y } = await session.run({ x: { type: 'float32', dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) } });
    console.log(y.data.join());
  `;
  const env = { ...process.env, MODEL: Buffer.from(tinyModel('affine')).toString('base64') };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env,
  });
  expect(stdout).toBe('3,5,7,9\n');
  expect(stderr).toBe('');
});

describe('devices', () => {
  test('auto opens something and gives one reason for what it passed over', async () => {
    const backend = await open({ workers: 1 });
    expect(backend.device.requested).toBe('auto');
    if (backend.device.actual === 'cpu') expect(backend.device.reason).toMatch(/^(cuda|coreml|dml): /);
  });

  test('a named device never falls back', async () => {
    const foreign = process.platform === 'win32' ? 'coreml' : 'dml';
    for (const device of [foreign, 'webnn'] as const) {
      await expect(openNodeBackend({ device })).rejects.toMatchObject({
        code: 'DEVICE_UNAVAILABLE',
        message: expect.stringContaining('Available: '),
      });
    }
  });

  test('unknown words are refused', async () => {
    await expect(openNodeBackend({ device: 'abacus' as 'cpu' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(openNodeBackend({ threads: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('without a native binary auto uses WebAssembly in workers', async () => {
    const backend = await open({ resolve: without('onnxruntime-node'), workers: 1 });
    expect(backend).toMatchObject({ name: 'onnxruntime-web', device: { actual: 'wasm' } });
    expect(backend.device.reason).toContain('onnxruntime-node is not installed');
  });

  test('without any runtime the error says what to install', async () => {
    for (const device of ['auto', 'cpu', 'wasm'] as const) {
      await expect(openNodeBackend({ device, resolve: without('onnxruntime') })).rejects.toMatchObject({
        code: 'DEPENDENCY_MISSING',
        message: expect.stringContaining('npm install onnxruntime-'),
      });
    }
  });
});

function without(prefix: string): (name: string) => string {
  return (name) => {
    if (name.startsWith(prefix)) throw new Error(`Cannot find module ${name}`);
    return resolveInstalled(name);
  };
}
