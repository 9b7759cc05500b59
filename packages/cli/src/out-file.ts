/** Files that a command writes at the end of long work: that they can be written is known before it begins. */

import { constants } from 'node:fs';
import { access, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from './exit.ts';

/**
 * Makes the folders of files to come, and sees that they can be written. Options that were not given are `undefined`.
 * @throws UsageError naming the first that cannot be
 */
export async function makeRoomFor(files: readonly unknown[]): Promise<void> {
  for (const file of files) {
    if (typeof file !== 'string') continue;
    try {
      await mkdir(dirname(file), { recursive: true });
      await access(dirname(file), constants.W_OK);
    } catch (cause) {
      throw new UsageError(`Expected to be able to write ${file}, its folder cannot be made or written`, { cause });
    }
    const found = await stat(file).catch(() => undefined);
    if (found?.isDirectory()) throw new UsageError(`Expected a file to write, got the folder ${file}`);
  }
}

/** Writes JSON on one line. */
export async function writeJson(file: string, document: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(document)}\n`);
}
