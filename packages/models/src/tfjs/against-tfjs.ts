/** For tests: a small graph written as TFJS JSON, run on TensorFlow.js and, converted, on ONNX Runtime. */
import { encodeModel, type OnnxModel } from '../onnx/index.ts';
import { randomInput } from '../proof/prove.ts';
import { convertTfjs } from './convert.ts';
import { product } from './dims.ts';
import type { GraphModelJson } from './graph.ts';

type RawNode = GraphModelJson['modelTopology']['node'][number];

/** A weight: float32 from a fixed seed when `values` is absent. */
export interface TestWeight {
  readonly shape: readonly number[];
  readonly dtype?: 'float32' | 'int32';
  readonly values?: readonly number[];
}

/** One operator; inputs are names of `x`, weights and earlier nodes. */
export interface TestNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr?: NonNullable<RawNode['attr']>;
}

/** A graph over one picture `x`; the last node is the output. */
export interface TestGraph {
  /** Height, width, channels. */
  readonly size: readonly number[];
  readonly weights: Readonly<Record<string, TestWeight>>;
  readonly nodes: readonly TestNode[];
}

/** Attribute shorthands. */
export const attribute = {
  text: (value: string) => ({ s: Buffer.from(value).toString('base64') }),
  texts: (...values: readonly string[]) => ({
    list: { s: values.map((value) => Buffer.from(value).toString('base64')) },
  }),
  ints: (...values: readonly number[]) => ({ list: { i: values } }),
  int: (value: number) => ({ i: value }),
} as const;

/** The graph as the two files of a TFJS model. */
export function graphFiles({ size, weights, nodes }: TestGraph): { json: GraphModelJson; bytes: Uint8Array } {
  const specs = Object.entries(weights).map(([name, { shape, dtype = 'float32' }]) => ({ name, shape, dtype }));
  const parts = Object.values(weights).map(({ shape, dtype, values }, i) => {
    const numbers = values ?? Array.from(randomInput(product(shape), [-1, 1], i + 10));
    return dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers);
  });
  const bytes = Buffer.concat(parts.map((part) => new Uint8Array(part.buffer)));
  const dim = [-1, ...size].map((value) => ({ size: value }));
  const float = { type: 'DT_FLOAT' };
  const node: RawNode[] = [
    { name: 'x', op: 'Placeholder', attr: { dtype: float, shape: { shape: { dim } } } },
    ...specs.map((spec) => ({
      name: spec.name,
      op: 'Const',
      attr: { dtype: spec.dtype === 'int32' ? { type: 'DT_INT32' } : float },
    })),
    ...nodes.map((one) => ({ ...one, attr: { T: float, ...one.attr } })),
  ];
  const last = nodes.at(-1)?.name ?? 'x';
  const topology = { node, versions: { producer: 1 } };
  return {
    json: {
      modelTopology: topology,
      weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
      signature: { outputs: { y: { name: last } } },
    },
    bytes,
  };
}

/** The converted model and the largest difference of its output from TensorFlow.js, with a batch of two. */
export async function compare(graph: TestGraph): Promise<{ model: OnnxModel; difference: number }> {
  const { json, bytes } = graphFiles(graph);
  const model = convertTfjs(json, bytes, { name: 'test' });
  const input = randomInput(2 * product(graph.size), [-2, 2], 1);
  const [want, got] = [await runOriginal(json, bytes, input, graph.size), await runConverted(model, input, graph.size)];
  if (want.dims.join() !== got.dims.join())
    throw new Error(`TensorFlow.js gives [${want.dims}], the converted graph [${got.dims}]`);
  const difference = want.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (got.data[i] ?? Number.NaN))),
    0,
  );
  return { model, difference };
}

interface Output {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

async function runOriginal(
  json: GraphModelJson,
  bytes: Uint8Array,
  input: Float32Array,
  size: readonly number[],
): Promise<Output> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  await tf.setBackend('cpu');
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights) as never;
  const weightData = new Uint8Array(bytes).buffer;
  const model = await loadGraphModel(tf.io.fromMemory({ modelTopology: json.modelTopology, weightSpecs, weightData }));
  const [height = 1, width = 1, channels = 1] = size;
  const picture = tf.transpose(tf.tensor(input, [2, channels, height, width]), [0, 2, 3, 1]);
  const [result] = [model.execute(picture, json.signature?.outputs?.y?.name ?? '')].flat();
  if (result === undefined) throw new Error('TensorFlow.js gave no output');
  return { dims: result.shape, data: Float32Array.from(await result.data()) };
}

async function runConverted(model: OnnxModel, input: Float32Array, size: readonly number[]): Promise<Output> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
  const [height = 1, width = 1, channels = 1] = size;
  const results = await session.run({ input: new Tensor('float32', input, [2, channels, height, width]) });
  const result = results.y;
  if (result === undefined) throw new Error('the converted graph gave no y');
  return { dims: result.dims, data: Float32Array.from(result.data as Float32Array) };
}

/** How many operators of a kind the model has. */
export function count(model: OnnxModel, op: string): number {
  return model.graph.nodes.filter((node) => node.op === op).length;
}
