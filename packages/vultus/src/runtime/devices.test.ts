/** Device words on machines other than this one. */

import { describe, expect, test } from 'vitest';
import type { Device } from './backend.ts';
import { executionProviders, type Host, nodeCandidates, parseDevice, whyUnavailable } from './devices.ts';

const bare: Host = {
  platform: 'linux',
  arch: 'x64',
  hasNative: true,
  hasWasm: true,
  hasProvider: () => false,
  hasAny: () => false,
};

test('words and indices', () => {
  expect(parseDevice('auto')).toEqual({ word: 'auto', index: 0 });
  expect(parseDevice('cuda:3')).toEqual({ word: 'cuda', index: 3 });
  for (const wrong of ['', 'CUDA', 'cuda:', 'cuda:x', 'cpu:1', 'auto:0', 'gpu:1', 'toString', 'cuda:99999']) {
    expect(() => parseDevice(wrong as Device)).toThrowError(/is no device/);
  }
});

test('auto ends with the CPU, gpu does not', () => {
  for (const platform of ['linux', 'darwin', 'win32']) {
    expect(nodeCandidates('auto', platform).slice(-2)).toEqual(['cpu', 'wasm']);
    expect(nodeCandidates('gpu', platform)).not.toContain('cpu');
    expect(nodeCandidates('dml', platform)).toEqual(['dml']);
  }
  expect(nodeCandidates('auto', 'darwin')[0]).toBe('coreml');
  expect(nodeCandidates('auto', 'linux')[0]).toBe('cuda');
});

describe('what is worth trying', () => {
  test('CUDA where its provider library lies', () => {
    expect(whyUnavailable('cuda', bare)).toContain('libonnxruntime_providers_cuda.so');
    expect(whyUnavailable('cuda', { ...bare, hasProvider: (file) => file.includes('cuda') })).toBeUndefined();
    expect(whyUnavailable('tensorrt', { ...bare, hasProvider: (file) => file.includes('cuda') })).toContain('tensorrt');
    expect(whyUnavailable('cuda', { ...bare, platform: 'win32' })).toContain('Linux x64');
    expect(whyUnavailable('cuda', { ...bare, arch: 'arm64' })).toContain('Linux x64');
  });

  test('WebGPU where there is a device and, on Linux, Vulkan', () => {
    expect(whyUnavailable('webgpu', bare)).toContain('device node');
    expect(whyUnavailable('webgpu', { ...bare, hasAny: (paths) => paths[0]?.startsWith('/dev/') ?? false })).toContain(
      'Vulkan',
    );
    expect(whyUnavailable('webgpu', { ...bare, hasAny: () => true })).toBeUndefined();
    expect(whyUnavailable('webgpu', { ...bare, platform: 'darwin' })).toBeUndefined();
  });

  test('the rest by platform and package', () => {
    expect(whyUnavailable('cpu', bare)).toBeUndefined();
    expect(whyUnavailable('cpu', { ...bare, hasNative: false })).toContain('onnxruntime-node');
    expect(whyUnavailable('wasm', { ...bare, hasNative: false })).toBeUndefined();
    expect(whyUnavailable('wasm', { ...bare, hasWasm: false })).toContain('onnxruntime-web');
    expect(whyUnavailable('coreml', bare)).toContain('macOS');
    expect(whyUnavailable('dml', bare)).toContain('Windows');
    expect(whyUnavailable('webnn', bare)).toContain('browsers');
  });
});

test('accelerators leave what they cannot run to the CPU', () => {
  expect(executionProviders('cuda', 1)).toEqual([{ name: 'cuda', deviceId: 1 }, 'cpu']);
  expect(executionProviders('tensorrt', 0)[1]).toEqual({ name: 'cuda', deviceId: 0 });
  expect(executionProviders('cpu', 0)).toEqual(['cpu']);
});
