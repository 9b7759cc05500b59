/** Draws faces over their picture and writes the result: `@vultus/cli/draw`, used by `--draw`. */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import sharp from 'sharp';
import { encodeImage, type Image, VultusError } from 'vultus';
import { lettersHere } from './draw/fonts.ts';
import { type DrawnFace, overlaySvg } from './draw/overlay.ts';

export { type DrawnFace, overlaySvg } from './draw/overlay.ts';
export { identityColours, mutedColour, plainColour } from './draw/palette.ts';

/** File types that a drawing can be written as. */
export const drawFormats = ['png', 'jpg', 'webp', 'svg'] as const;

/** One of {@link drawFormats}. */
export type DrawFormat = (typeof drawFormats)[number];

/** The format that a file name asks for. @throws VultusError `INVALID_ARGUMENT` */
export function drawFormat(path: string): DrawFormat {
  const ending = extname(path).slice(1).toLowerCase();
  const format = ending === 'jpeg' ? 'jpg' : drawFormats.find((each) => each === ending);
  if (format !== undefined) return format;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected a drawing to end in ${drawFormats.map((each) => `.${each}`).join(', ')}, got ${JSON.stringify(basename(path))}`,
  );
}

/** The picture with its faces drawn over it, encoded. An SVG carries the picture inside. */
export async function renderFaces(image: Image, faces: readonly DrawnFace[], format: DrawFormat): Promise<Uint8Array> {
  if (format === 'svg') {
    const picture = Buffer.from(await encodeImage(image, 'jpeg', { quality: 90 })).toString('base64');
    return new TextEncoder().encode(overlaySvg(image, faces, `data:image/jpeg;base64,${picture}`));
  }
  const { width, height } = image;
  const overlay = Buffer.from(overlaySvg(image, faces, undefined, await lettersHere()));
  const canvas = sharp(image.data, { raw: { width, height, channels: 3 }, limitInputPixels: false }).composite([
    // 72 dpi is one pixel per SVG unit.
    { input: overlay, density: 72, limitInputPixels: false },
  ]);
  const encoded =
    format === 'png'
      ? canvas.removeAlpha().png()
      : format === 'webp'
        ? canvas.webp({ quality: 90 })
        : canvas.jpeg({ quality: 92 });
  return encoded.toBuffer();
}

/**
 * Draws faces over a picture and writes it to `path`, whose folder is made; the ending chooses the format.
 * @example
 * const picture = await vultus.picture('photo.jpg');
 * const faces = await vultus.detect(picture);
 * await drawFaces(await picture.pixels(), faces.map(({ box }) => ({ box })), 'out.png');
 * @throws VultusError `INVALID_ARGUMENT` for another ending; `FILE_READ` when the file cannot be written
 */
export async function drawFaces(image: Image, faces: readonly DrawnFace[], path: string): Promise<void> {
  const bytes = await renderFaces(image, faces, drawFormat(path));
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  } catch (cause) {
    throw new VultusError('FILE_READ', `Expected to write ${path}, got: ${(cause as Error).message}`, { cause });
  }
}
