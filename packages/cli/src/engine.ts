/** Opens the SDK for a command and closes it again, whatever happens. */

import type { Vultus } from 'vultus';
import type { CommandRun } from './command.ts';
import { engineOptions } from './options.ts';

const deviceWord = /^(auto|cpu|gpu|coreml|webgpu|webnn|wasm|(cuda|tensorrt|dml)(:\d{1,3})?)$/;

/** Runs `work` with an open engine. @throws VultusError `DEVICE_UNAVAILABLE` for a word that is no device either */
export async function withEngine<Result>(
  { values, signal }: CommandRun,
  work: (engine: Vultus, sdk: typeof import('vultus')) => Promise<Result>,
): Promise<Result> {
  const sdk = await import('vultus');
  const { device } = values;
  if (device !== undefined && !deviceWord.test(device)) {
    throw new sdk.VultusError(
      'DEVICE_UNAVAILABLE',
      `Expected a device such as auto, cpu, gpu, cuda, cuda:1, tensorrt, coreml, dml, webgpu or wasm, got ${JSON.stringify(device)}`,
    );
  }
  signal.throwIfAborted();
  const engine = await sdk.Vultus.open(engineOptions(values));
  // The detectors open while the first picture is decoded. What goes wrong is told by the call that needs them.
  engine.preload(['detect']).catch(() => undefined);
  try {
    return await work(engine, sdk);
  } finally {
    await engine.close();
  }
}
