/** Quality: light, sharpness and size of a face in its picture. */

import type { Image } from '../image/image.ts';
import { sigmoid } from './outputs.ts';
import type { Crop, ValueTask } from './task.ts';
import { distance } from './views.ts';

/** How well a face is lit. */
export interface Exposure {
  readonly verdict: 'good' | 'under' | 'over';
  /** Share of bright pixels (luma ≥ 225) in the face, 0…1. */
  readonly faceBright: number;
  /** Share of dark pixels (luma ≤ 35) in the face, 0…1. */
  readonly faceDark: number;
  /** The same for the whole picture. */
  readonly pictureBright: number;
  readonly pictureDark: number;
  /** Mean luma of the face, 0…1. */
  readonly brightness: number;
}

/** How sharp a face is. */
export interface Sharpness {
  readonly verdict: 'good' | 'blurry';
  /** 0 blurred … 1 sharp; the verdict's border is 0.5. */
  readonly score: number;
}

/** What a face is worth as a picture. */
export interface Quality {
  readonly exposure: Exposure;
  readonly blur: Sharpness;
  /** Width and height of the detection's box and distance of the eyes, in pixels of the picture. */
  readonly size: { readonly width: number; readonly height: number; readonly eyes: number };
}

const bright = 225;
const dark = 35;

/** Shares of the face beyond which it counts as badly lit; see `docs/quality.md`. */
export const exposureLimits = { bright: 0.35, dark: 0.5, dim: 0.22, glaring: 0.85 } as const;

/** Natural logarithm of the fine detail at which a face is half sharp, and the width of the transition. */
const blurBorder = { middle: -3.4, width: 0.35 } as const;

/** Side of the aligned chip on which light and sharpness are judged. */
const chip = 112;

/** Long side of the picture when the whole of it is judged. */
const overview = 256;

/** The `quality` task. */
export const qualityTask: ValueTask<'quality', Quality> = {
  name: 'quality',
  crop: { crop: { kind: 'template', template: 'arcface' }, width: chip, height: chip },
  read: async ({ crops, picture, detection, landmarks }) => {
    const { image } = crops[0] as Crop;
    const face = lumaOf(image);
    const score = sharpness(face);
    const { width, height } = detection.box;
    return {
      exposure: judgeExposure(lightOf(face.filter(inOval)), wholeLight(await picture.pixels(overview))),
      blur: { verdict: score >= 0.5 ? 'good' : 'blurry', score },
      size: { width, height, eyes: distance(landmarks.leftEye, landmarks.rightEye) },
    };
  },
};

/** BT.601 luma, 0…255. */
function lumaOf({ data }: Image): Float32Array {
  const luma = new Float32Array(data.length / 3);
  for (let i = 0; i < luma.length; i++) {
    luma[i] =
      0.299 * (data[3 * i] as number) + 0.587 * (data[3 * i + 1] as number) + 0.114 * (data[3 * i + 2] as number);
  }
  return luma;
}

/** Which pixels of the chip show skin rather than hair and background: an ellipse round eyes, nose and mouth. */
const oval: readonly boolean[] = Array.from({ length: chip * chip }, (_, i) => {
  const [x, y] = [(i % chip) / chip - 0.5, Math.floor(i / chip) / chip - 0.6];
  return (x / 0.36) ** 2 + (y / 0.42) ** 2 <= 1;
});

function inOval(_: number, place: number): boolean {
  return oval[place] as boolean;
}

/** The light of some pixels. */
interface Light {
  /** Shares of bright and dark pixels, 0…1. */
  readonly bright: number;
  readonly dark: number;
  /** Mean luma, 0…1. */
  readonly mean: number;
}

/** The light of a whole picture, which all its faces share. */
const wholes = new WeakMap<Image, Light>();

function wholeLight(image: Image): Light {
  const known = wholes.get(image);
  if (known !== undefined) return known;
  const light = lightOf(lumaOf(image));
  wholes.set(image, light);
  return light;
}

/** One pass with an index: some ten thousand pixels for every face. */
function lightOf(luma: Float32Array): Light {
  let [brightCount, darkCount, sum] = [0, 0, 0];
  for (let i = 0; i < luma.length; i++) {
    const value = luma[i] as number;
    if (value >= bright) brightCount++;
    if (value <= dark) darkCount++;
    sum += value;
  }
  return { bright: brightCount / luma.length, dark: darkCount / luma.length, mean: sum / luma.length / 255 };
}

function judgeExposure(face: Light, whole: Light): Exposure {
  const over = face.bright > exposureLimits.bright || face.mean > exposureLimits.glaring;
  const under = face.dark > exposureLimits.dark || face.mean < exposureLimits.dim;
  return {
    verdict: under ? 'under' : over ? 'over' : 'good',
    faceBright: face.bright,
    faceDark: face.dark,
    pictureBright: whole.bright,
    pictureDark: whole.dark,
    brightness: face.mean,
  };
}

/** 0…1 from {@link fineDetail}. */
function sharpness(luma: Float32Array): number {
  return sigmoid((Math.log(Math.max(fineDetail(luma), 1e-9)) - blurBorder.middle) / blurBorder.width);
}

/**
 * Variance of the Laplacian ÷ variance of the luma, over the inner face of the chip: how much of the contrast lies in the
 * finest detail that the chip can show. Light and contrast cancel; the chip makes faces of all sizes comparable.
 */
function fineDetail(luma: Float32Array): number {
  const [from, to] = [Math.round(chip * 0.2), Math.round(chip * 0.9)];
  let [count, sum, squares, edges] = [0, 0, 0, 0];
  for (let y = from; y < to; y++) {
    for (let x = from; x < Math.round(chip * 0.8); x++) {
      const at = y * chip + x;
      const value = luma[at] as number;
      const around =
        (luma[at - 1] as number) + (luma[at + 1] as number) + (luma[at - chip] as number) + (luma[at + chip] as number);
      sum += value;
      squares += value * value;
      edges += (around - 4 * value) ** 2;
      count++;
    }
  }
  const variance = squares / count - (sum / count) ** 2;
  // A flat face has no detail: one grey level of noise is not sharpness.
  return edges / count / (variance + 25);
}
