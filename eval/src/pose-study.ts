/** What turning the head does to similarity: people's pictures and clips, sorted by where the head points. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import { type Image, openVideo } from 'vultus';
import type { GridItem, GridSpec } from './grid.ts';
import type { PresetView } from './preset-embedder.ts';

/** A picture of somebody. */
export interface PersonPicture {
  readonly person: string;
  readonly path: string;
}

/** Cells of yaw and pitch; what the `pose` task reads decides where a picture belongs. */
export const poseGrid: GridSpec = {
  x: { label: 'Yaw, degrees', edges: [-90, -65, -45, -30, -15, 15, 30, 45, 65, 90] },
  y: { label: 'Pitch, degrees', edges: [-50, -30, -12, 12, 30, 50] },
};

/** Options of both readers. */
export interface PoseItemsOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

type Seer = Pick<PresetView, 'see'>;

/** Pictures in work at the same time. */
const atOnce = 4;

/** Frames of a clip that count, evenly over its length. */
const framesPerClip = 120;

/** Where the head points on each picture; pictures without a face are left out, as they point nowhere. */
export async function poseItems(
  seer: Seer,
  pictures: readonly PersonPicture[],
  { onProgress, signal }: PoseItemsOptions = {},
): Promise<GridItem[]> {
  const items: GridItem[] = [];
  for (let next = 0; next < pictures.length; next += atOnce) {
    signal?.throwIfAborted();
    const some = pictures.slice(next, next + atOnce);
    const seen = await Promise.all(
      some.map(async ({ person, path }) => itemOf(seer, person, new Uint8Array(await readFile(path)))),
    );
    items.push(...seen.flat());
    onProgress?.(Math.min(next + atOnce, pictures.length), pictures.length);
  }
  return items;
}

/** The same over the frames of clips that show one person each; needs ffmpeg. @throws VultusError `DEPENDENCY_MISSING`, `FILE_READ` */
export async function clipItems(
  seer: Seer,
  clips: readonly string[],
  { onProgress, signal }: PoseItemsOptions = {},
): Promise<GridItem[]> {
  const items: GridItem[] = [];
  for (const [index, clip] of clips.entries()) {
    for (const frame of await framesOf(clip, signal)) items.push(...(await itemOf(seer, basename(clip), frame)));
    onProgress?.(index + 1, clips.length);
  }
  return items;
}

async function itemOf(seer: Seer, person: string, picture: Uint8Array): Promise<GridItem[]> {
  const seen = await seer.see(picture);
  return seen?.pose ? [{ person, x: seen.pose.yaw, y: seen.pose.pitch, prints: seen.prints }] : [];
}

async function framesOf(clip: string, signal: AbortSignal | undefined): Promise<Uint8Array[]> {
  const options = { maxSide: 640, ...(signal && { signal }) };
  const { info } = await openVideo(clip, options).then(async (video) => {
    await video.close();
    return video;
  });
  const seconds = (info?.durationMs ?? 0) / 1000;
  const fps = seconds > 0 ? Math.min(info?.fps ?? 25, framesPerClip / seconds) : 5;
  await using video = await openVideo(clip, { ...options, fps });
  const frames: Uint8Array[] = [];
  for await (const { image } of video) {
    frames.push(await encoded(image));
    if (frames.length === framesPerClip) break;
  }
  return frames;
}

/** Lossless bytes, which the cache knows frames by. */
async function encoded({ width, height, data }: Image): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
