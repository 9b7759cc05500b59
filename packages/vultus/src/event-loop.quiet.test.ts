/** Nothing holds up the caller's event loop, however much is in flight. Runs alone: the other tests would hold it up. */

import { expect, test } from 'vitest';
import { Vultus, watch } from './node.ts';
import { tinyModel } from './runtime/backend.contract.data.ts';
import { openNodeBackend } from './runtime/onnx-node.ts';
import type { Tensors } from './runtime/tensor.ts';
import { samplePhoto } from './testing/data.ts';
import { shortestTimerGap } from './testing/timer-gap.ts';

/** Longest that a timer may have to wait, in milliseconds. */
const limit = 50;

test('forty heavy runs of a model', { timeout: 120_000 }, async () => {
  const backend = await openNodeBackend({ device: 'cpu', workers: 2 });
  const heavy = await backend.load(tinyModel('heavy'), { label: 'heavy' });
  const picture: Tensors = {
    x: { type: 'float32', dims: [1, 32, 112, 112], data: new Float32Array(32 * 112 * 112).fill(0.5) },
  };
  const runs = () => Promise.all(Array.from({ length: 40 }, () => heavy.run(picture)));
  expect(await shortestTimerGap(runs, limit)).toBeLessThan(limit);
  await backend.close();
});

test('eight pictures analysed at once', { timeout: 120_000 }, async () => {
  const vultus = await Vultus.open({ device: 'cpu' });
  await vultus.preload();
  const samples = [1, 3, 4, 5, 6, 1, 3, 4] as const;
  const work = () => Promise.all(samples.map((sample) => vultus.analyze(samplePhoto(sample), { tasks: ['embed'] })));
  expect(await shortestTimerGap(work, limit)).toBeLessThan(limit);
  await vultus.close();
});

test('fifty frames watched', { timeout: 240_000 }, async () => {
  const vultus = await Vultus.open({ device: 'cpu' });
  await vultus.preload();
  const image = await (await vultus.picture(samplePhoto(1))).pixels(1280);
  async function* frames() {
    for (let index = 0; index < 50; index++) yield { image, timestampMs: index * 40, index };
  }
  const work = async () => {
    let last = -1;
    for await (const { frame } of watch(vultus, frames(), { identify: async () => [], threshold: 1 }))
      last = frame.index;
    expect(last).toBe(49);
  };
  expect(await shortestTimerGap(work, limit)).toBeLessThan(limit);
  await vultus.close();
});
