/** Embedding: aligned faces → faceprints, by one model or several fused under one contract. */

import { alignFace } from '../align/align.ts';
import { arcfaceTemplate } from '../align/template.ts';
import { VultusError } from '../errors.ts';
import type { FivePoints } from '../face/face.ts';
import type { EmbeddingContract, Faceprint } from '../face/faceprint.ts';
import type { Image, Picture } from '../image/image.ts';
import { imagesToTensor } from '../image/tensor.ts';
import { nextTurn } from '../image/turns.ts';
import type { Calibration, EmbeddingPart, EmbeddingPreset, ModelEntry } from '../model/manifest.ts';
import { type BatchOptions, runBatched } from '../runtime/batch.ts';
import { openModel, type TaskHost } from './host.ts';

/** What an embedder is made from: the part of a catalog that it reads. */
export interface PresetSource {
  entry(id: string): ModelEntry;
  preset(name: string): EmbeddingPreset;
}

/** A preset with its models looked up and its contract computed. */
export interface Embedder {
  /** The user's word: `fast`, `balanced`, `accurate`, `open`, … */
  readonly preset: string;
  readonly contract: EmbeddingContract;
  /** Measured thresholds and probability mapping; absent for a preset that was not measured. */
  readonly calibration: Calibration | undefined;
  readonly parts: readonly EmbedderPart[];
  /** Whether faces are aligned by the landmark network alone or by its mean with the `landmarks` task; see {@link EmbeddingPreset}. */
  readonly align: 'network' | 'joined';
}

/** One ingredient with its model. */
export interface EmbedderPart {
  readonly part: EmbeddingPart;
  readonly entry: ModelEntry;
  readonly dimension: number;
}

/** A face that can be cut out of a picture. */
export interface EmbeddableFace {
  readonly picture: Picture;
  readonly landmarks: FivePoints;
}

/**
 * Looks a preset up and computes its contract: the SHA-256 over what changes the numbers, which is each part's model
 * digest, input contract, weight, flip and centre, in order. Detector and landmarks are not in it: they decide how well
 * a face is framed, not what the components mean.
 * @throws VultusError `MODEL_NOT_FOUND`, `LICENCE_REFUSED`, `MODEL_INVALID`
 */
export async function openEmbedder(source: PresetSource, name: string): Promise<Embedder> {
  const preset = source.preset(name);
  const parts = preset.parts.map((part) => readPart(source.entry(part.model), part));
  if (parts.length === 0)
    throw new VultusError('MODEL_INVALID', `Preset "${name}": expected at least one part, got none`);
  const recipe = parts.map(({ part, entry }) => ({
    model: entry.sha256 ?? `${entry.id}@${entry.version}`,
    input: canonicalInput(entry),
    output: entry.outputs.embedding,
    weight: part.weight,
    flip: part.flip ?? false,
    centre: part.centre ?? null,
  }));
  const contract: EmbeddingContract = {
    id: preset.id,
    version: preset.version,
    sha256: await sha256(JSON.stringify(recipe)),
    dimension: parts.reduce((sum, part) => sum + part.dimension, 0),
  };
  return { preset: name, contract, calibration: preset.calibration, parts, align: preset.align ?? 'network' };
}

/**
 * The faceprints of faces, in their order, one batched run per model (and one more per flipped model). The faces may be
 * in different pictures.
 */
export async function embedFaces(
  faces: readonly EmbeddableFace[],
  embedder: Embedder,
  host: TaskHost,
  options: Pick<BatchOptions, 'maxBatch' | 'signal'> = {},
): Promise<Faceprint[]> {
  if (faces.length === 0) return [];
  const lanes = { concurrency: host.concurrency, ...options };
  // Side by side, so that a lone face keeps every inference thread busy.
  const byPart = await Promise.all(embedder.parts.map((part) => partVectors(faces, part, host, lanes)));
  const fused = faces.map((_, face) =>
    fuse(
      byPart.map((vectors) => vectors[face] as Float32Array),
      embedder,
    ),
  );
  return fused.map((vector) => ({
    contract: embedder.contract,
    precision: 'float32',
    vector: normalise(vector, 'the fused vector'),
  }));
}

/**
 * The faceprints of chips that are aligned already: the face on the ArcFace template, 112×112 or any other square size.
 * Parts that want another crop get it from the chip; what lies outside the chip is black to them.
 */
