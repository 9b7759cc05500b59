/** onnxruntime-web keeps the contract in plain Node, and its device words answer as documented. */

import { expect, test } from 'vitest';
import { tinyModel } from './backend.contract.data.ts';
import { testBackendContract } from './backend.contract.ts';
import { openWebBackend } from './onnx-web.ts';

testBackendContract('onnxruntime-web in Node', { open: () => openWebBackend({ device: 'wasm' }), model: tinyModel });

test('auto and cpu are WebAssembly, and say why', async () => {
  for (const device of ['auto', 'cpu'] as const) {
    const backend = await openWebBackend({ device });
    expect(backend.device).toMatchObject({ requested: device, actual: 'wasm' });
    expect(backend.device.reason).toBeTruthy();
    await backend.close();
  }
});

test('a named device that does not exist here is refused with what is available', async () => {
  for (const device of ['webgpu', 'gpu', 'webnn', 'cuda', 'coreml'] as const) {
    await expect(openWebBackend({ device })).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      details: { available: ['wasm'] },
    });
  }
});
