/** The shipped embedding presets; centres and calibration, measured by commands of `eval`, lie in `calibration/`. */

import { readFile } from 'node:fs/promises';
import type { EmbeddingPart, EmbeddingPreset } from 'vultus';

type Calibration = NonNullable<EmbeddingPreset['calibration']>;

/** A part whose centre is read from `calibration/<model>.centre.json`. */
type PartSpec = Omit<EmbeddingPart, 'centre'> & { readonly centred?: boolean };

type PresetSpec = Omit<EmbeddingPreset, 'calibration' | 'parts'> & { readonly parts: readonly PartSpec[] };

/**
 * The presets by the user's word. A preset's version rises whenever its parts change: faceprints are compared by contract.
 * Weights are plain halves, not tuned; `docs/embeddings.md` says what was tried.
 */
export const presetParts: Readonly<Record<string, PresetSpec>> = {
  fast: {
    id: 'vultus-fast',
    version: '1',
    parts: [{ model: 'mobileface', weight: 1 }],
  },
  balanced: {
    id: 'vultus-balanced',
    version: '1',
    parts: [{ model: 'mobilefacenet-512', weight: 1 }],
  },
  accurate: {
    id: 'vultus-accurate',
    version: '1',
    align: 'joined',
    parts: [
      { model: 'mobilefacenet-512', weight: 1, flip: true },
      { model: 'mobilefacenet-192', weight: 0.5, flip: true },
      { model: 'dlib-resnet', weight: 0.5, flip: true, centred: true },
    ],
  },
  open: {
    id: 'vultus-open',
    version: '1',
    parts: [{ model: 'dlib-resnet', weight: 1, flip: true, centred: true }],
  },
};

/** The presets with their centres, and with the calibration that is there. */
export async function readPresets(): Promise<Record<string, EmbeddingPreset>> {
  const entries = Object.entries(presetParts).map(async ([word, spec]): Promise<[string, EmbeddingPreset]> => {
    const parts = await Promise.all(spec.parts.map(readPart));
    const calibration = await readJson<Calibration>(`${spec.id}.json`);
    return [word, { ...spec, parts, ...(calibration ? { calibration } : {}) }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function readPart({ centred, ...part }: PartSpec): Promise<EmbeddingPart> {
  if (!centred) return part;
  const found = await readJson<{ readonly centre: readonly number[] }>(`${part.model}.centre.json`);
  if (found === undefined) throw new Error(`Expected calibration/${part.model}.centre.json, got none`);
  return { ...part, centre: found.centre };
}

async function readJson<T>(name: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(new URL(`../calibration/${name}`, import.meta.url), 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`Expected calibration/${name} to be JSON, got: ${(error as Error).message}`, { cause: error });
  }
}
