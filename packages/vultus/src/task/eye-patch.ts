/** Pictures that show one eye and nothing else: open or closed, by the lids' outline and by the network on the eye. */

import { cropPicture } from '../align/align.ts';
import type { Point } from '../face/geometry.ts';
import { type Affine, composeAffine, scaleAffine } from '../image/affine.ts';
import type { Picture } from '../image/image.ts';
import { imagesToTensor } from '../image/tensor.ts';
import type { ModelEntry } from '../model/manifest.ts';
import { runBatched } from '../runtime/batch.ts';
import type { Tensors } from '../runtime/tensor.ts';
import { type EyeState, isEyeState, openLogits } from './eyes.ts';
import { modelOf, type OpenModel, type TaskHost } from './host.ts';
import { sigmoid } from './outputs.ts';
import { distance, middle } from './views.ts';

/** A part of a patch: centre as an offset from the patch's and size, both in shares of its sides. */
interface Window extends Point {
  readonly scale: number;
  readonly mirrored: boolean;
}

/** The lids in one window. */
interface Outline extends Point {
  /** Height of the opening ÷ its width. */
  readonly aspectRatio: number;
}

/** Windows of the outline model, which was made for an eye that fills less than half of its crop; each mirrored, too. */
const outlineWindows = withMirrors([0.8, 1, 1.25, 1.6].map((scale) => ({ x: 0, y: 0, scale })));

/** The outline's aspect ratio at which an eye is as likely open as closed. */
const halfOpen = 0.285;

/** An eye this far off the patch's centre, in shares of its side, is not framed as the network was trained. */
const offCentre = 0.1;

/** Log-odds per unit of aspect ratio: on a patch that is framed as the network was trained, and what comes to it on others. */
const outlineWeight = { framed: 10, unframed: 30 } as const;

/**
 * The state of the eye in each picture, in their order. A picture shows one eye, with the brow or without, about in the
 * middle, upright; any size. The eye's outline is found first: where it lies off the middle, the network looks there.
 * @throws VultusError `MODEL_NOT_FOUND` without the models of the families `eye-state` and `iris`
 */
export async function readEyePatches(
  patches: readonly Picture[],
  host: TaskHost,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<EyeState[]> {
  if (patches.length === 0) return [];
  const outlines = await findOutlines(patches, host, options.signal);
  const network = modelOf(host, isEyeState, 'a model of the family eye-state');
  const windows = outlines.map((outline) => networkWindows(outline));
  const outputs = await lookAt(patches, windows, network, host, options.signal);
  const logits = openLogits(outputs[network.entry.outputs.logits ?? ''], network.entry);
  const each = windows[0]?.length ?? 0;
  return outlines.map((outline, i) => stateOf(outline, logits.slice(i * each, (i + 1) * each)));
}

function stateOf({ x, y, aspectRatio }: Outline, [plain = 0, ...located]: readonly number[]): EyeState {
  const unframed = Math.min(1, Math.hypot(x, y) / offCentre);
  const seen = (1 - unframed) * plain + unframed * mean(located);
  const weight = outlineWeight.framed + unframed * outlineWeight.unframed;
  const openness = sigmoid(seen + weight * (aspectRatio - halfOpen));
  return { openness, open: openness >= 0.5, aspectRatio };
}

/** The patch as it is, then the square round the eye, wider and closer, each mirrored, too. */
function networkWindows({ x, y }: Outline): Window[] {
  return [{ x: 0, y: 0, scale: 1, mirrored: false }, ...withMirrors([1, 0.9].map((scale) => ({ x, y, scale })))];
}

/** Mean over all windows of each patch. */
async function findOutlines(
  patches: readonly Picture[],
  host: TaskHost,
  signal: AbortSignal | undefined,
): Promise<Outline[]> {
  const model = modelOf(host, ({ family }) => family === 'iris', 'a model of the family iris');
  const windows = patches.map(() => outlineWindows);
  const outputs = await lookAt(patches, windows, model, host, signal);
  const points = outputs[model.entry.outputs.points ?? '']?.data ?? [];
  const stride = points.length / (patches.length * outlineWindows.length);
  return patches.map((_, patch) => {
    const seen = outlineWindows.map((window, i) => {
      const start = (patch * outlineWindows.length + i) * stride;
      return outlineIn(window, model.entry, (point) => ({
        x: Number(points[start + 3 * point]),
        y: Number(points[start + 3 * point + 1]),
      }));
    });
    return {
      x: mean(seen.map(({ x }) => x)),
      y: mean(seen.map(({ y }) => y)),
      aspectRatio: mean(seen.map(({ aspectRatio }) => aspectRatio)),
    };
  });
}

/** MediaPipe's outline of an eye: points 0 and 8 are the corners, 1 to 7 lie on the lower lid, 9 to 15 on the upper. */
function outlineIn({ scale, mirrored }: Window, { input }: ModelEntry, at: (point: number) => Point): Outline {
  const centre = middle(at(0), at(8));
  const gaps = [3, 4, 5].map((lower) => distance(at(lower), at(lower + 8)));
  const x = (centre.x / input.width - 0.5) * scale;
  return {
    x: mirrored ? -x : x,
    y: (centre.y / input.height - 0.5) * scale,
    aspectRatio: mean(gaps) / Math.max(distance(at(0), at(8)), 1e-6),
  };
}

/** All windows of all patches through a model; beyond a patch's edge its last pixels go on. */
async function lookAt(
  patches: readonly Picture[],
  windows: readonly (readonly Window[])[],
  { entry, session }: OpenModel,
  host: TaskHost,
  signal: AbortSignal | undefined,
): Promise<Tensors> {
  const { width, height, name } = entry.input;
  const crops = patches.flatMap((patch, i) =>
    (windows[i] ?? []).map((window) =>
      cropPicture(patch, mapOf(window, patch, entry), width, height, { border: 'edge' }),
    ),
  );
  const feeds = { [name]: imagesToTensor(await Promise.all(crops), entry.input) };
  return runBatched(await session(), feeds, { concurrency: host.concurrency, maxBatch: 64, signal });
}

/** From input pixels to the patch's; patches that are not square are stretched, as the network's training set was cut. */
function mapOf({ x, y, scale, mirrored }: Window, patch: Picture, { input }: ModelEntry): Affine {
  const [sx, sy] = [(patch.width * scale) / input.width, (patch.height * scale) / input.height];
  const toPatch = scaleAffine(mirrored ? -sx : sx, sy, patch.width * (0.5 + x), patch.height * (0.5 + y));
  return composeAffine(toPatch, scaleAffine(1, 1, -input.width / 2, -input.height / 2));
}

function withMirrors(windows: readonly Omit<Window, 'mirrored'>[]): Window[] {
  return windows.flatMap((window) => [false, true].map((mirrored) => ({ ...window, mirrored })));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
