/** What light from the side does to similarity, on the Extended Yale B database: the angle is in each file's name. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { VultusError } from 'vultus';
import type { GridItem, GridSpec } from './grid.ts';
import type { PresetView } from './preset-embedder.ts';

/** Cells of where the light comes from, seen from the camera's axis. */
export const lightGrid: GridSpec = {
  x: { label: 'Light from the side, degrees', edges: [-131, -90, -55, -28, -12, 12, 28, 55, 90, 131] },
  y: { label: 'Light from above, degrees', edges: [-41, -15, 15, 50, 91] },
};

/** Height that faces are brought to; some of the pictures are thumbnails. */
const faceHeight = 128;

/** Every picture `<person>_P00A±aaaE±ee.pgm` below the folder. @throws VultusError `FILE_READ`, `INVALID_ARGUMENT` */
export async function lightItems(seer: Pick<PresetView, 'see'>, folder: string): Promise<GridItem[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `Expected the pictures of Yale B in ${folder}, it could not be read`, { cause });
  });
  const items: GridItem[] = [];
  for (const name of names.sort()) {
    const [, person, side, above] = /(yaleB\d+)_P00A([+-]\d{3})E([+-]\d{2})\.pgm$/.exec(name) ?? [];
    if (person === undefined) continue;
    const seen = await seer.see(await framed(await readFile(join(folder, name)), name));
    items.push({ person, x: Number(side), y: Number(above), prints: seen?.prints ?? null });
  }
  return items;
}

/** A cropped face with room round it, as a detector expects: PGM to PNG. */
async function framed(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(new TextDecoder('latin1').decode(bytes.subarray(0, 32)));
  if (head === null) {
    throw new VultusError('INVALID_ARGUMENT', `${name}: expected a grey PGM picture of 8 bits, got another header`);
  }
  const [width, height] = [Number(head[1]), Number(head[2])];
  const pixels = bytes.subarray(head[0].length, head[0].length + width * height);
  const side = Math.round(faceHeight * 0.875);
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .resize(side, faceHeight, { fit: 'fill', kernel: 'cubic' })
    .extend({ top: 64, bottom: 64, left: 56, right: 56, background: '#7f7f7f' })
    .toColourspace('srgb')
    .png()
    .toBuffer();
}
