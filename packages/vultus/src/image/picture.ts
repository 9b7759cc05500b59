/** A picture's levels: how each is made is the platform's business, when and how long they are kept is decided here. */

import { VultusError } from '../errors.ts';
import type { Image, Picture } from './image.ts';

/** What a platform must be able to do for {@link createPicture}. */
export interface PictureDecoder {
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  /** Decodes the whole picture. */
  full(): Promise<Image>;
  /** Decodes straight to a smaller size where that is cheaper than decoding the whole; `undefined` where it is not. */
  reduced?(width: number, height: number): Promise<Image> | undefined;
  /** Area-averages decoded pixels to a smaller size without holding the thread. */
  shrink(image: Image, width: number, height: number): Promise<Image>;
}

/** Reduced levels kept per picture, the last used; the full picture is kept once it was asked for. */
const keptLevels = 4;

/**
 * Levels of at most half this long side are made from the level of this long side, where the picture is larger: detection
 * asks for it anyway, and reducing the whole picture once more would cost several times as much.
 */
const steppingStone = 640;

/** Pixels from which a photograph is not seen whole where a reduced level will do. */
export const largePicturePixels = 4_000_000;

/** The size of a level whose long side is at most `longSide`: never enlarged, aspect kept to the pixel, at least 1×1. */
export function levelSize(
  width: number,
  height: number,
  longSide: number,
): { readonly width: number; readonly height: number } {
  const long = Math.max(width, height);
  if (longSide >= long) return { width, height };
  const factor = longSide / long;
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

/**
 * A {@link Picture} over a decoder. Each level is made once, also when several callers ask at the same time, and always
 * in the same way whatever was asked before, so that equal calls give equal pixels. A failed level may be asked for again.
 */
export function createPicture(decoder: PictureDecoder): Picture {
  const { width, height } = decoder;
  const levels = new Map<string, Promise<Image>>();
  let whole: Promise<Image> | undefined;

  function full(): Promise<Image> {
    if (whole !== undefined) return whole;
    const made = decoder.full();
    whole = made;
    made.catch(() => {
      whole = undefined;
    });
    return made;
  }

  function makeLevel(w: number, h: number): Promise<Image> {
    if (Math.max(w, h) * 2 <= steppingStone && Math.max(width, height) > steppingStone) {
      const stone = levelSize(width, height, steppingStone);
      return level(stone.width, stone.height).then((image) => decoder.shrink(image, w, h));
    }
    return decoder.reduced?.(w, h) ?? full().then((image) => decoder.shrink(image, w, h));
  }

  function level(w: number, h: number): Promise<Image> {
    const key = `${w}×${h}`;
    const made = levels.get(key) ?? makeLevel(w, h);
    levels.delete(key);
    levels.set(key, made);
    made.catch(() => levels.delete(key));
    for (const oldest of levels.keys()) {
      if (levels.size <= keptLevels) break;
      levels.delete(oldest);
    }
    return made;
  }

  return {
    width,
    height,
    async pixels(longSide) {
      if (longSide === undefined) return full();
      if (!(longSide >= 1)) {
        throw new VultusError('INVALID_ARGUMENT', `pixels: expected a long side of at least 1, got ${longSide}`);
      }
      const size = levelSize(width, height, Math.floor(longSide));
      return size.width === width && size.height === height ? full() : level(size.width, size.height);
    },
  };
}
