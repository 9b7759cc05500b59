/** Finds the ONNX Runtime packages and what came with them, without loading either. */

import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Host } from './devices.ts';

/** Where the runtimes are; `undefined` when not installed, or without a binary for this platform. */
export interface RuntimeFiles {
  /** Entry file of onnxruntime-node. */
  readonly native: string | undefined;
  /** Entry file of onnxruntime-web's WebAssembly build. */
  readonly wasm: string | undefined;
  /** What devices may be worth trying. */
  readonly host: Host;
}

/** Resolves a module name to a file, or throws. */
export type Resolve = (name: string) => string;

/** Looks beside this package first, then in the caller's working directory (for linked checkouts). */
export function resolveInstalled(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return createRequire(join(process.cwd(), 'package.json')).resolve(name);
  }
}

/** Finds both runtimes for this process. @param resolve a parameter so that tests can take packages away */
export function findRuntimes(resolve: Resolve = resolveInstalled): RuntimeFiles {
  const { platform, arch } = process;
  const root = folderOf(resolve, 'onnxruntime-node/package.json');
  const binary = root && nativeFolder(root, platform, arch);
  const native = binary ? find(resolve, 'onnxruntime-node') : undefined;
  const wasm = find(resolve, 'onnxruntime-web/wasm');
  const host: Host = {
    platform,
    arch,
    hasNative: native !== undefined,
    hasWasm: wasm !== undefined,
    hasProvider: (file) => binary !== undefined && existsSync(join(binary, file)),
    hasAny: (paths) => paths.some((path) => existsSync(path)),
  };
  return { native, wasm, host };
}

function nativeFolder(root: string, platform: string, arch: string): string | undefined {
  const bin = join(root, 'bin');
  const versions = existsSync(bin) ? readdirSync(bin) : [];
  return versions
    .map((version) => join(bin, version, platform, arch))
    .find((folder) => existsSync(join(folder, 'onnxruntime_binding.node')));
}

function folderOf(resolve: Resolve, name: string): string | undefined {
  const file = find(resolve, name);
  return file && dirname(file);
}

function find(resolve: Resolve, name: string): string | undefined {
  try {
    return resolve(name);
  } catch {
    return undefined;
  }
}
