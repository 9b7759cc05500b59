/** Writes ONNX nodes for values and constants, making a Transpose only where a layout is really missing. */
import {
  GraphBuilder,
  int,
  ints as intsAttribute,
  type OnnxAttribute,
  type OnnxModel,
  removeDead,
  renameValue,
} from '../onnx/index.ts';
import { type Constant, type DType, reshapeConstant, transposeConstant } from './constant.ts';
import { at, BATCH, inverse, isBatch, pick, product, range, sameList } from './dims.ts';
import {
  type Layout,
  layoutsOf,
  nameIn,
  nativeLayout,
  nchw,
  type Operand,
  type Origin,
  rememberName,
  storedValue,
  type Value,
} from './value.ts';

/** Weights below this many elements are stored decoded: the extra nodes would cost more than they save. */
const packFrom = 512;

/** ONNX element type numbers for Cast. */
export const onnxTypeNumber: Readonly<Record<DType, number>> = { float32: 1, int32: 7, bool: 9 };

const onnxType = { float32: 'float32', int32: 'int64', bool: 'bool' } as const;

/** The ONNX graph under construction. */
export class Emitter {
  readonly #graph = new GraphBuilder();
  readonly #results: { name: string; tensor: string; value: Value }[] = [];

  /** Declares a model input. Pictures (rank 4 with 1, 3 or 4 channels last) come in as NCHW. */
  input(name: string, dims: readonly number[], dtype: DType): Value {
    const picture = dims.length === 4 && [1, 3, 4].includes(at(dims, 3));
    const layout = picture ? nchw : range(dims.length);
    this.#graph.input(name, pick(dims, layout).map(publicDim), onnxType[dtype]);
    return storedValue(name, dims, dtype, layout);
  }

