/** The doctor's table is complete whatever fails. */

import { expect, test } from 'vitest';
import { VultusError } from '../errors.ts';
import { tinyModel } from './backend.contract.data.ts';
import type { Backend, Device } from './backend.ts';
import { type DoctorRow, probeDevices, zeroFeeds } from './doctor.ts';
import { fakeBackend, fakeModelBytes } from './fake.ts';
import { openNodeBackend } from './onnx-node.ts';

const nothing = { inputs: [], outputs: [], run: () => ({}) };
const features = [
  { feature: 'detect', model: fakeModelBytes('detect') },
  { feature: 'broken', model: fakeModelBytes('?') },
];

test('rows for what opens, what falls back and what is not there', async () => {
  let open = 0;
  const openFake = async (device: Device): Promise<Backend> => {
    if (device === 'cuda') throw new VultusError('DEVICE_UNAVAILABLE', 'no such card');
    const backend = fakeBackend({ detect: nothing });
    const report = device === 'auto' ? { reason: 'cuda: no such card' } : {};
    open++;
    return {
      ...backend,
      device: { requested: device, actual: 'cpu', ...report },
      close: async () => {
        open--;
      },
    };
  };
  const seen: DoctorRow[] = [];
  const rows = await probeDevices(features, {
    open: openFake,
    devices: ['auto', 'cpu', 'cuda'],
    onRow: (row) => seen.push(row),
  });
  expect(rows).toMatchObject([
    { feature: 'detect', device: 'auto', status: 'falls-back', actual: 'cpu', reason: 'cuda: no such card' },
    { feature: 'broken', device: 'auto', status: 'unavailable' },
    { feature: 'detect', device: 'cpu', status: 'opens', actual: 'cpu' },
    { feature: 'broken', device: 'cpu', status: 'unavailable' },
    { feature: 'detect', device: 'cuda', status: 'unavailable', reason: 'no such card' },
    { feature: 'broken', device: 'cuda', status: 'unavailable', reason: 'no such card' },
  ]);
  expect(rows[2]?.ms).toBeGreaterThanOrEqual(0);
  expect(seen).toEqual(rows);
  expect(open).toBe(0);
});

test('an abort ends it and closes what is open', async () => {
  await expect(
    probeDevices(features, { open: async () => fakeBackend({ detect: nothing }), signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({ code: 'ABORTED' });
});

test('on this machine at least the CPU opens', async () => {
  const rows = await probeDevices([{ feature: 'affine', model: tinyModel('affine') }], {
    open: (device) => openNodeBackend({ device, workers: 1 }),
    devices: ['auto', 'cpu', 'webnn'],
    runs: 2,
  });
  expect(rows.map((row) => row.device)).toEqual(['auto', 'cpu', 'webnn']);
  expect(rows[1]).toMatchObject({ status: 'opens', actual: 'cpu' });
  expect(rows[2]).toEqual({
    feature: 'affine',
    device: 'webnn',
    status: 'unavailable',
    reason: 'WebNN exists only in browsers',
  });
});

test('feeds take free dimensions from the sizes given, else one', () => {
  const inputs = [{ name: 'x', type: 'float32', dims: ['N', 3, -1] } as const];
  expect(zeroFeeds(inputs, {}).x?.dims).toEqual([1, 3, 1]);
  expect(zeroFeeds(inputs, { x: [2, 9, 4] }).x?.dims).toEqual([2, 3, 4]);
});
