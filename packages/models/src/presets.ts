/** The shipped embedding presets; their calibration, measured by `vultus eval`, lies in `calibration/<id>.json`. */

import { readFile } from 'node:fs/promises';
import type { EmbeddingPreset } from 'vultus';

type Calibration = NonNullable<EmbeddingPreset['calibration']>;

/** The presets without calibration, by the user's word. Versions change whenever parts do: faceprints are compared by contract. */
export const presetParts: Readonly<Record<string, Omit<EmbeddingPreset, 'calibration'>>> = {
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
    parts: [
      { model: 'mobilefacenet-512', weight: 1, flip: true },
      { model: 'mobilefacenet-192', weight: 0.5, flip: true },
      { model: 'dlib-resnet', weight: 0.35, flip: true },
    ],
  },
  open: {
    id: 'vultus-open',
    version: '1',
    parts: [{ model: 'dlib-resnet', weight: 1, flip: true }],
  },
};

/** The presets with the calibration that is there. */
export async function readPresets(): Promise<Record<string, EmbeddingPreset>> {
  const entries = Object.entries(presetParts).map(async ([word, preset]): Promise<[string, EmbeddingPreset]> => {
    const calibration = await readCalibration(preset.id);
    return [word, calibration ? { ...preset, calibration } : { ...preset }];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function readCalibration(id: string): Promise<Calibration | undefined> {
  try {
    return JSON.parse(await readFile(new URL(`../calibration/${id}.json`, import.meta.url), 'utf8')) as Calibration;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`Expected calibration/${id}.json to be JSON, got: ${(error as Error).message}`, { cause: error });
  }
}
