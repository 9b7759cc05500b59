/** The option `--draw`: one file, or a folder for several pictures. */

import { statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import type { OwnOption } from './command.ts';
import { UsageError } from './exit.ts';

/** `--draw` as a command declares it. */
export const drawOption: OwnOption = {
  flags: '--draw <path>',
  help: 'write the picture with its faces drawn in: a .png, .jpg, .webp or .svg file, or a folder',
};

/**
 * Where each picture's drawing goes, checked before any work is done.
 * @throws UsageError for a file where a folder is needed, another ending, or a drawing over its own picture
 */
export function drawTargets(target: unknown, files: readonly string[]): ReadonlyMap<string, string> | undefined {
  if (typeof target !== 'string') return undefined;
  const isFile = /\.(png|jpe?g|webp|svg)$/i.test(target) && !isFolder(target);
  if (!isFile && extname(target) !== '' && !/[\\/]$/.test(target) && !isFolder(target)) {
    throw new UsageError(`--draw: expected a folder, or a file ending in .png, .jpg, .webp or .svg, got ${target}`);
  }
  if (isFile && files.length > 1)
    throw new UsageError(`--draw: expected a folder for ${files.length} pictures, got ${target}`);
  const taken = new Set<string>();
  const targets = new Map<string, string>();
  for (const file of files) {
    if (targets.has(file)) continue;
    const path = isFile ? target : freeName(target, file, taken);
    if (resolve(path) === resolve(file))
      throw new UsageError(`--draw: ${path} is the picture itself; name another file`);
    targets.set(file, path);
  }
  return targets;
}

/** Pictures of one name from several folders get numbers. */
function freeName(folder: string, file: string, taken: Set<string>): string {
  const name = basename(file, extname(file));
  for (let count = 1; ; count++) {
    const path = join(folder, count === 1 ? `${name}.png` : `${name}-${count}.png`);
    if (taken.has(path) || resolve(path) === resolve(file)) continue;
    taken.add(path);
    return path;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