export function embedChips(
  chips: readonly Image[],
  embedder: Embedder,
  host: TaskHost,
  options: Pick<BatchOptions, 'maxBatch' | 'signal'> = {},
): Promise<Faceprint[]> {
  const faces = chips.map((chip) => {
    if (chip.width !== chip.height) {
      throw new VultusError('INVALID_ARGUMENT', `An aligned chip is square, got ${chip.width}×${chip.height}`);
    }
    const picture: Picture = { width: chip.width, height: chip.height, pixels: async () => chip };
    const [leftEye, rightEye, nose, leftMouth, rightMouth] = arcfaceTemplate(chip.width);
    return { picture, landmarks: { leftEye, rightEye, nose, leftMouth, rightMouth } as FivePoints };
  });
  return embedFaces(faces, embedder, host, options);
}

/** The picture seen in a mirror. */
export function mirrorImage(image: Image): Image {
  const { width, height, data } = image;
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = (y * width + width - 1 - x) * 3;
      mirrored[to] = data[from] as number;
      mirrored[to + 1] = data[from + 1] as number;
      mirrored[to + 2] = data[from + 2] as number;
    }
  }
  return { width, height, data: mirrored };
}

/** Unit vectors times the square roots of their weights, joined: the cosine becomes the weighted mean of the cosines. */
function fuse(vectors: readonly Float32Array[], { parts, contract }: Embedder): Float32Array {
  const fused = new Float32Array(contract.dimension);
  let offset = 0;
  for (const [index, { part, dimension }] of parts.entries()) {
    const factor = Math.sqrt(part.weight);
    for (const [i, value] of (vectors[index] as Float32Array).entries()) fused[offset + i] = factor * value;
    offset += dimension;
  }
  return fused;
}

function readPart(entry: ModelEntry, part: EmbeddingPart): EmbedderPart {
  const dimension = entry.params?.dimension;
  const problem =
    typeof dimension !== 'number' || !(dimension > 0)
      ? `params.dimension, the length of its vector, got ${String(dimension)}`
      : entry.input.crop?.kind !== 'template'
        ? `input.crop of the kind "template", got ${entry.input.crop?.kind ?? 'none'}`
        : entry.outputs.embedding === undefined
          ? 'outputs.embedding, got none'
          : part.centre !== undefined && part.centre.length !== dimension
            ? `a centre of ${dimension} numbers, got ${part.centre.length}`
            : undefined;
  if (problem !== undefined) {
    throw new VultusError('MODEL_INVALID', `Model ${entry.id} as an embedder: expected ${problem}`);
  }
  return { part, entry, dimension: dimension as number };
}

async function partVectors(
  faces: readonly EmbeddableFace[],
  { part, entry, dimension }: EmbedderPart,
  host: TaskHost,
  options: BatchOptions,
): Promise<Float32Array[]> {
  const { crop, width, name } = entry.input;
  const template = crop?.kind === 'template' ? crop.template : 'arcface';
  const chips = await Promise.all(
    faces.map(({ picture, landmarks }) => alignFace(picture, landmarks, { size: width, template })),
  );
  // A chip and its mirror image lie side by side in the batch.
  const images = part.flip ? chips.flatMap((chip) => [chip, mirrorImage(chip)]) : chips;
  const session = await openModel(host, entry).session();
  await nextTurn();
  const outputs = await runBatched(session, { [name]: imagesToTensor(images, entry.input) }, options);
  const data = outputs[entry.outputs.embedding ?? '']?.data;
  if (!(data instanceof Float32Array) || data.length !== images.length * dimension) {
    throw new VultusError(
      'MODEL_INVALID',
      `Model ${entry.id}: expected ${dimension} floats per face in output "embedding", got ${data?.length ?? 'none'} for ${images.length}`,
    );
  }
  const views = part.flip ? 2 : 1;
  return faces.map((_, face) => {
    const sum = data.slice(face * views * dimension, (face * views + 1) * dimension);
    if (part.flip)
      for (let i = 0; i < dimension; i++) (sum[i] as number) += data[(face * 2 + 1) * dimension + i] as number;
    return centred(normalise(sum, entry.id), part.centre, entry.id);
  });
}

/** Relative to the mean face, at unit length again: nets whose vectors share a large common part differ more clearly so. */
function centred(unit: Float32Array, centre: readonly number[] | undefined, label: string): Float32Array {
  if (centre === undefined) return unit;
  return normalise(
    unit.map((value, i) => value - (centre[i] as number)),
    label,
  );
}

function normalise(vector: Float32Array, label: string): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (!(length > 1e-12) || !Number.isFinite(length)) {
    throw new VultusError('INFERENCE_FAILED', `Model ${label}: expected a vector with a length, got length ${length}`);
  }
  return vector.map((value) => value / length);
}

/** Fields in one order, so that the order in a manifest does not matter. */
function canonicalInput({ input }: ModelEntry): unknown {
  const { layout, channels, width, height, mean, std, crop } = input;
  return { layout, channels, width, height, mean, std, template: crop?.kind === 'template' ? crop.template : null };
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
