/** Annotated pictures: one JSON object per line. */

import { readFile } from 'node:fs/promises';
import { type Box, VultusError } from 'vultus';

/** One annotated face. */
export interface AnnotatedFace {
  readonly box: Box;
  /** Marked as not usable: neither a miss nor a false alarm. */
  readonly invalid: boolean;
  /** WIDER sets that count the face: `easy`, `medium`, `hard`. */
  readonly sets?: readonly string[];
  /** Height of the face before its picture was turned; default the box's. */
  readonly height?: number;
}

/** One annotated picture; `file` is relative to the folder of pictures. */
export interface DetectionTruth {
  readonly file: string;
  readonly faces: readonly AnnotatedFace[];
}

/**
 * Reads a `.jsonl` of lines `{"file", "faces": [{"box": [x, y, width, height], "invalid"?: 0|1, "sets"?: […]}]}`.
 * @throws VultusError `FILE_READ`; `INVALID_ARGUMENT` naming the line
 */
export async function readDetectionTruth(path: string): Promise<DetectionTruth[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `The truth file ${path} could not be read`, { cause });
  });
  return parseDetectionTruth(text, path);
}

/** The same from text; `name` is used in errors. */
export function parseDetectionTruth(text: string, name = 'truth'): DetectionTruth[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), index }))
    .filter(({ line }) => line !== '')
    .map(({ line, index }) => parseLine(line, `${name}:${index + 1}`));
}

/** Number of faces that count. */
export function annotatedFaces(truth: readonly DetectionTruth[]): number {
  return truth.reduce((sum, { faces }) => sum + faces.filter((face) => !face.invalid).length, 0);
}

interface Line {
  readonly file?: unknown;
  readonly faces?: readonly { readonly box?: unknown; readonly invalid?: unknown; readonly sets?: unknown }[];
}

function parseLine(line: string, where: string): DetectionTruth {
  let value: Line;
  try {
    value = JSON.parse(line) as Line;
  } catch (cause) {
    throw new VultusError('INVALID_ARGUMENT', `${where}: expected a JSON object, got something else`, { cause });
  }
  if (typeof value?.file !== 'string' || !Array.isArray(value.faces)) {
    throw new VultusError('INVALID_ARGUMENT', `${where}: expected "file" (a path) and "faces" (a list)`);
  }
  const faces = value.faces.map((face): AnnotatedFace => {
    const [x, y, width, height] = Array.isArray(face?.box) ? (face.box as unknown[]).map(Number) : [];
    if (x === undefined || y === undefined || !((width ?? -1) >= 0) || !((height ?? -1) >= 0)) {
      throw new VultusError('INVALID_ARGUMENT', `${where}: expected "box" as [x, y, width, height]`);
    }
    const sets = Array.isArray(face.sets) ? face.sets.map(String) : undefined;
    return {
      box: { x, y, width: width ?? 0, height: height ?? 0 },
      invalid: Boolean(face.invalid),
      ...(sets && { sets }),
    };
  });
  return { file: value.file, faces };
}
