/** What an operator's converter gets to work with. */
import type { Constant } from './constant.ts';
import { normalAxes } from './dims.ts';
import type { Emitter } from './emitter.ts';
import type { Attributes, GraphNode } from './graph.ts';
import type { Linear, Operand, Value } from './value.ts';

/** One node being converted. */
export class Operation {
  readonly emitter: Emitter;
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly Operand[];
  readonly #usedOnce: (input: number) => boolean;

  constructor(emitter: Emitter, node: GraphNode, inputs: readonly Operand[], usedOnce: (input: number) => boolean) {
    this.emitter = emitter;
    this.op = node.op;
    this.attributes = node.attributes;
    this.inputs = inputs;
    this.#usedOnce = usedOnce;
  }

  input(index: number): Operand {
    const operand = this.inputs[index < 0 ? index + this.inputs.length : index];
    if (operand === undefined) throw new Error(`input ${index} is missing`);
    return operand;
  }

  /** The input as a run-time value, whatever it is. */
  value(index: number): Value {
    return this.emitter.value(this.input(index));
  }

  constant(index: number): Constant {
    const operand = this.input(index);
    if (operand.kind !== 'constant') throw new Error(`input ${index} must be known at conversion time`);
    return operand;
  }

  /** The numbers of a constant input. */
  numbers(index: number): number[] {
    return Array.from(this.constant(index).data);
  }

  /** A constant input that names axes, non-negative. */
  axes(index: number, rank: number): number[] {
    return normalAxes(this.numbers(index), rank);
  }

  axis(index: number, rank: number): number {
    const [axis = 0] = this.axes(index, rank);
    return axis;
  }

  /** The linear operator that made this input, if nobody else reads it, so that a factor can join it. */
  linear(index: number): Linear | undefined {
    const operand = this.input(index);
    if (operand.kind !== 'value' || operand.origin?.kind !== 'linear' || !this.#usedOnce(index)) return undefined;
    return operand.origin.linear;
  }
}

/** Converts one node: its output, or its outputs in order. */
export type OperatorConverter = (operation: Operation) => Operand | readonly Operand[];

/** Converters by TF operator name. */
export type OperatorTable = Readonly<Record<string, OperatorConverter>>;
