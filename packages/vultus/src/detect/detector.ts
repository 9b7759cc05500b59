/** The detector seam: a picture in, detections out. Every implementation passes `detector.contract.ts`. */

import type { Detection } from '../face/face.ts';
import type { Image } from '../image/image.ts';

/** What one pass of a detector over one image takes. */
export interface DetectorPass {
  /** Long side of the network's input in pixels, a multiple of 32. */
  readonly inputSize: number;
  /** Keep detections with at least this score, 0…1. */
  readonly scoreThreshold: number;
  /** Greedy non-maximum suppression: drop a box that overlaps a better one by more than this, 0…1. */
  readonly nmsThreshold: number;
  readonly signal?: AbortSignal | undefined;
}

/** One network that finds faces. Stateless: equal input, equal output. */
export interface Detector {
  /** Manifest id. */
  readonly id: string;
  /** Input sizes the network takes: a list, or every multiple of 32 from 160 up. */
  readonly inputSizes: readonly number[] | 'any';
  /** The score below which this network's findings are noise on natural pictures; the default threshold. */
  readonly defaultScoreThreshold: number;
  /** Faces in pixels of `image`, clipped to it, best score first. */
  detect(image: Image, pass: DetectorPass): Promise<Detection[]>;
  close(): Promise<void>;
}
