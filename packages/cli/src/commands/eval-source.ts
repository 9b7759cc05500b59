/** What an evaluation is made on, as the command line says it: pairs, a folder of people, or a gallery's export; and its cache. */

import type { EmbeddingEngine, VerificationSource } from '@vultus/eval';
import type { Vultus } from 'vultus';
import type { CommandRun, OwnOption } from '../command.ts';
import { UsageError } from '../exit.ts';
import { detectOptions } from '../options.ts';

/** Options that name the pictures. */
export const sourceOptions: readonly OwnOption[] = [
  { flags: '--pairs <file>', help: 'a tab-separated file of pairs: fold, same, fileA, fileB' },
  { flags: '--images <folder>', help: 'where the pictures of the pairs are' },
  { flags: '--folder <folder>', help: 'in place of pairs: one folder per person; all are compared with each other' },
  { flags: '--export <file>', help: 'in place of pictures: what "vultus gallery export" wrote' },
];

/** Options of the cache. */
export const cacheOptions: readonly OwnOption[] = [
  { flags: '--cache <folder>', help: 'where faceprints are kept between runs (default: ~/.cache/vultus/eval)' },
  { flags: '--no-cache', help: 'embed every picture again and keep nothing' },
];

/** The source that the options name. @throws UsageError unless it is exactly one */
export function sourceOf(values: Readonly<Record<string, unknown>>): VerificationSource {
  const { pairs, images, folder, export: exported } = values as Readonly<Record<string, string | undefined>>;
  const named = [pairs, folder, exported].filter((value) => value !== undefined);
  if (named.length !== 1) {
    throw new UsageError(`Expected one of --pairs, --folder and --export, got ${named.length}`);
  }
  if (folder !== undefined) return { folder };
  if (exported !== undefined) return { export: exported };
  if (images === undefined) throw new UsageError('--pairs: expected --images too, the folder of its pictures');
  return { pairs: pairs as string, images };
}

/** The engine as evaluations use it, behind the cache unless `--no-cache` was given. */
export async function embeddingEngine(
  engine: Vultus,
  { values, signal }: Pick<CommandRun, 'values' | 'signal'>,
): Promise<EmbeddingEngine> {
  const { cachedEngine, defaultCacheFolder, finderSettings } = await import('@vultus/eval');
  const options = detectOptions(values, signal);
  const { contract, calibration } = engine;
  const plain = { embedFile: (path: string) => engine.embed(path, options), contract, calibration };
  const { cache } = values;
  if (cache === false) return plain;
  const { signal: _, ...detection } = options;
  const settings = finderSettings(engine.models(), detection);
  return cachedEngine(plain, { folder: typeof cache === 'string' ? cache : defaultCacheFolder(), settings });
}

/** A progress display whose total is known only when work has begun. */
export function progressOf({ terminal }: CommandRun, label: string) {
  let progress: ReturnType<typeof terminal.progress> | undefined;
  return {
    update: (done: number, total: number): void => {
      progress ??= terminal.progress(label, total);
      progress.update(done);
    },
    end: (): void => progress?.end(),
  };
}
