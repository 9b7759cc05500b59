/**
 * The task seam: everything read off a face is declared the same way, in one file each.
 * The engine opens the model lazily, cuts the crops (shared between tasks that want the same), runs one batch
 * per model and calls `decode` per face. Every task passes `task.contract.ts`: a batch equals its singles.
 */

import type { Detection, FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import type { Affine } from '../image/affine.ts';
import type { Image, Picture } from '../image/image.ts';
import type { CropSpec, ModelEntry } from '../model/manifest.ts';
import type { Tensors } from '../runtime/tensor.ts';

/** What is known of a face before a task looks at it. */
export interface FaceSubject {
  readonly detection: Detection;
  /** Refined eye centres, nose tip, mouth corners. */
  readonly landmarks: FivePoints;
  /** 68 points in dlib's order, pixels of the upright picture. */
  readonly points: readonly Point[];
  readonly picture: Picture;
  /** Values of the tasks named in `needs`, by task name. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A part of the picture as a task sees it. */
export interface Crop {
  /** Maps crop pixels to picture pixels. */
  readonly toPicture: Affine;
  readonly image: Image;
}

/** What a task may look at besides its model's outputs. */
export interface FaceContext extends FaceSubject {
  /** The pixels shown to the model: one crop, or one per view. Empty for a task that wants no pixels. */
  readonly crops: readonly Crop[];
}

/** A crop that is wanted without a model. */
export interface CropRequest {
  readonly crop: CropSpec;
  readonly width: number;
  readonly height: number;
}

interface NamedTask<Name extends string> {
  /** The key under which the value appears on a `Face`; a dot in it marks a part of other tasks, not reported by itself. */
  readonly name: Name;
  /** Names of tasks whose values this one reads. */
  readonly needs?: readonly string[];
}

/** A task that reads one model's outputs. */
export interface ModelTask<Name extends string = string, Value = unknown> extends NamedTask<Name> {
  /** Picks the model from the manifest's entries; its `input` says crop and tensor. */
  readonly model: (entries: readonly ModelEntry[]) => ModelEntry | undefined;
  /**
   * Where the model looks, as maps from its input pixels to picture pixels, for crops that a `CropSpec` cannot name: the
   * two eyes, a box round landmarks, a mirror image. Any number per face, none included; `decode` then gets the outputs
   * with the views as first dimension. Absent, the crop of the model's entry is cut and `decode` gets no such dimension.
   */
  readonly views?: (face: FaceSubject, model: ModelEntry) => readonly Affine[];
  /** Output tensors of one face (batch dimension removed) → the value. */
  decode(outputs: Tensors, face: FaceContext, model: ModelEntry): Value;
}

/** A task without a model: computed from other tasks' values, from points, or from pixels. */
export interface ValueTask<Name extends string = string, Value = unknown> extends NamedTask<Name> {
  readonly model?: never;
  /** The crop it wants to see. */
  readonly crop?: CropRequest;
  read(face: FaceContext): Value | Promise<Value>;
}

/** One thing read off a face. */
export type Task<Name extends string = string, Value = unknown> = ModelTask<Name, Value> | ValueTask<Name, Value>;
