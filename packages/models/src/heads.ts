/** Heads of our own: small graphs trained by `npm run train`, committed in `heads/`, grafted onto a network by its recipe. */

import { readFileSync } from 'node:fs';
import { decodeModel, graft } from './onnx/index.ts';
import type { Recipe } from './recipe.ts';

/** What training wrote beside a head's weights. */
export interface HeadRecord {
  readonly id: string;
  /** The network whose inner values it reads. */
  readonly backbone: string;
  /** Names of its outputs, the decoder's and the tensors' alike. */
  readonly outputs: readonly string[];
  /** What decoders must know: the classes of each output, and so on. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The data it was trained on, with their licence and attribution, in a sentence. */
  readonly trainingData: string;
}

const folder = new URL('../heads/', import.meta.url);

/** The recipe of a network with heads on it: their outputs follow its own, their data are named in its licence. */
export function withHeads(recipe: Recipe, ...ids: readonly string[]): Recipe {
  const records = ids.map((id) => readRecord(id, recipe.id));
  const outputs = records.flatMap((record) => record.outputs);
  const params = Object.assign({}, ...records.map((record) => record.params)) as Readonly<Record<string, unknown>>;
  // Each head names the labels of its own outputs.
  const labelsOf = Object.assign({}, ...records.map((record) => record.params.labelsOf)) as unknown;
  const data = records.map(({ id, trainingData }) => `head ${id}: ${trainingData}`);
  return {
    ...recipe,
    licence: { ...recipe.licence, trainingData: [recipe.licence.trainingData, ...data].join('; ') },
    outputs: { ...recipe.outputs, ...Object.fromEntries(outputs.map((name) => [name, name])) },
    params: { ...recipe.params, ...params, labelsOf },
    ownOutputs: outputs,
    convert(files) {
      const model = recipe.convert(files);
      for (const id of ids) graft(model, id, decodeModel(readFileSync(new URL(`${id}.onnx`, folder))));
      return model;
    },
  };
}

function readRecord(id: string, backbone: string): HeadRecord {
  const record = JSON.parse(readFileSync(new URL(`${id}.json`, folder), 'utf8')) as HeadRecord;
  if (record.backbone === backbone) return record;
  throw new Error(`Expected head ${id} on ${backbone}, got one that was trained on ${record.backbone}`);
}
