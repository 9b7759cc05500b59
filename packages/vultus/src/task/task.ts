/**
 * The task seam: everything read off a face is declared the same way, in one file each.
 * The engine opens the model lazily, cuts the crops (shared between tasks that want the same), runs one batch
 * per model and calls `decode` per face. Every task passes `task.contract.ts`: a batch equals its singles.
 */

import type { Detection, FivePoints } from '../face/face.ts';
import type { Image } from '../image/image.ts';
import type { ModelEntry } from '../model/manifest.ts';
import type { Tensors } from '../runtime/tensor.ts';

/** What a task may look at besides its model's outputs. */
export interface FaceContext {
  readonly detection: Detection;
  readonly landmarks: FivePoints;
  /** Size of the upright picture in pixels. */
  readonly picture: { readonly width: number; readonly height: number };
  /** 2×3 row-major affine that maps crop pixels to picture pixels; identity for tasks without a crop. */
  readonly cropToPicture: readonly [number, number, number, number, number, number];
  /** The crop's pixels at the model's input size. */
  readonly crop: Image;
  /** Values of the tasks named in `needs`, by task name. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** One thing read off a face. */
export interface Task<Name extends string = string, Value = unknown> {
  /** The key under which the value appears on a `Face`. */
  readonly name: Name;
  /** Names of tasks whose values `decode` reads. */
  readonly needs?: readonly string[];
  /** Picks the model from the manifest's entries; its `input` says crop and tensor. */
  readonly model: (entries: readonly ModelEntry[]) => ModelEntry | undefined;
  /** Output tensors of one face (batch dimension removed) → the value. */
  decode(outputs: Tensors, face: FaceContext, model: ModelEntry): Value;
}
