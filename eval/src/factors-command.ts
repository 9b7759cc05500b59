/** What `vultus eval factors` runs: people's pictures and clips in, tables and curves of what harms similarity out. */

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VultusError } from 'vultus';
import { byKey } from './by-key.ts';
import { defaultCacheFolder } from './embedding-cache.ts';
import { alterableFace, evaluateFactors, type FactorEngine, type FactorPair, type FactorResult } from './factors.ts';
import { type GridResult, gridStudy } from './grid.ts';
import { type Pair, readPairsFile } from './pairs.ts';
import { listTree } from './picture-sets.ts';
import { clipItems, type PersonPicture, poseGrid, poseItems } from './pose-study.ts';
import { openPresets, type PresetView } from './preset-embedder.ts';

/** People's pictures: pairs with the folder of their pictures, or a folder per person. */
export type FactorsSource = { readonly pairs: string; readonly images: string } | { readonly folder: string };

/** Options of {@link factorsCommand}. */
export interface FactorsCommandOptions {
  /** Of each person two pictures count for the changes, and all for where the head points. */
  readonly source: FactorsSource;
  /** Clips that show one person each, for where the head points; need ffmpeg. */
  readonly clips?: readonly string[];
  readonly presets: readonly string[];
  /** People at most whose pictures are changed; default 100. */
  readonly limit?: number;
  readonly cache?: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Everything that a study found; JSON-safe. */
export interface FactorsReport extends FactorResult {
  /** Yaw and pitch; absent where nobody has two frontal pictures. */
  readonly poses?: GridResult;
}

/** Runs a study. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT`, `DEPENDENCY_MISSING` for clips without ffmpeg */
export async function factorsCommand(options: FactorsCommandOptions): Promise<FactorsReport> {
  const { source, clips = [], presets, limit = 100, cache = defaultCacheFolder(), onProgress, signal } = options;
  const { pairs, pictures } = await readSource(source, limit);
  await using open = await openPresets({ presets, cache, pose: true });
  const ends = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  const items = [...(await poseItems(open, pictures, ends)), ...(await clipItems(open, clips, ends))];
  const changes = await evaluateFactors(factorEngine(open), await readPairs(pairs), ends);
  const poses = gridStudy(items, presetThresholds(open.presets), poseGrid);
  return { ...changes, ...(poses && { poses }) };
}

/** What a study needs, from open presets; each is judged at its default threshold. */
export function factorEngine({ presets, see, engine }: Pick<PresetView, 'presets' | 'see' | 'engine'>): FactorEngine {
  return {
    presets: presetThresholds(presets),
    embedBytes: async (picture) => (await see(picture))?.prints ?? null,
    findFace: (picture) => alterableFace(engine, picture),
    quality: async (picture, { detection }) => {
      const [face] = await engine.read(picture, [detection], { tasks: ['quality'] });
      if (face === undefined) throw new VultusError('INFERENCE_FAILED', 'quality: expected one face read, got none');
      return face.quality;
    },
  };
}

/** Presets with the thresholds that their calibrations recommend for two faces. */
export function presetThresholds(presets: PresetView['presets']): FactorEngine['presets'] {
  return presets.map(({ preset, calibration }) => ({
    preset,
    threshold: calibration?.thresholds[calibration.defaultFmr]?.threshold ?? 0.4,
  }));
}

/** The paths of pairs as bytes. @throws VultusError `FILE_READ` */
export async function readPairs(
  pairs: readonly { readonly changed: string; readonly untouched: string }[],
): Promise<FactorPair[]> {
  return Promise.all(
    pairs.map(async ({ changed, untouched }) => ({
      changed: await readPicture(changed),
      untouched: await readPicture(untouched),
    })),
  );
}

/** Of each person the first pair; people at most `limit`. */
export function firstPairs(pairs: readonly Pair[], images: string, limit: number) {
  const people = byKey(
    pairs.filter(({ same }) => same),
    ({ fileA }) => dirname(fileA),
  );
  // Without folders the picture itself stands for the person.
  const first = people.size > 1 ? [...people.values()].map(([pair]) => pair as Pair) : pairs.filter(({ same }) => same);
  return first
    .slice(0, limit)
    .map(({ fileA, fileB }) => ({ changed: join(images, fileA), untouched: join(images, fileB) }));
}

async function readSource(source: FactorsSource, limit: number) {
  if ('folder' in source) {
    const people = byKey(await listTree(source.folder), (file) => file.slice(0, file.indexOf('/')));
    const pictures = [...people].flatMap(([person, files]) =>
      files.map((file): PersonPicture => ({ person, path: join(source.folder, file) })),
    );
    const pairs = [...people.values()].flatMap(([a, b]) =>
      a !== undefined && b !== undefined
        ? [{ changed: join(source.folder, a), untouched: join(source.folder, b) }]
        : [],
    );
    return { pictures, pairs: pairs.slice(0, limit) };
  }
  const pairs = await readPairsFile(source.pairs);
  const files = [...new Set(pairs.flatMap(({ fileA, fileB }) => [fileA, fileB]))].sort();
  const pictures = files.map((file): PersonPicture => ({ person: dirname(file), path: join(source.images, file) }));
  return { pictures, pairs: firstPairs(pairs, source.images, limit) };
}

async function readPicture(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new VultusError('FILE_READ', `Expected a picture at ${path}, it could not be read`, { cause });
  }
}
