/** Whole pictures through one model: each padded to a square, all in one batched run. */

import { cropPicture } from '../align/align.ts';
import { VultusError } from '../errors.ts';
import type { Affine } from '../image/affine.ts';
import type { Picture } from '../image/image.ts';
import { imagesToTensor } from '../image/tensor.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { runBatched } from '../runtime/batch.ts';
import type { Tensors } from '../runtime/tensor.ts';
import { openModel, type TaskHost } from '../task/host.ts';
import { squareView } from '../task/views.ts';

/** What the decoders of scenes get: the outputs of all pictures and the way from input pixels back to each picture. */
export interface SceneRun {
  readonly entry: ModelEntry;
  readonly outputs: Tensors;
  /** Maps input pixels to picture pixels, one per picture. */
  readonly toPicture: readonly Affine[];
}

/** Runs a scene model of a family over pictures; at least one picture. @throws VultusError `MODEL_NOT_FOUND` */
export async function runScene(
  pictures: readonly Picture[],
  family: string,
  host: TaskHost,
  signal: AbortSignal | undefined,
): Promise<SceneRun> {
  const entry = host.entries().find((each) => each.kind === 'scene' && each.family === family);
  if (entry === undefined) {
    throw new VultusError(
      'MODEL_NOT_FOUND',
      `Expected a scene model of the family ${family} among the models, got none. Build the models with "npm run models", or name yours in a manifest`,
    );
  }
  const { width, height, name } = entry.input;
  const toPicture = pictures.map((picture) => padded(picture, width));
  const images = await Promise.all(
    pictures.map((picture, index) => cropPicture(picture, toPicture[index] as Affine, width, height)),
  );
  const session = await openModel(host, entry).session();
  const feeds = { [name]: imagesToTensor(images, entry.input) };
  return { entry, toPicture, outputs: await runBatched(session, feeds, { concurrency: host.concurrency, signal }) };
}

/** The whole picture in the middle of a square. */
function padded({ width, height }: Picture, size: number): Affine {
  return squareView({ centre: { x: width / 2, y: height / 2 }, side: Math.max(width, height) }, size);
}
