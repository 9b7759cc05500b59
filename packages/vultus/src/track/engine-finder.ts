/** An engine as the eyes of a tracker. */

import type { Detection, FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import type { Image } from '../image/image.ts';
import type { FaceFinder } from './track.ts';

/** The calls of an engine that tracking needs; `Vultus.open()` gives one. */
export interface TrackingEngine {
  detect(frame: Image, options: FinderOptions & { readonly signal?: AbortSignal }): Promise<readonly Detection[]>;
  read(
    frame: Image,
    faces: readonly Detection[],
    options: { readonly tasks: readonly ['points']; readonly signal?: AbortSignal },
  ): Promise<readonly { readonly landmarks?: FivePoints; readonly points?: unknown }[]>;
  read(
    frame: Image,
    faces: readonly Detection[],
    options: { readonly tasks: readonly ['mesh']; readonly signal?: AbortSignal },
  ): Promise<readonly { readonly landmarks?: FivePoints; readonly mesh?: { readonly presence: number } }[]>;
}

/** How the detector looks at frames; the fields mean what they mean in `DetectOptions`. */
export interface FinderOptions {
  /** Default 640. */
  readonly inputSize?: number;
  /** Default: the detector's own. */
  readonly scoreThreshold?: number;
  readonly minFaceSize?: number;
  /** Default `off`: the next frame is another chance to see a small face. */
  readonly tiles?: 'auto' | 'off' | number;
  /** Default `off`: a head that turns on its side is followed by its landmarks. */
  readonly rolled?: 'auto' | 'always' | 'off';
  /** Whether a new face is confirmed by the mesh's presence score before it is followed. Default true. */
  readonly confirm?: boolean;
}

/**
 * A finder for {@link Tracker} over an open engine.
 * @example
 * const tracker = new Tracker({ mode: 'light', finder: engineFinder(vultus) });
 * const tracks = await tracker.update(frame.image, frame.timestampMs);
 */
export function engineFinder(engine: TrackingEngine, { confirm = true, ...options }: FinderOptions = {}): FaceFinder {
  const looking = { inputSize: 640, tiles: 'off', rolled: 'off', ...options } as const;
  return {
    detect: (frame, signal) => engine.detect(frame, { ...looking, ...abort(signal) }),
    async refine(frame, faces, signal) {
      const read = await engine.read(frame, faces, { tasks: ['points'], ...abort(signal) });
      return read.map(({ landmarks, points }) => {
        if (landmarks === undefined) throw new TypeError('engineFinder: the engine read no landmarks');
        return { landmarks, ...(Array.isArray(points) ? { dense: points as readonly Point[] } : {}) };
      });
    },
    ...(confirm && {
      async confirm(frame: Image, faces: readonly Detection[], signal?: AbortSignal) {
        const read = await engine.read(frame, faces, { tasks: ['mesh'], ...abort(signal) });
        return read.map(({ mesh }) => mesh?.presence ?? 1);
      },
    }),
  };
}

function abort(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
