/** Writes a TFJS graph node by node, for nets whose file has weights only. */
import { type Constant, ints } from './constant.ts';
import { Attributes, type GraphNode, type SourceGraph } from './graph.ts';

/** A net being written; tensors go by the name of the node that makes them. */
export class Topology {
  readonly #nodes: GraphNode[] = [];
  readonly #weights: Map<string, Constant>;
  readonly #outputs: { name: string; from: { node: string; index: number } }[] = [];

  constructor(weights: ReadonlyMap<string, Constant>) {
    this.#weights = new Map(weights);
  }

  /** The picture that the net reads: N × size × size × channels. */
  input(size: number, channels = 3): string {
    const dim = [-1, size, size, channels].map((value) => ({ size: value }));
    return this.#node('Placeholder', [], { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } });
  }

  output(name: string, tensor: string): void {
    this.#outputs.push({ name, from: { node: tensor, index: 0 } });
  }

  /** A convolution without bias. */
  convolve(input: string, filter: string, stride: number, padding: 'SAME' | 'VALID'): string {
    return this.#node('Conv2D', [input, this.#weight(filter)], window(stride, padding));
  }

  depthwise(input: string, filter: string, stride: number): string {
    return this.#node('DepthwiseConv2dNative', [input, this.#weight(filter)], window(stride, 'SAME'));
  }

  pool(kind: 'MaxPool' | 'AvgPool', input: string, size: number, stride: number, padding: 'SAME' | 'VALID'): string {
    return this.#node(kind, [input], { ...window(stride, padding), ksize: list(size) });
  }

  relu(input: string): string {
    return this.#node('Relu', [input]);
  }

  add(left: string, right: string): string {
    return this.#node('AddV2', [left, right]);
  }

  addWeight(input: string, weight: string): string {
    return this.#node('AddV2', [input, this.#weight(weight)]);
  }

  multiplyWeight(input: string, weight: string): string {
    return this.#node('Mul', [input, this.#weight(weight)]);
  }

  matrix(input: string, weight: string): string {
    return this.#node('MatMul', [input, this.#weight(weight)]);
  }

  softmax(input: string): string {
    return this.#node('Softmax', [input]);
  }

  /** Mean over height and width: N × channels. */
  globalMean(input: string): string {
    return this.#node('Mean', [input, this.#numbers([1, 2])]);
  }

  /** Everything but the batch in one axis. */
  flatten(input: string, size: number): string {
    return this.#node('Reshape', [input, this.#numbers([-1, size])]);
  }

  /** Zeros after the content along each NHWC axis. */
  padAfter(input: string, amounts: readonly [number, number, number, number]): string {
    if (amounts.every((amount) => amount === 0)) return input;
    const pads = ints(amounts.flatMap((amount) => [0, amount]));
    return this.#node('Pad', [input, this.#constant({ ...pads, dims: [4, 2] })]);
  }

  /** The shape of a weight. */
  shapeOf(weight: string): readonly number[] {
    const constant = this.#weights.get(weight);
    if (constant === undefined) throw new Error(`Expected a weight ${weight}, the file does not have it`);
    return constant.dims;
  }

  /** The graph and its weights, ready for `convertGraph`. */
  finish(): { readonly graph: SourceGraph; readonly weights: ReadonlyMap<string, Constant> } {
    const uses = new Map<string, number>();
    const reads = [...this.#nodes.flatMap((node) => node.inputs), ...this.#outputs.map((output) => output.from)];
    for (const { node } of reads) uses.set(node, (uses.get(node) ?? 0) + 1);
    return { graph: { nodes: this.#nodes, outputs: this.#outputs, uses }, weights: this.#weights };
  }

  #node(op: string, inputs: readonly string[], attributes: ConstructorParameters<typeof Attributes>[0] = {}): string {
    const name = `${op}_${this.#nodes.length}`;
    const references = inputs.map((node) => ({ node, index: 0 }));
    this.#nodes.push({ name, op, inputs: references, attributes: new Attributes(attributes) });
    return name;
  }

  #weight(name: string): string {
    this.shapeOf(name);
    if (!this.#nodes.some((node) => node.name === name)) {
      this.#nodes.push({ name, op: 'Const', inputs: [], attributes: new Attributes() });
    }
    return name;
  }

  #numbers(values: readonly number[]): string {
    return this.#constant(ints(values));
  }

  #constant(constant: Constant): string {
    const name = `constant_${this.#nodes.length}`;
    this.#weights.set(name, constant);
    return this.#weight(name);
  }
}

function list(spatial: number): { list: { i: number[] } } {
  return { list: { i: [1, spatial, spatial, 1] } };
}

function window(stride: number, padding: string): Record<string, { s: string } | { list: { i: number[] } }> {
  return { strides: list(stride), padding: { s: Buffer.from(padding).toString('base64') } };
}
