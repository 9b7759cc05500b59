/** TFJS GraphModel → ONNX: NCHW inside, batch normalisation folded away, the batch dimension free. */
import type { OnnxModel } from '../onnx/index.ts';
import type { Constant, DType } from './constant.ts';
import { BATCH } from './dims.ts';
import { Emitter } from './emitter.ts';
import { fold } from './fold.ts';
import { type GraphModelJson, type GraphNode, type Reference, readGraph, type SourceGraph } from './graph.ts';
import { Operation, type OperatorTable } from './operator.ts';
import { activationOperators } from './ops/activation.ts';
import { convolutionOperators } from './ops/conv.ts';
import { elementwiseOperators } from './ops/elementwise.ts';
import { matrixOperators } from './ops/matmul.ts';
import { spatialOperators } from './ops/pool.ts';
import { selectionOperators } from './ops/select.ts';
import { shapeOperators } from './ops/shape.ts';
import type { Operand } from './value.ts';
import { decodeWeights } from './weights.ts';

/** How to convert one model. */
export interface TfjsOptions {
  /** Name of the model, for the graph and for errors. */
  readonly name: string;
  /**
   * `free` (default): the first axis of every input takes any size, also where the file says 1.
   * `fixed`: it stays 1, for graphs that compute with it.
   */
  readonly batch?: 'free' | 'fixed';
  /** The outputs to keep, by their names in the signature, with new names; absent: all, freed of `:0`. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Sizes of inputs whose shape the file leaves open, TF's axis order without the batch. */
  readonly inputSize?: readonly number[];
}

const operators: OperatorTable = {
  ...activationOperators,
  ...convolutionOperators,
  ...elementwiseOperators,
  ...matrixOperators,
  ...selectionOperators,
  ...shapeOperators,
  ...spatialOperators,
};

/**
 * Converts a graph model. Pictures become NCHW float32; a single input is called `input`; integers are int64.
 * @throws Error naming model, node and operator when something cannot be converted.
 */
export function convertTfjs(json: GraphModelJson, weights: Uint8Array, options: TfjsOptions): OnnxModel {
  return convertGraph(readGraph(json), decodeWeights(json.weightsManifest, weights), options);
}

/** As {@link convertTfjs}, from a graph and decoded weights. */
export function convertGraph(
  graph: SourceGraph,
  weights: ReadonlyMap<string, Constant>,
  options: TfjsOptions,
): OnnxModel {
  const emitter = new Emitter();
  const results = new Map<string, readonly Operand[]>();
  const inputs = graph.nodes.filter((node) => node.op === 'Placeholder');
  const read = (reference: Reference): Operand => {
    const operand = results.get(reference.node)?.[reference.index];
    if (operand === undefined) throw new Error(`${reference.node} has no output ${reference.index}`);
    return operand;
  };
  for (const node of graph.nodes) {
    try {
      results.set(node.name, convertNode(node));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Model ${options.name}: cannot convert node ${node.name} (operator ${node.op}): ${reason}`, {
        cause,
      });
    }
  }
  for (const { name, from } of chosenOutputs(graph, options)) emitter.output(name, read(from));
  return emitter.finish(options.name);

  function convertNode(node: GraphNode): readonly Operand[] {
    if (node.op === 'Const') return [weightOf(node, weights)];
    if (node.op === 'Placeholder') {
      return [
        emitter.input(inputs.length === 1 ? 'input' : node.name, inputDims(node, options), inputType(node, graph)),
      ];
    }
    const operation = new Operation(emitter, node, node.inputs.map(read), (index) => {
      const source = node.inputs[index];
      return source !== undefined && graph.uses.get(source.node) === 1;
    });
    const folded = fold(operation);
    if (folded !== undefined) return [folded];
    const convert = operators[node.op];
    if (convert === undefined) throw new Error('the operator is not known to the converter');
    const result = convert(operation);
    return isList(result) ? result : [result];
  }
}

function isList(result: Operand | readonly Operand[]): result is readonly Operand[] {
  return Array.isArray(result);
}

function weightOf(node: GraphNode, weights: ReadonlyMap<string, Constant>): Constant {
  const weight = weights.get(node.name);
  if (weight === undefined) throw new Error('the weight file does not have it');
  return weight;
}

function inputDims(node: GraphNode, options: TfjsOptions): number[] {
  const [batch = 1, ...rest] = node.attributes.shape('shape');
  const size = options.inputSize ?? rest;
  if (size.some((dim) => dim <= 0)) throw new Error(`the input has the open shape [${rest}]; give inputSize`);
  const free = options.batch !== 'fixed' && (batch === -1 || batch === 1);
  return [free ? BATCH : Math.max(batch, 1), ...size];
}

/** Integer pictures that the graph casts to float at once are taken as float, so that every picture comes in alike. */
function inputType(node: GraphNode, graph: SourceGraph): DType {
  if (node.attributes.type('dtype') === 'DT_FLOAT') return 'float32';
  const readers = graph.nodes.filter((reader) => reader.inputs.some((input) => input.node === node.name));
  const toFloat = readers.every((reader) => reader.op === 'Cast' && reader.attributes.type('DstT') === 'DT_FLOAT');
  return toFloat ? 'float32' : 'int32';
}

function chosenOutputs(graph: SourceGraph, { name: model, outputs }: TfjsOptions): SourceGraph['outputs'] {
  if (outputs === undefined) return graph.outputs.map(({ name, from }) => ({ name: name.replace(/:\d+$/, ''), from }));
  return Object.entries(outputs).map(([source, name]) => {
    const found = graph.outputs.find((output) => output.name === source);
    const known = graph.outputs.map((output) => output.name).join(', ');
    if (found === undefined) throw new Error(`Model ${model}: expected an output ${source}, it has ${known}`);
    return { name, from: found.from };
  });
}
