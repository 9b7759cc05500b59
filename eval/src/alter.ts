/** Controlled changes of a picture: things drawn on a face, blur, light, size, compression, noise. */

import sharp, { type Sharp } from 'sharp';
import type { Point } from 'vultus';
import { normal, seededRandom } from './random.ts';

/** A face in a picture: its height in pixels and the 68 points. */
export interface AlterableFace {
  readonly height: number;
  readonly points: readonly Point[];
}

/** A change: picture bytes and the face on them to picture bytes. */
export type Alteration = (picture: Uint8Array, face: AlterableFace) => Promise<Uint8Array>;

/** One setting of a factor. */
export interface FactorLevel {
  /** What the table calls it. */
  readonly name: string;
  /** Place on the axis of a curve. */
  readonly value?: number;
  readonly alter: Alteration;
}

/** A factor with its settings, mildest first. */
export interface Factor {
  readonly name: string;
  /** What `value` measures. */
  readonly axis?: string;
  readonly levels: readonly FactorLevel[];
}

/** Everything that `vultus eval factors` changes. */
export const factors: readonly Factor[] = [
  {
    name: 'Worn',
    levels: [
      { name: 'glasses', alter: (picture, face) => draw(picture, glasses(face, 'none')) },
      { name: 'sunglasses', alter: (picture, face) => draw(picture, glasses(face, '#101010')) },
      { name: 'mask', alter: (picture, face) => draw(picture, mask(face)) },
      { name: 'mask and sunglasses', alter: (picture, face) => draw(picture, mask(face) + glasses(face, '#101010')) },
    ],
  },
  curve('Gaussian blur', 'Blur, % of the face height', [1, 2, 4, 6], (value) => (picture, face) => {
    return png(sharp(picture).blur(Math.max(0.3, (value / 100) * face.height)));
  }),
  curve('Motion blur', 'Movement, % of the face height', [5, 10, 20], (value) => (picture, face) => {
    const width = Math.max(3, 2 * Math.round(((value / 100) * face.height) / 2) + 1);
    const kernel = Array.from({ length: 3 * width }, (_, i) => (Math.floor(i / width) === 1 ? 1 : 0));
    return png(sharp(picture).convolve({ width, height: 3, kernel }));
  }),
  curve('Exposure', 'Exposure, stops', [-4, -3, -2, -1, 1, 2, 3], (value) => (picture) => {
    return png(sharp(picture).linear(2 ** (value / 2.2), 0));
  }),
  curve('Face height', 'Face height, pixels', [96, 64, 48, 32, 24, 16], (value) => async (picture, face) => {
    const { width = 1 } = await sharp(picture).metadata();
    return png(sharp(picture).resize({ width: Math.max(16, Math.round((width * value) / face.height)) }));
  }),
  curve('JPEG quality', 'JPEG quality', [75, 50, 30, 10, 5], (value) => (picture) => {
    return sharp(picture).jpeg({ quality: value }).toBuffer();
  }),
  curve('Noise', 'Noise, grey levels', [10, 25, 50], (value) => (picture) => noise(picture, value)),
];

function curve(name: string, axis: string, values: readonly number[], at: (value: number) => Alteration): Factor {
  return { name, axis, levels: values.map((value) => ({ name: String(value), value, alter: at(value) })) };
}

function png(pipeline: Sharp): Promise<Uint8Array> {
  return pipeline.png().toBuffer();
}

async function draw(picture: Uint8Array, shapes: string): Promise<Uint8Array> {
  const { width = 1, height = 1 } = await sharp(picture).metadata();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
  return png(sharp(picture).composite([{ input: Buffer.from(svg) }]));
}

/** A surgical mask: along the jaw, up to below the eyes' outer corners, over the nose. */
function mask({ points, height }: AlterableFace): string {
  const outline = [...points.slice(2, 15), points[29] as Point];
  const path = outline.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return `<polygon points="${path}" fill="#a9c8dc" stroke="#8fb0c6" stroke-width="${(height * 0.01).toFixed(1)}" stroke-linejoin="round"/>`;
}

/** Glasses: a rounded frame round each eye, a bridge and temples. */
function glasses({ points }: AlterableFace, fill: string): string {
  const eyes = [points.slice(36, 42), points.slice(42, 48)].map(middle) as [Point, Point];
  const [left, right] = eyes;
  const apart = Math.hypot(right.x - left.x, right.y - left.y);
  const angle = (Math.atan2(right.y - left.y, right.x - left.x) * 180) / Math.PI;
  const [w, h, thick] = [apart * 0.74, apart * 0.5, apart * 0.06];
  const centre = middle(eyes);
  const lens = (side: number) =>
    `<rect x="${side * apart * 0.5 - w / 2}" y="${-h * 0.42}" width="${w}" height="${h}" rx="${h * 0.35}" fill="${fill}"/>`;
  return `<g transform="translate(${centre.x} ${centre.y}) rotate(${angle})" stroke="#101010" stroke-width="${thick}" fill="none">${lens(-1)}${lens(1)}<path d="M${-apart * 0.13} 0h${apart * 0.26}M${-apart * 0.87} 0h${-apart * 0.15}M${apart * 0.87} 0h${apart * 0.15}"/></g>`;
}

function middle(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

async function noise(picture: Uint8Array, deviation: number): Promise<Uint8Array> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const next = seededRandom(deviation);
  // The array clamps to 0…255.
  const noisy = Uint8ClampedArray.from(data, (value) => value + deviation * normal(next));
  const { width, height, channels } = info;
  return png(sharp(Buffer.from(noisy.buffer), { raw: { width, height, channels } }));
}
