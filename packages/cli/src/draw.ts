/** Draws faces, bodies and things over their picture and writes the result: `@vultus/cli/draw`, used by `--draw`. */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import sharp from 'sharp';
import { encodeImage, type Image, VultusError } from 'vultus';
import type { Drawing, DrawnFace } from './draw/drawn.ts';
import { lettersHere } from './draw/fonts.ts';
import { overlaySvg } from './draw/overlay.ts';
import { drawingScale, scaleDrawing } from './draw/scale.ts';

export type { Drawing, DrawnFace } from './draw/drawn.ts';
export { type OverlayOptions, overlaySvg } from './draw/overlay.ts';
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

/** How a drawing is made. */
export interface DrawOptions {
  /**
   * Whole factor by which picture and drawing are enlarged; default `auto`: small pictures until their long side has 720
   * pixels, at most eight times, larger ones not.
   */
  readonly scale?: number | 'auto';
}

/** The picture with everything drawn over it, encoded. An SVG carries the picture inside. */
export async function renderDrawing(
  image: Image,
  drawing: Drawing,
  format: DrawFormat,
  { scale = 'auto' }: DrawOptions = {},
): Promise<Uint8Array> {
  const factor = scale === 'auto' ? drawingScale(image) : scale;
  const size = { width: image.width * factor, height: image.height * factor };
  const shown = scaleDrawing(drawing, factor);
  if (format === 'svg') {
    const picture = Buffer.from(await encodeImage(image, 'jpeg', { quality: 90 })).toString('base64');
    return new TextEncoder().encode(overlaySvg(size, shown, { backdrop: `data:image/jpeg;base64,${picture}` }));
  }
  const overlay = Buffer.from(overlaySvg(size, shown, { lettering: await lettersHere() }));
  const canvas = sharp(await enlarged(image, size), {
    raw: { ...size, channels: 3 },
    limitInputPixels: false,
  }).composite([
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

async function enlarged({ data, width, height }: Image, size: { width: number; height: number }): Promise<Uint8Array> {
  if (size.width === width) return data;
  const raw = { raw: { width, height, channels: 3 } } as const;
  return sharp(data, raw).resize(size.width, size.height, { kernel: 'cubic' }).raw().toBuffer();
}

/** The picture with its faces drawn over it at the picture's own size, encoded. */
export function renderFaces(image: Image, faces: readonly DrawnFace[], format: DrawFormat): Promise<Uint8Array> {
  return renderDrawing(image, { faces }, format, { scale: 1 });
}

/**
 * Draws over a picture and writes it to `path`, whose folder is made; the ending chooses the format.
 * @example
 * const picture = await vultus.picture('photo.jpg');
 * const [faces, objects] = await Promise.all([vultus.analyze(picture, { tasks: ['mesh'] }), vultus.objects(picture)]);
 * const drawn = faces.map(({ box, mesh }) => ({ box, mesh: mesh.points }));
 * await drawPicture(await picture.pixels(), { faces: drawn, objects }, 'out.png');
 * @throws VultusError `INVALID_ARGUMENT` for another ending; `FILE_READ` when the file cannot be written
 */
export async function drawPicture(
  image: Image,
  drawing: Drawing,
  path: string,
  options: DrawOptions = {},
): Promise<void> {
  const bytes = await renderDrawing(image, drawing, drawFormat(path), options);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  } catch (cause) {
    throw new VultusError('FILE_READ', `Expected to write ${path}, got: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Draws faces over a picture and writes it to `path`; see {@link drawPicture}.
 * @example
 * const picture = await vultus.picture('photo.jpg');
 * const faces = await vultus.detect(picture);
 * await drawFaces(await picture.pixels(), faces.map(({ box }) => ({ box })), 'out.png');
 */
export function drawFaces(
  image: Image,
  faces: readonly DrawnFace[],
  path: string,
  options: DrawOptions = {},
): Promise<void> {
  return drawPicture(image, { faces }, path, options);
}
