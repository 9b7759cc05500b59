/** A proof's reference for TFJS graph models: the source file on TensorFlow.js itself (its plain JavaScript backend). */

import type { Proof } from '../recipe.ts';
import { type GraphModelJson, readGraph } from '../tfjs/graph.ts';
import { nchwToNhwc } from './original-onnx.ts';

/** How the original takes its input and what its outputs are called. */
export interface OriginalTfjs {
  /** Dimensions of the original's input, batch 1; channels last unless `layout` says otherwise. */
  readonly dims: readonly number[];
  readonly layout?: 'NHWC' | 'NCHW';
  /** The original takes whole numbers and casts them at once: it is given the fractions that the built model takes. */
  readonly integers?: boolean;
  /** Name in the source's signature → name in the built model. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly range?: readonly [number, number];
  readonly bound: number;
}

/** Reads a graph model's JSON file. */
export function parseGraphModel(file: Uint8Array | undefined): GraphModelJson {
  return JSON.parse(Buffer.from(file ?? new Uint8Array()).toString('utf8')) as GraphModelJson;
}

/** Runs the source graph on TensorFlow.js; the files are the JSON and the weights. */
export function originalTfjs(spec: OriginalTfjs): Proof {
  return {
    runtime: 'TensorFlow.js 4.22, cpu',
    bound: spec.bound,
    range: spec.range ?? [0, 1],
    async open([json, weights]) {
      const tf = await import('@tensorflow/tfjs-core');
      await import('@tensorflow/tfjs-backend-cpu');
      const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
      await tf.setBackend('cpu');
      const parsed = parseGraphModel(json);
      const model = await loadGraphModel(
        tf.io.fromMemory({
          modelTopology: spec.integers ? withFloatInput(parsed.modelTopology) : parsed.modelTopology,
          weightSpecs: parsed.weightsManifest.flatMap((group) => group.weights) as never,
          weightData: new Uint8Array(weights ?? []).buffer,
        }),
      );
      const outputs = readGraph(parsed).outputs.flatMap(({ name, from }) => {
        const built = spec.outputs[name];
        return built === undefined ? [] : [{ name: built, node: `${from.node}:${from.index}` }];
      });
      return async (sample) => {
        const data = spec.layout === 'NCHW' ? sample : nchwToNhwc(sample, spec.dims);
        const input = tf.tensor(data, [...spec.dims], 'float32');
        const names = outputs.map((output) => output.node);
        const results = [model.execute(input, names)].flat();
        const entries = await Promise.all(
          results.map(async (tensor, i) => [outputs[i]?.name ?? '', await tensor.data()]),
        );
        tf.dispose([input, ...results]);
        return Object.fromEntries(entries);
      };
    },
  };
}

function withFloatInput(topology: GraphModelJson['modelTopology']): GraphModelJson['modelTopology'] {
  const dtype = { type: 'DT_FLOAT' };
  const node = topology.node.map((raw) => (raw.op === 'Placeholder' ? { ...raw, attr: { ...raw.attr, dtype } } : raw));
  return { ...topology, node };
}
