/** TFLite → ONNX: NCHW inside, Transposes only where memory order is asked for, batch free, float16 weights kept as such. */

import { fromHalf, GraphBuilder, ints, type OnnxModel, tidy } from '../onnx/index.ts';
import type { TfliteModel, TfliteOperator, TfliteTensor } from './model.ts';
import { operators } from './operators.ts';

/** What an operator's translation works with. */
export interface ConvertContext {
  readonly builder: GraphBuilder;
  readonly model: TfliteModel;
  /** Shape of a tensor as TFLite states it (NHWC); the first dimension of activations is the batch. */
  shape(tensor: number): readonly number[];
  /** A constant's values, or undefined for an activation. */
  constant(tensor: number): Constant | undefined;
  /** A constant as an initializer under a new shape; float16 sources stay float16 in the file. */
  weight(values: Float32Array, dims: readonly number[], half: boolean): string;
  /** The name of a rank-4 activation in NCHW. */
  nchw(tensor: number): string;
  /** The name of an activation in TFLite's own order of elements. */
  plain(tensor: number): string;
  /** True when the tensor is at hand in NCHW. */
  hasNchw(tensor: number): boolean;
  setNchw(tensor: number, name: string): void;
  setPlain(tensor: number, name: string): void;
  /** The operator that computes a tensor. */
  producer(tensor: number): TfliteOperator | undefined;
}

/** Constant elements as numbers. */
export interface Constant {
  readonly values: Float32Array;
  readonly dims: readonly number[];
  /** The source holds them as float16. */
  readonly half: boolean;
}

/** How a graph is put under public names. */
export interface ConvertOptions {
  readonly name: string;
  /** The source takes pictures as N×W×H×C; the result takes them like all others. */
  readonly swapSides?: boolean;
  /**
   * Makes the graph's outputs from TFLite's; `value` gives an output tensor by its name, in TFLite's order, shaped
   * N×(the rest as stated).
   */
  outputs(builder: GraphBuilder, value: (tensorName: string) => string): void;
}

/** Converts a file's graph; its one image input becomes `input`, N×C×H×W. */
export function convertTflite(model: TfliteModel, options: ConvertOptions): OnnxModel {
  const context = new Conversion(model);
  const [input = -1] = model.inputs;
  const [, height = 0, width = 0, channels = 0] = context.shape(input);
  const [rows, columns] = options.swapSides ? [width, height] : [height, width];
  const picture = context.builder.input('input', ['N', channels, rows, columns]);
  const swapped = (): string => context.builder.node('Transpose', [picture], { perm: ints(0, 1, 3, 2) });
  context.setNchw(input, options.swapSides ? swapped() : picture);
  for (const operator of model.operators) {
    const translate = operators[operator.op];
    if (!translate) throw new Error(`Expected operators that this converter knows, got ${operator.op}`);
    translate(context, operator);
  }
  options.outputs(context.builder, (name) => {
    const tensor = model.tensors.find((candidate) => candidate.name === name);
    if (!tensor) throw new Error(`Expected a tensor named ${name} in the source, got none`);
    return context.plain(tensor.index);
  });
  const onnx = context.builder.build(options.name);
  tidy(onnx.graph);
  return onnx;
}

class Conversion implements ConvertContext {
  readonly builder = new GraphBuilder();
  readonly model: TfliteModel;
  readonly #nchw = new Map<number, string>();
  readonly #plain = new Map<number, string>();
  readonly #producers: ReadonlyMap<number, TfliteOperator>;

  constructor(model: TfliteModel) {
    this.model = model;
    this.#producers = new Map(model.operators.flatMap((operator) => operator.outputs.map((out) => [out, operator])));
  }

  shape(tensor: number): readonly number[] {
    return this.#tensor(tensor).shape;
  }

  producer(tensor: number): TfliteOperator | undefined {
    return this.#producers.get(tensor);
  }

  constant(tensor: number): Constant | undefined {
    const producer = this.producer(tensor);
    const source = this.#tensor(producer?.op === 'DEQUANTIZE' ? (producer.inputs[0] ?? tensor) : tensor);
    if (!source.data) return undefined;
    return { values: decodeValues(source), dims: source.shape, half: source.type === 'float16' };
  }

  weight(values: Float32Array, dims: readonly number[], half: boolean): string {
    return half ? this.builder.halves(values, dims, 'weight') : this.builder.floats(values, dims, 'weight');
  }

  hasNchw(tensor: number): boolean {
    return this.#nchw.has(tensor);
  }

  nchw(tensor: number): string {
    const known = this.#nchw.get(tensor);
    if (known !== undefined) return known;
    const name = this.builder.node('Transpose', [this.plain(tensor)], { perm: ints(0, 3, 1, 2) });
    this.#nchw.set(tensor, name);
    return name;
  }

  plain(tensor: number): string {
    const known = this.#plain.get(tensor);
    if (known !== undefined) return known;
    const name = this.#toPlain(tensor);
    this.#plain.set(tensor, name);
    return name;
  }

  setNchw(tensor: number, name: string): void {
    this.#nchw.set(tensor, name);
  }

  setPlain(tensor: number, name: string): void {
    this.#plain.set(tensor, name);
  }

  #toPlain(tensor: number): string {
    const constant = this.constant(tensor);
    if (constant) return this.weight(constant.values, constant.dims, constant.half);
    const known = this.#nchw.get(tensor);
    if (known === undefined) throw new Error(`Expected tensor ${tensor} to be computed before it is used`);
    const [, height, width, channels = 0] = this.shape(tensor);
    // One pixel: both orders of elements are the same, and a Reshape costs nothing.
    if (height === 1 && width === 1) {
      return this.builder.node('Reshape', [known, this.builder.ints([0, 1, 1, channels])]);
    }
    return this.builder.node('Transpose', [known], { perm: ints(0, 2, 3, 1) });
  }

  #tensor(index: number): TfliteTensor {
    const tensor = this.model.tensors[index];
    if (!tensor) throw new Error(`Expected tensor ${index} in the source, got none`);
    return tensor;
  }
}

/** The elements of a constant tensor. */
export function decodeValues(tensor: TfliteTensor): Float32Array {
  const data = new Uint8Array(tensor.data ?? []).buffer;
  if (tensor.type === 'float32') return new Float32Array(data);
  if (tensor.type === 'float16') return Float32Array.from(new Uint16Array(data), fromHalf);
  if (tensor.type === 'int32') return Float32Array.from(new Int32Array(data));
  throw new Error(`Expected constants of float32, float16 or int32, got ${tensor.type} in ${tensor.name}`);
}
