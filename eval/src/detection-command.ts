/** What `vultus eval detection` runs: truth file and folder in, JSON-safe reports and a table out. */

import { join } from 'node:path';
import { type Detection, type DetectOptions, type Image, type ImageSource, openPicture } from 'vultus';
import { type DetectionReport, evaluateDetection } from './detection.ts';
import { readDetectionTruth } from './detection-truth.ts';

/** Options of {@link detectionCommand}. */
export interface DetectionCommandOptions {
  /** Path of the annotations, see {@link readDetectionTruth}. */
  readonly truth: string;
  /** Folder that their `file` is relative to. */
  readonly images: string;
  /** Clockwise turns in degrees to repeat the evaluation at. */
  readonly rotate?: readonly number[];
  /** Look at the first so many pictures only. */
  readonly limit?: number;
  /** Passed to `detect`; default none, the SDK's own defaults. */
  readonly options?: DetectOptions;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The engine under test: anything with the SDK's `detect`. */
export interface DetectionEngine {
  detect(source: ImageSource, options?: DetectOptions): Promise<readonly Detection[]>;
}

/** Evaluates an engine on annotated pictures: one report per turn, upright first. */
export async function detectionCommand(
  engine: DetectionEngine,
  { truth, images, rotate = [], limit, options = {}, onProgress }: DetectionCommandOptions,
): Promise<DetectionReport[]> {
  const annotated = (await readDetectionTruth(truth)).slice(0, limit);
  return evaluateDetection({
    truth: annotated,
    load: async (file): Promise<Image> => (await openPicture(join(images, file))).pixels(),
    detect: (image) => engine.detect(image, options),
    rotate,
    ...(onProgress && { onProgress }),
  });
}

/** The reports as a table for people; `elsewhere` are the alarms a picture that lie on no face. */
export function detectionTable(reports: readonly DetectionReport[]): string {
  const percent = (value: number | undefined) => (value === undefined ? '–' : (value * 100).toFixed(1)).padStart(6);
  const head = 'turn  pics  faces |  AP all   easy medium   hard | recall≥16   ≥32    ≥64 | alarms/pic elsewhere |  ms';
  const rows = reports.map(({ turn, pictures, faces, ap, recall, falseAlarms, medianMs }) =>
    [
      `${String(turn).padStart(4)} ${String(pictures).padStart(5)} ${String(faces).padStart(6)}`,
      ` ${percent(ap.all)} ${percent(ap.easy)} ${percent(ap.medium)} ${percent(ap.hard)}`,
      `    ${percent(recall['16']?.recall)}${percent(recall['32']?.recall)} ${percent(recall['64']?.recall)}`,
      ` ${falseAlarms.perPicture.toFixed(3).padStart(10)} ${(falseAlarms.elsewhere / Math.max(1, pictures)).toFixed(3).padStart(9)}`,
      ` ${medianMs.toFixed(0)}`,
    ].join(' |'),
  );
  return [head, ...rows].join('\n');
}
