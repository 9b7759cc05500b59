/** Controlled changes of a picture: things drawn on a face, blur, light, size, compression, noise. */

import sharp, { type Sharp } from 'sharp';
import type { Detection } from 'vultus';
import { normal, seededRandom } from './random.ts';
import { type DrawableFace, type GlassesStyle, glassesShape, type MaskStyle, maskShape } from './worn-styles.ts';

/** A face in a picture, and where it was found. */
export interface AlterableFace extends DrawableFace {
  readonly detection: Detection;
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

/** A check of the engine that a factor trips sooner or later. */
export interface FactorCheck {
  /** `blur` and the two kinds of bad light are verdicts of the `quality` task. */
  readonly verdict: 'blurry' | 'under' | 'over';
  /** What tables and charts call the point. */
  readonly name: string;
  /** Where the search ends, in the factor's unit; it begins at the unchanged picture. */
  readonly until: number;
}

/** A factor with its settings, mildest first. */
export interface Factor {
  readonly name: string;
  /** What `value` measures. */
  readonly axis?: string;
  readonly levels: readonly FactorLevel[];
  /** The change at any value, and the checks that it trips. */
  readonly checked?: { readonly at: (value: number) => Alteration; readonly checks: readonly FactorCheck[] };
}

/** A light blue mask up to the bridge of the nose. */
const surgicalMask: MaskStyle = {
  cloth: '#a9c8dc',
  edge: '#8fb0c6',
  top: 2 / 3.6,
  pattern: 'plain',
  straps: false,
  shadow: 0,
};

/** Rounded glasses with a black frame. */
const clearGlasses: GlassesStyle = {
  lens: 'none',
  tint: 1,
  frame: '#101010',
  thickness: 0.06,
  width: 0.74,
  height: 0.5,
  roundness: 0.35,
  reflection: 0,
  rim: 'full',
};

const darkGlasses: GlassesStyle = { ...clearGlasses, lens: '#101010' };

/** Everything that `vultus eval factors` changes. */
export const factors: readonly Factor[] = [
  {
    name: 'Worn',
    levels: [
      { name: 'eyeglasses', alter: (picture, face) => draw(picture, glassesShape(face, clearGlasses)) },
      { name: 'sunglasses', alter: (picture, face) => draw(picture, glassesShape(face, darkGlasses)) },
      { name: 'mask', alter: (picture, face) => draw(picture, maskShape(face, surgicalMask)) },
      {
        name: 'mask and sunglasses',
        alter: (picture, face) => draw(picture, maskShape(face, surgicalMask) + glassesShape(face, darkGlasses)),
      },
    ],
  },
  {
    ...curve('Gaussian blur', 'Blur (σ), % of the face height', [1, 1.5, 2, 3, 4, 6], gaussianBlur),
    checked: { at: gaussianBlur, checks: [{ verdict: 'blurry', name: 'blur check: blurry', until: 6 }] },
  },
  {
    ...curve('Motion blur', 'Movement, % of the face height', [3, 6, 9, 12, 16, 20], motionBlur),
    checked: { at: motionBlur, checks: [{ verdict: 'blurry', name: 'blur check: blurry', until: 24 }] },
  },
  {
    ...curve('Exposure', 'Exposure, stops', [-6, -5, -4, -3, -2, -1, 1, 2, 3, 4], exposure),
    checked: {
      at: exposure,
      checks: [
        { verdict: 'under', name: 'exposure check: too dark', until: -8 },
        { verdict: 'over', name: 'exposure check: too bright', until: 6 },
      ],
    },
  },
  curve('Face height', 'Face height, pixels', [224, 160, 112, 80, 64, 48, 40, 32, 24, 20, 16], faceHeight),
  curve('JPEG quality', 'JPEG quality', [90, 75, 50, 30, 20, 10, 5], (value) => (picture) => {
    return sharp(picture).jpeg({ quality: value }).toBuffer();
  }),
  curve('Noise', 'Noise, grey levels', [5, 10, 20, 30, 50], (value) => (picture) => noise(picture, value)),
];

function curve(name: string, axis: string, values: readonly number[], at: (value: number) => Alteration): Factor {
  return { name, axis, levels: values.map((value) => ({ name: String(value), value, alter: at(value) })) };
}

function gaussianBlur(value: number): Alteration {
  return (picture, face) => png(sharp(picture).blur(Math.max(0.3, (value / 100) * face.height)));
}

/** A straight movement along the picture's rows while the shutter is open. */
function motionBlur(value: number): Alteration {
  return (picture, face) => {
    const width = Math.max(3, 2 * Math.round(((value / 100) * face.height) / 2) + 1);
    const kernel = Array.from({ length: 3 * width }, (_, i) => (Math.floor(i / width) === 1 ? 1 : 0));
    return png(sharp(picture).convolve({ width, height: 3, kernel }));
  };
}

/** Light in stops, through a display curve of 2.2; what passes white is lost. */
function exposure(value: number): Alteration {
  return (picture) => png(sharp(picture).linear(2 ** (value / 2.2), 0));
}

function faceHeight(value: number): Alteration {
  return async (picture, face) => {
    const { width = 1 } = await sharp(picture).metadata();
    return png(sharp(picture).resize({ width: Math.max(16, Math.round((width * value) / face.height)) }));
  };
}

function png(pipeline: Sharp): Promise<Uint8Array> {
  return pipeline.png().toBuffer();
}

async function draw(picture: Uint8Array, shapes: string): Promise<Uint8Array> {
  const { width = 1, height = 1 } = await sharp(picture).metadata();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes}</svg>`;
  return png(sharp(picture).composite([{ input: Buffer.from(svg) }]));
}

async function noise(picture: Uint8Array, deviation: number): Promise<Uint8Array> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const next = seededRandom(deviation);
  // The array clamps to 0…255.
  const noisy = Uint8ClampedArray.from(data, (value) => value + deviation * normal(next));
  const { width, height, channels } = info;
  return png(sharp(Buffer.from(noisy.buffer), { raw: { width, height, channels } }));
}