  /** Declares a model output, in TF's own axis order. */
  output(name: string, operand: Operand): void {
    const value = this.value(operand);
    const tensor = this.in(value, range(value.dims.length));
    this.#results.push({ name, tensor, value });
  }

  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>> = {}): string {
    return this.#graph.node(op, inputs, attributes);
  }

  /** An operator with several outputs; returns their names. */
  nodes(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    count: number,
  ): string[] {
    const outputs = range(count).map(() => this.#graph.fresh(op));
    this.#graph.node(op, inputs, attributes, outputs);
    return outputs;
  }

  ints(values: readonly number[]): string {
    return this.#graph.ints(values.map((value) => (isBatch(value) ? -1 : value)));
  }

  floats(values: ArrayLike<number>, dims?: readonly number[]): string {
    return this.#graph.floats(values, dims);
  }

  /** A constant as it is; packed weights stay packed and are decoded by nodes that the runtime folds when it opens the model. */
  constant(source: Constant): string {
    const { dims, data, dtype, packing } = source;
    if (dtype === 'int32') {
      if (data.some(isBatch))
        throw new Error('shape arithmetic with the batch size reaches the run time; convert with a fixed batch');
      return this.#graph.ints(data, dims);
    }
    if (dtype === 'bool') return this.#graph.constant({ type: 'bool', dims, data: Uint8Array.from(data) });
    if (packing === undefined || data.length < packFrom) return this.#graph.floats(data, dims);
    return this.#unpacked(source, undefined);
  }

  /** The constant times `scale` along `axis`; a packed weight stays packed. */
  scaledConstant(source: Constant, axis: number, scale: Float64Array): string {
    if (scale.every((factor) => factor === 1)) return this.constant(source);
    const shape = source.dims.map((dim, i) => (i === axis ? dim : 1));
    if (source.packing !== undefined && source.data.length >= packFrom) return this.#unpacked(source, { scale, shape });
    const inner = product(source.dims.slice(axis + 1));
    const count = at(source.dims, axis);
    const values = source.data.map((value, i) => value * (scale[Math.floor(i / inner) % count] ?? 1));
    return this.floats(values, source.dims);
  }

  /** codes → Cast → + offset / scale → · scale, with the per-channel factors joined in. */
  #unpacked(source: Constant, channel: { scale: Float64Array; shape: readonly number[] } | undefined): string {
    const { dims, packing } = source;
    if (packing === undefined) throw new Error('not a packed constant');
    const { codes } = packing;
    const type = packing.kind === 'half' ? 'float16' : codes instanceof Uint8Array ? 'uint8' : 'uint16';
    const data = new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);
    const stored = this.#graph.constant({ type, dims, data }, 'weight');
    const decoded = this.node('Cast', [stored], { to: int(1) });
    const factors = channel?.scale ?? Float64Array.of(1);
    const { scale, offset } = packing.kind === 'half' ? { scale: 1, offset: 0 } : packing;
    const centred = offset === 0 ? decoded : this.node('Add', [decoded, this.floats([offset / scale], [1])]);
    const steps = factors.map((factor) => factor * scale);
    if (steps.every((step) => step === 1)) return centred;
    return this.node('Mul', [centred, this.floats(steps, channel?.shape ?? [1])]);
  }

  /** The operand as a run-time value. */
  value(operand: Operand): Value {
    if (operand.kind === 'value') return operand;
    return storedValue(this.constant(operand), operand.dims, operand.dtype, range(operand.dims.length));
  }

  /** The value's ONNX name in a layout, transposed now if it has never been. */
  in(value: Value, layout: Layout): string {
    const known = nameIn(value, layout);
    if (known !== undefined) return known;
    const from = nativeLayout(value);
    const back = inverse(from);
    const perm = layout.map((axis) => at(back, axis));
    const name = this.node('Transpose', [at([nameIn(value, from) ?? ''], 0)], { perm: intsAttribute(...perm) });
    rememberName(value, layout, name);
    return name;
  }

  /** A constant under a layout of the given rank, as broadcasting needs it: short shapes are filled up with leading ones. */
  constantIn(source: Constant, layout: Layout): string {
    if (source.data.length === 1) return this.constant(reshapeConstant(source, []));
    const full = [...new Array<number>(layout.length - source.dims.length).fill(1), ...source.dims];
    const placed = transposeConstant(reshapeConstant(source, full), layout);
    const firstReal = placed.dims.findIndex((dim) => dim !== 1);
    return this.constant(reshapeConstant(placed, placed.dims.slice(Math.max(firstReal, 0))));
  }

  /** A node with one output that has the given logical shape and layout. */
  make(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    result: Result,
  ): Value {
    const name = this.node(op, inputs, attributes);
    return storedValue(
      name,
      result.dims,
      result.dtype ?? 'float32',
      result.layout ?? range(result.dims.length),
      result.origin,
    );
  }

  /** The finished model without dead nodes; the results carry their public names. */
  finish(name: string): OnnxModel {
    const taken = new Set<string>();
    for (const result of this.#results) {
      const dims = result.value.dims.map(publicDim);
      const direct = nameIn(result.value, range(dims.length)) === result.tensor && !taken.has(result.tensor);
      const tensor = direct ? result.tensor : this.node('Identity', [result.tensor]);
      taken.add(tensor);
      this.#graph.output(tensor, tensor, dims, onnxType[result.value.dtype]);
    }
    const model = this.#graph.build(name);
    const inputs = new Set(model.graph.inputs.map((input) => input.name));
    model.graph.outputs.forEach((output, i) => {
      if (inputs.has(output.name)) throw new Error(`output ${at(this.#results, i).name} is an input unchanged`);
    });
    this.#results.forEach((result, i) => {
      renameValue(model.graph, at(model.graph.outputs, i).name, result.name);
    });
    removeDead(model.graph);
    return model;
  }
}

/** Shape, element type (float32 by default) and layout (TF's own by default) of a result. */
export interface Result {
  readonly dims: readonly number[];
  readonly dtype?: DType;
  readonly layout?: Layout;
  readonly origin?: Origin | undefined;
}

function publicDim(dim: number): number | string {
  if (!isBatch(dim)) return dim;
  return dim === BATCH ? 'N' : `${dim / BATCH}N`;
}

/** The layout that most of the values already have; ties go to the first value's own. */
export function commonLayout(values: readonly Value[]): Layout {
  const first = at(values, 0);
  let best = nativeLayout(first);
  let most = 0;
  for (const candidate of values.flatMap(layoutsOf)) {
    const holders = values.filter((value) => layoutsOf(value).some((layout) => sameList(layout, candidate))).length;
    if (holders > most) {
      best = candidate;
      most = holders;
    }
  }
  return best;
}
