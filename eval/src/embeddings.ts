/** Faceprints of many files: each picture embedded once, several at a time. */

import { type Calibration, type EmbeddingContract, type Faceprint, VultusError } from 'vultus';

/** What an evaluation needs of an engine; a few lines over `Vultus`, or a fake in tests. */
export interface EmbeddingEngine {
  /** The faceprint of the main face of a picture, or `null` when no face is found. */
  embedFile(path: string): Promise<Faceprint | null>;
  readonly contract?: EmbeddingContract | undefined;
  readonly calibration?: Calibration | undefined;
}

/** Options of {@link embedFiles}. */
export interface EmbedFilesOptions {
  /** Pictures in work at the same time; default 4, which keeps two inference threads fed while pictures are decoded. */
  readonly concurrency?: number;
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Embeds each distinct path once. The first failure stops the work and is thrown; a picture without a face is `null`.
 * @returns faceprints by path
 */
export async function embedFiles(
  engine: EmbeddingEngine,
  paths: Iterable<string>,
  options: EmbedFilesOptions = {},
): Promise<Map<string, Faceprint | null>> {
  const waiting = [...new Set(paths)];
  const total = waiting.length;
  const prints = new Map<string, Faceprint | null>();
  const queue = waiting.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const path of queue) {
      options.signal?.throwIfAborted();
      if (failed) return;
      try {
        prints.set(path, await engine.embedFile(path));
      } catch (error) {
        failed = true;
        throw error;
      }
      options.onProgress?.(prints.size, total);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(options.concurrency ?? 4, total)) }, worker));
  return prints;
}

/**
 * {@link embedFiles}, but a file that is no picture does not end the work: it counts as one without a face and is named.
 * @returns faceprints by path, and the paths that could not be read as pictures
 */
export async function embedOrSkip(
  engine: EmbeddingEngine,
  paths: Iterable<string>,
  options: EmbedFilesOptions = {},
): Promise<{ readonly prints: Map<string, Faceprint | null>; readonly unreadable: readonly string[] }> {
  const unreadable: string[] = [];
  const embedFile = async (path: string): Promise<Faceprint | null> => {
    try {
      return await engine.embedFile(path);
    } catch (error) {
      if (!(error instanceof VultusError) || !isBadPicture.has(error.code)) throw error;
      unreadable.push(path);
      return null;
    }
  };
  const prints = await embedFiles({ embedFile }, paths, options);
  return { prints, unreadable: unreadable.sort() };
}

const isBadPicture: ReadonlySet<string> = new Set(['IMAGE_DECODE', 'UNSUPPORTED_FORMAT', 'IMAGE_TOO_LARGE']);
