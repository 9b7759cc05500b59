/** Builds a graph node by node, with unique names and each constant stored once. */

import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxType, OnnxValue } from './graph.ts';
import { float16Tensor, float32Tensor, int, int64Tensor } from './graph.ts';

/** A graph under construction; values are referred to by name. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #initializers = new Map<string, OnnxTensor>();
  readonly #constantNames = new Map<string, string>();
  #counter = 0;

  /** Declares a graph input and returns its name. */
  input(name: string, dims: (number | string)[], type: OnnxType = 'float32'): string {
    this.#inputs.push({ name, type, dims });
    return name;
  }

  /** Declares `value` a graph output under the public `name` (an Identity when the names differ). */
  output(name: string, value: string, dims: (number | string)[], type: OnnxType = 'float32'): void {
    if (value !== name) this.node('Identity', [value], {}, [name]);
    this.#outputs.push({ name, type, dims });
  }

  /** Adds an operator with one fresh output and returns that output's name; or with the outputs given. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    outputs: readonly string[] = [this.fresh(op)],
  ): string {
    const first = outputs[0];
    if (first === undefined) throw new Error(`Expected operator ${op} with at least one output`);
    this.#nodes.push({ op, name: first, inputs: [...inputs], outputs: [...outputs], attributes: { ...attributes } });
    return first;
  }

  /** Stores a constant and returns its name; equal constants share one. */
  constant(tensor: OnnxTensor, hint = 'const'): string {
    const key = `${tensor.type}|${tensor.dims.join()}|${Buffer.from(tensor.data).toString('latin1')}`;
    const known = this.#constantNames.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(hint);
    this.#constantNames.set(key, name);
    this.#initializers.set(name, tensor);
    return name;
  }

  /** A float32 constant. */
  floats(values: ArrayLike<number>, dims?: readonly number[], hint?: string): string {
    return this.constant(float32Tensor(values, dims), hint);
  }

  /** An int64 constant. */
  ints(values: ArrayLike<number>, dims?: readonly number[], hint?: string): string {
    return this.constant(int64Tensor(values, dims), hint);
  }

  /**
   * A constant kept as float16 and cast to float32 in the graph: half the file, and the runtime folds the Cast
   * when it opens the model. For weights that were float16 at their source, so that nothing is lost.
   */
  halves(values: ArrayLike<number>, dims?: readonly number[], hint?: string): string {
    const half = this.constant(float16Tensor(values, dims), hint);
    return this.node('Cast', [half], { to: int(1) });
  }

  /** A name that nothing in this graph has yet. */
  fresh(hint: string): string {
    return `${hint}_${this.#counter++}`;
  }

  /** The finished model. */
  build(name: string, opset = 17): OnnxModel {
    return {
      opset,
      graph: {
        name,
        nodes: this.#nodes,
        inputs: this.#inputs,
        outputs: this.#outputs,
        initializers: this.#initializers,
      },
    };
  }
}
