/** Several presets over the same pictures: each face is found once and embedded by all, and kept in the cache. */

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { type Calibration, type EmbeddingContract, type Faceprint, Vultus } from 'vultus';
import { embeddingCache } from './embedding-cache.ts';
import { finderSettings } from './engine.ts';

/** One preset as a source of faceprints; the answers of all presets are made together. */
export interface PresetEngine {
  readonly preset: string;
  readonly contract: EmbeddingContract;
  readonly calibration: Calibration | undefined;
  embedFile(path: string): Promise<Faceprint | null>;
}

/** Open presets. */
export interface PresetEngines extends AsyncDisposable {
  readonly presets: readonly PresetEngine[];
  /** The faceprints of an encoded picture by all presets, in their order; `null` where no face is found. */
  embedBytes(picture: Uint8Array): Promise<readonly (Faceprint | null)[]>;
  /** The first engine, to find faces with. */
  readonly engine: Vultus;
}

/** Options of {@link openPresets}. */
export interface PresetOptions {
  readonly presets: readonly string[];
  /** Folder of the cache. */
  readonly cache: string;
  /** Widens pictures by this share on each side before faces are looked for, for crops tighter than a head. */
  readonly pad?: number;
}

/** Opens an engine for each preset. */
export async function openPresets({ presets, cache: folder, pad = 0 }: PresetOptions): Promise<PresetEngines> {
  const engines = await Promise.all(presets.map((preset) => Vultus.open({ preset })));
  const first = engines[0] as Vultus;
  const settings = finderSettings(first.models()) + (pad > 0 ? ` pad ${pad}` : '');
  const caches = engines.map(({ contract }) => embeddingCache(contract, { folder, settings }));
  const running = new Map<string, Promise<(Faceprint | null)[]>>();

  const embedBytes = async (bytes: Uint8Array): Promise<(Faceprint | null)[]> => {
    const kept = await Promise.all(caches.map((cache) => cache.get(bytes)));
    if (kept.every((print) => print !== undefined)) return kept;
    const picture = await first.picture(pad > 0 ? await padded(bytes, pad) : bytes);
    const face = await first.analyzeMain(picture, { tasks: ['embed'] });
    return Promise.all(
      engines.map(async (engine, index) => {
        const known = kept[index];
        if (known !== undefined) return known;
        const others =
          engine === first || face === null ? [face] : await engine.read(picture, [face], { tasks: ['embed'] });
        const print = others[0]?.embed ?? null;
        await caches[index]?.set(bytes, print);
        return print;
      }),
    );
  };
  const together = (path: string) => {
    const known = running.get(path) ?? readFile(path).then(embedBytes);
    running.set(path, known);
    return known;
  };
  return {
    engine: first,
    embedBytes,
    presets: engines.map(({ contract, calibration }, index) => ({
      preset: presets[index] as string,
      contract,
      calibration,
      embedFile: async (path) => (await together(path))[index] ?? null,
    })),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
}

async function padded(bytes: Uint8Array, share: number): Promise<Uint8Array> {
  const { width = 0, height = 0 } = await sharp(bytes).metadata();
  const [x, y] = [Math.round(width * share), Math.round(height * share)];
  const background = { r: 127, g: 127, b: 127 };
  return sharp(bytes).extend({ left: x, right: x, top: y, bottom: y, background }).png().toBuffer();
}
