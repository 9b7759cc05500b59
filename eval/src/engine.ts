/** The real engine as evaluations use it. */

import { type DetectOptions, type ModelEntry, Vultus, type VultusOptions } from 'vultus';
import type { EmbeddingEngine } from './embeddings.ts';

/** An engine that must be closed. */
export interface OpenEmbeddingEngine extends EmbeddingEngine, AsyncDisposable {
  /** Where the models ran. */
  readonly device: string;
  /** The models at hand, for `finderSettings`. */
  readonly models: readonly ModelEntry[];
}

/** Opens Vultus for embedding files; the main face of each picture counts (see `mainFace`). */
export async function openEmbeddingEngine(options: VultusOptions): Promise<OpenEmbeddingEngine> {
  const vultus = await Vultus.open(options);
  return {
    embedFile: (path) => vultus.embed(path),
    contract: vultus.contract,
    calibration: vultus.calibration,
    device: vultus.device.actual,
    models: vultus.models(),
    [Symbol.asyncDispose]: () => vultus.close(),
  };
}

/** What decides which face is found and how it is framed, as a word for the cache: models and settings. */
export function finderSettings(models: readonly ModelEntry[], detection: Omit<DetectOptions, 'signal'> = {}): string {
  const finders = models.filter(({ kind }) => kind === 'detector' || kind === 'landmarks');
  return JSON.stringify([detection, finders.map(({ sha256 }) => sha256)]);
}
