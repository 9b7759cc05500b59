/** What a network holds inside of a face: the numbers that heads learn from. */

import { readFile } from 'node:fs/promises';
import { decodeModel, encodeModel, graft, removeDead } from '@vultus/models/onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Engine, type Image, imagesToTensor, type ModelEntry, shippedModels } from 'vultus';
import { keyOf, readFeatures, writeFeatures } from './cache.ts';
import { cropOf, findPlace, mirrored } from './faces.ts';
import type { Head, Sample } from './head.ts';
import { featuresModel, featuresName } from './taps.ts';

/** A network opened at the taps of a head. */
export interface FeatureReader {
  readonly entry: ModelEntry;
  /** The operator set of the network's file: a head's graph is written in the same. */
  readonly opset: number;
  /** Features of a sample; of its mirror image where `mirror` says so. Read once, then from the cache. */
  read(sample: Sample, mirror: boolean): Promise<Float32Array>;
}

/** Opens the network of a head as `npm run models` built it; heads that are on it already play no part. */
export async function openFeatures(engine: Engine, head: Head): Promise<FeatureReader> {
  const entry = engine.models().find(({ id }) => id === head.backbone);
  if (entry === undefined)
    throw new Error(`Expected ${head.backbone} among the models, got none. Run "npm run models"`);
  const model = decodeModel(await (await shippedModels()).read(entry.file));
  model.graph.outputs = [];
  graft(model, 'features', featuresModel(head.taps, model.opset));
  removeDead(model.graph);
  const bytes = encodeModel(model);
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const settings = keyOf(bytes, JSON.stringify(entry.input), head.view?.name ?? '');
  const read = async (sample: Sample, mirror: boolean): Promise<Float32Array> => {
    const file = await readFile(sample.file);
    const key = keyOf(
      'features',
      settings,
      JSON.stringify(sample.box ?? null),
      sample.change?.name ?? '',
      String(mirror),
      file,
    );
    const known = await readFeatures(key);
    if (known) return known;
    const crop = await lookAt(engine, entry, head, sample, file);
    const features = await run(session, entry, mirror ? mirrored(crop) : crop);
    await writeFeatures(key, features);
    return features;
  };
  return { entry, opset: model.opset, read };
}

async function run(session: InferenceSession, { input }: ModelEntry, image: Image): Promise<Float32Array> {
  const { data, dims } = imagesToTensor([image], input);
  const results = await session.run({ [input.name]: new Tensor('float32', data as Float32Array, [...dims]) });
  return Float32Array.from(results[featuresName]?.data as Float32Array);
}

async function lookAt(
  engine: Engine,
  entry: ModelEntry,
  { view }: Head,
  sample: Sample,
  file: Uint8Array,
): Promise<Image> {
  const place = await findPlace(engine, sample, file);
  const picture = await engine.picture(file);
  if (sample.change === undefined) return cropOf(picture, place, entry, view);
  const [face] = await engine.read(picture, [place], { tasks: ['points'] });
  const changed = await sample.change.apply(await picture.pixels(), { box: place.box, points: face?.points ?? [] });
  return cropOf(await engine.picture(changed), place, entry, view);
}
