/** Reads the encoded bytes of a picture from a file, never more than the limit. */

import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { throwIfAborted, VultusError } from '../errors.ts';
import { checkBytes } from './check.ts';
import type { ImageLimits } from './image.ts';
import { reason } from './read.ts';

/** The bytes of a regular file, by path or `file:` URL. Throws `FILE_READ`, `IMAGE_TOO_LARGE`, `ABORTED`. */
export async function readFileBytes(
  source: string | URL,
  limits: Required<ImageLimits>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  throwIfAborted(signal);
  try {
    const isUrl = source instanceof URL || source.startsWith('file:');
    await using file = await open(isUrl ? fileURLToPath(source) : source);
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    checkBytes(stat.size, limits);
    const bytes = new Uint8Array(stat.size);
    let filled = 0;
    while (filled < bytes.length) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    if (error instanceof VultusError) throw error;
    throw new VultusError('FILE_READ', `The file ${String(source)} could not be read: ${reason(error)}`, {
      cause: error,
      details: { path: String(source) },
    });
  }
}
