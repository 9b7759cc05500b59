/** Several presets over the same pictures: each face is found once and embedded by all, and kept in the cache. */

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { type Calibration, type EmbeddingContract, type Faceprint, Vultus } from 'vultus';
import { embeddingCache, jsonCache } from './embedding-cache.ts';
import { finderSettings } from './engine.ts';

/** One preset as a source of faceprints; the answers of all presets are made together. */
export interface PresetEngine {
  readonly preset: string;
  readonly contract: EmbeddingContract;
  readonly calibration: Calibration | undefined;
  embedFile(path: string): Promise<Faceprint | null>;
}

/** Where a head points, in degrees; see `HeadPose`. */
export interface HeadAngles {
  readonly yaw: number;
  readonly pitch: number;
}

/** What is seen on a picture: the main face's faceprint of each preset, in their order. */
export interface SeenFace {
  readonly prints: readonly Faceprint[];
  /** With `pose: true` only. */
  readonly pose?: HeadAngles;
}

/** Presets that look at the same pictures in the same way. */
export interface PresetView {
  readonly presets: readonly PresetEngine[];
  /** The main face of an encoded picture; `null` where none is found. */
  see(picture: Uint8Array): Promise<SeenFace | null>;
  /** The first engine, to find faces with. */
  readonly engine: Vultus;
}

/** Open presets. */
export interface PresetEngines extends PresetView, AsyncDisposable {
  /** The same, but pictures are widened by this share on each side first, for crops tighter than a head. */
  padded(share: number): PresetView;
}

/** Options of {@link openPresets}. */
export interface PresetOptions {
  readonly presets: readonly string[];
  /** Folder of the cache. */
  readonly cache: string;
  /** Also says where the head points; default false. */
  readonly pose?: boolean;
}

/** Opens an engine for each preset. */
export async function openPresets(options: PresetOptions): Promise<PresetEngines> {
  const engines = await Promise.all(options.presets.map((preset) => Vultus.open({ preset })));
  return {
    ...viewOf(engines, options, 0),
    padded: (share) => viewOf(engines, options, share),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
}

function viewOf(engines: readonly Vultus[], options: PresetOptions, pad: number): PresetView {
  const { presets, pose: wantsPose = false } = options;
  const { caches, poses } = openCaches(engines, options.cache, pad);
  const running = new Map<string, Promise<SeenFace | null>>();

  const see = async (bytes: Uint8Array, needsPose = wantsPose): Promise<SeenFace | null> => {
    const kept = await Promise.all(caches.map((cache) => cache.get(bytes)));
    if (kept.includes(null)) return null;
    const keptPose = needsPose ? await poses.get(bytes) : null;
    const known = kept.filter((print) => print != null);
    if (known.length === engines.length && keptPose !== undefined) {
      return { prints: known, ...(keptPose && { pose: keptPose }) };
    }
    const seen = await look(engines, pad > 0 ? await widened(bytes, pad) : bytes, wantsPose);
    await Promise.all(caches.map((cache, index) => cache.set(bytes, seen?.prints[index] ?? null)));
    if (seen?.pose) await poses.set(bytes, seen.pose);
    return seen;
  };
  const together = (path: string) => {
    const known = running.get(path) ?? readFile(path).then((bytes) => see(bytes, false));
    running.set(path, known);
    return known;
  };
  return {
    engine: engines[0] as Vultus,
    see: (picture) => see(picture),
    presets: engines.map(({ contract, calibration }, index) => ({
      preset: presets[index] as string,
      contract,
      calibration,
      embedFile: async (path) => (await together(path))?.prints[index] ?? null,
    })),
  };
}

function openCaches(engines: readonly Vultus[], folder: string, pad: number) {
  const models = (engines[0] as Vultus).models();
  const settings = finderSettings(models) + (pad > 0 ? ` pad ${pad}` : '');
  const posers = models.filter(({ kind }) => kind === 'pose').map(({ sha256 }) => sha256);
  return {
    caches: engines.map(({ contract }) => embeddingCache(contract, { folder, settings })),
    poses: jsonCache<HeadAngles>(folder, `pose ${settings} ${JSON.stringify(posers)}`),
  };
}

/** Finds the main face once; the first engine reads everything but the other presets' faceprints. */
async function look(engines: readonly Vultus[], bytes: Uint8Array, wantsPose: boolean): Promise<SeenFace | null> {
  const [first, ...others] = engines as [Vultus, ...Vultus[]];
  const picture = await first.picture(bytes);
  const face = await first.analyzeMain(picture, { tasks: ['embed'] });
  if (face === null) return null;
  const [posed, ...read] = await Promise.all([
    wantsPose ? first.read(picture, [face], { tasks: ['pose'] }) : [],
    ...others.map((engine) => engine.read(picture, [face], { tasks: ['embed'] })),
  ]);
  const prints = [face.embed, ...read.flatMap((faces) => faces.map(({ embed }) => embed))];
  const [angles] = posed;
  return { prints, ...(angles && { pose: { yaw: angles.pose.yaw, pitch: angles.pose.pitch } }) };
}

async function widened(bytes: Uint8Array, share: number): Promise<Uint8Array> {
  const { width = 0, height = 0 } = await sharp(bytes).metadata();
  const [x, y] = [Math.round(width * share), Math.round(height * share)];
  const background = { r: 127, g: 127, b: 127 };
  return sharp(bytes).extend({ left: x, right: x, top: y, bottom: y, background }).png().toBuffer();
}
