/** What a detector family is: a pure function from output tensors to detections, and what it needs to know of a model. */

import { VultusError } from '../errors.ts';
import type { Detection, FivePoints } from '../face/face.ts';
import type { Point } from '../face/geometry.ts';
import type { ModelEntry } from '../model/manifest.ts';
import type { Tensors } from '../runtime/tensor.ts';

/** Size of the network's input in pixels. */
export interface InputSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes the outputs of one run on one picture: detections of at least `scoreThreshold`, in pixels of the network's
 * input, unclipped, overlapping, in the order of the network's cells.
 */
export type Decode = (outputs: Tensors, input: InputSize, scoreThreshold: number) => Detection[];

/** Reads one model's manifest entry; throws `MODEL_INVALID` when it does not describe this family. */
export type Family = (entry: ModelEntry) => Decode;

/** The float output that the manifest entry calls `key`; throws `MODEL_INVALID` when there is none of at least `length`. */
export function floatOutput(entry: ModelEntry, outputs: Tensors, key: string, length: number): Float32Array {
  const tensor = outputs[entry.outputs[key] ?? key];
  if (tensor?.type === 'float32' && tensor.data.length === length) return tensor.data as Float32Array;
  const got = tensor ? `${tensor.type} [${tensor.dims.join(', ')}]` : 'none';
  throw invalid(entry, `expected ${length} float32 values in the output "${entry.outputs[key] ?? key}", got ${got}`);
}

/** A `MODEL_INVALID` error about a detector's manifest entry or outputs. */
export function invalid(entry: ModelEntry, what: string): VultusError {
  return new VultusError(
    'MODEL_INVALID',
    `Detector ${entry.id} (${entry.family}): ${what}. See docs/detection.md for the layout of each family`,
    { details: { model: entry.id, family: entry.family } },
  );
}

/** `params[key]` as a list of positive numbers, or the default. */
export function numbersParam(entry: ModelEntry, key: string, fallback: readonly number[]): readonly number[] {
  const value = entry.params?.[key] ?? fallback;
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number' && item > 0)) {
    return value;
  }
  throw invalid(entry, `expected params.${key} to be a list of positive numbers, got ${JSON.stringify(value)}`);
}

/** `params[key]` as a list of lists of positive numbers, one list per stride, or the default. */
export function sidesParam(
  entry: ModelEntry,
  key: string,
  fallback: readonly (readonly number[])[],
  levels: number,
): readonly (readonly number[])[] {
  const value = entry.params?.[key] ?? fallback;
  const positive = (list: unknown) =>
    Array.isArray(list) && list.length > 0 && list.every((item) => typeof item === 'number' && item > 0);
  if (Array.isArray(value) && value.length === levels && value.every(positive)) return value;
  throw invalid(
    entry,
    `expected params.${key} to hold ${levels} lists of positive numbers, got ${JSON.stringify(value)}`,
  );
}

/** A box from its centre and sides. */
export function centredBox(cx: number, cy: number, width: number, height: number): Detection['box'] {
  return { x: cx - width / 2, y: cy - height / 2, width, height };
}

/** Five points in the order of the ArcFace template, as a value. */
export function fivePoints(point: (index: 0 | 1 | 2 | 3 | 4) => Point): FivePoints {
  return { leftEye: point(0), rightEye: point(1), nose: point(2), leftMouth: point(3), rightMouth: point(4) };
}
