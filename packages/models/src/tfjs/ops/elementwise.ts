/** Element by element: arithmetic with broadcasting, comparisons, casts and unary functions. */
import { int } from '../../onnx/index.ts';
import { type Constant, constant, type DType } from '../constant.ts';
import { broadcast, range } from '../dims.ts';
import { commonLayout, type Emitter, onnxTypeNumber } from '../emitter.ts';
import type { Operation, OperatorConverter, OperatorTable } from '../operator.ts';
import { type Layout, nativeLayout, type Operand, type Origin, type Value } from '../value.ts';
import { clamp, pointwise, preluOfSum } from './activation.ts';
import { perChannel, scaled, shifted } from './linear.ts';

export const elementwiseOperators: OperatorTable = {
  Add: (operation) => add(operation),
  AddV2: (operation) => add(operation),
  BiasAdd: (operation) => add(operation),
  AddN: ({ emitter, inputs }) =>
    inputs.slice(1).reduce((sum, next) => binary(emitter, 'Add', sum, next), firstOf(inputs)),
  Sub: (operation) => subtract(operation),
  Mul: (operation) => multiply(operation),
  RealDiv: (operation) => divide(operation),
  Div: (operation) => divide(operation),
  Maximum: (operation) => bound(operation, 'Max'),
  Minimum: (operation) => bound(operation, 'Min'),
  Pow: binaryOperator('Pow'),
  SquaredDifference: ({ emitter, inputs }) => {
    const difference = binary(emitter, 'Sub', firstOf(inputs), secondOf(inputs));
    return binary(emitter, 'Mul', difference, difference);
  },
  FloorDiv: (operation) => floorDivide(operation),
  FloorMod: ({ emitter, inputs }) => binary(emitter, 'Mod', firstOf(inputs), secondOf(inputs)),
  Equal: binaryOperator('Equal', 'bool'),
  NotEqual: ({ emitter, inputs }) =>
    pointwise(emitter, 'Not', binary(emitter, 'Equal', firstOf(inputs), secondOf(inputs), 'bool')),
  Greater: binaryOperator('Greater', 'bool'),
  GreaterEqual: binaryOperator('GreaterOrEqual', 'bool'),
  Less: binaryOperator('Less', 'bool'),
  LessEqual: binaryOperator('LessOrEqual', 'bool'),
  LogicalAnd: binaryOperator('And', 'bool'),
  LogicalOr: binaryOperator('Or', 'bool'),
  Select: (operation) => select(operation),
  SelectV2: (operation) => select(operation),
  Cast: (operation) => cast(operation),
  Neg: (operation) => noted(operation, 'Neg', 'negated'),
  Abs: (operation) => noted(operation, 'Abs', 'absolute'),
  Square: ({ emitter, inputs }) => binary(emitter, 'Mul', firstOf(inputs), firstOf(inputs)),
  Rsqrt: (operation) =>
    pointwise(operation.emitter, 'Reciprocal', pointwise(operation.emitter, 'Sqrt', operation.value(0))),
  ...unaryOperators(
    'Exp',
    'Log',
    'Floor',
    'Ceil',
    'Round',
    'Sqrt',
    'Sigmoid',
    'Tanh',
    'Cos',
    'Sin',
    'Reciprocal',
    'Softplus',
    'Erf',
  ),
  LogicalNot: (operation) => pointwise(operation.emitter, 'Not', operation.value(0)),
  Atan2: (operation) => atan2(operation),
};

function unaryOperators(...names: readonly string[]): OperatorTable {
  return Object.fromEntries(
    names.map((op) => [op, (operation: Operation) => pointwise(operation.emitter, op, operation.value(0))]),
  );
}

function binaryOperator(op: string, dtype?: DType): OperatorConverter {
  return ({ emitter, inputs }) => binary(emitter, op, firstOf(inputs), secondOf(inputs), dtype);
}

function firstOf(inputs: readonly Operand[]): Operand {
  const [first] = inputs;
  if (first === undefined) throw new Error('input 0 is missing');
  return first;
}

function secondOf(inputs: readonly Operand[]): Operand {
  const [, second] = inputs;
  if (second === undefined) throw new Error('input 1 is missing');
  return second;
}

/** A broadcasting operator, in the layout that most of its full-rank inputs have. */
export function binary(
  emitter: Emitter,
  op: string,
  left: Operand,
  right: Operand,
  dtype?: DType,
  origin?: Origin,
): Value {
  return broadcasting(emitter, op, [left, right], dtype ?? left.dtype, origin);
}

function broadcasting(
  emitter: Emitter,
  op: string,
  operands: readonly Operand[],
  dtype: DType,
  origin?: Origin,
): Value {
  let dims: number[] = [];
  for (const operand of operands) {
    const joined = broadcast(dims, operand.dims);
    if (joined === undefined)
      throw new Error(`shapes ${operands.map((o) => `[${o.dims}]`).join(' and ')} do not broadcast`);
    dims = joined;
  }
  const rank = dims.length;
  const values = operands.filter((operand) => operand.kind === 'value');
  const uniform = values.length > 0 && values.every((value) => value.dims.length === rank);
  const layout: Layout = uniform ? commonLayout(values) : range(rank);
  const inputs = operands.map((operand) => {
    if (operand.kind === 'constant') return emitter.constantIn(operand, layout);
    return emitter.in(operand, uniform ? layout : range(operand.dims.length));
  });
  return emitter.make(op, inputs, {}, { dims, dtype, layout, origin });
}

function add(operation: Operation): Operand {
  const { emitter, inputs } = operation;
  const [left, right] = [firstOf(inputs), secondOf(inputs)];
  const joined = joinLinear(operation, shifted);
  return joined ?? preluOfSum(emitter, left, right) ?? binary(emitter, 'Add', left, right);
}

/** Joins a constant operand per channel into the linear operator that made the other operand. */
function joinLinear(
  operation: Operation,
  join: typeof scaled,
  constantSide: 'any' | 'right' = 'any',
  map = (x: number) => x,
): Value | undefined {
  for (const [side, other] of constantSide === 'any' ? [[1, 0] as const, [0, 1] as const] : [[1, 0] as const]) {
    const factor = operation.input(side);
    const linear = operation.linear(other);
    if (factor.kind !== 'constant' || linear === undefined) continue;
    const channel = perChannel(factor, linear.scale.length);
    if (channel !== undefined) return join(linear, channel.map(map));
  }
  return undefined;
}

function subtract(operation: Operation): Operand {
  const { emitter, inputs } = operation;
  const [left, right] = [firstOf(inputs), secondOf(inputs)];
  const joined = joinLinear(operation, shifted, 'right', (x) => -x);
  if (joined !== undefined) return joined;
  const origin =
    left.kind === 'value' && right.kind === 'value' ? ({ kind: 'difference', left, right } as const) : undefined;
  return binary(emitter, 'Sub', left, right, undefined, origin);
}

function multiply(operation: Operation): Operand {
  const { emitter, inputs } = operation;
  const [left, right] = [firstOf(inputs), secondOf(inputs)];
  const joined = joinLinear(operation, scaled);
  if (joined !== undefined) return joined;
  return binary(emitter, 'Mul', left, right, undefined, scaledOrigin(left, right) ?? scaledOrigin(right, left));
}

function scaledOrigin(source: Operand, by: Operand): Origin | undefined {
  if (source.kind !== 'value' || by.kind !== 'constant') return undefined;
  return { kind: 'scaled', source, by };
}

function divide(operation: Operation): Operand {
  const { emitter, inputs } = operation;
  const joined = joinLinear(operation, scaled, 'right', (x) => 1 / x);
  return joined ?? binary(emitter, 'Div', firstOf(inputs), secondOf(inputs));
}

/** Max or Min; with one number it is a clamp. */
function bound(operation: Operation, op: 'Max' | 'Min'): Operand {
  const { emitter, inputs } = operation;
  const [left, right] = [firstOf(inputs), secondOf(inputs)];
  const [value, limit] = left.kind === 'constant' ? [right, left] : [left, right];
  if (value.kind === 'value' && value.dtype === 'float32' && limit.kind === 'constant' && limit.data.length === 1) {
    const at = limit.data[0] ?? 0;
    return op === 'Max'
      ? clamp(emitter, value, at, Number.POSITIVE_INFINITY)
      : clamp(emitter, value, Number.NEGATIVE_INFINITY, at);
  }
  return binary(emitter, op, left, right);
}

/** ⌊a / b⌋; for integers (a − mod(a, b)) / b, because ONNX divides towards zero. */
function floorDivide({ emitter, inputs }: Operation): Operand {
  const [left, right] = [firstOf(inputs), secondOf(inputs)];
  if (left.dtype === 'float32') return pointwise(emitter, 'Floor', binary(emitter, 'Div', left, right));
  return binary(emitter, 'Div', binary(emitter, 'Sub', left, binary(emitter, 'Mod', left, right)), right);
}

function select(operation: Operation): Operand {
  const [condition, yes, no] = [operation.value(0), operation.value(1), operation.value(2)];
  return broadcasting(operation.emitter, 'Where', [condition, yes, no], yes.dtype);
}

const dtypeOfWord: Readonly<Record<string, DType>> = {
  DT_FLOAT: 'float32',
  DT_INT32: 'int32',
  DT_INT64: 'int32',
  DT_BOOL: 'bool',
};

/** The type that a Cast makes. */
export function castTarget(operation: Operation): DType {
  const word = operation.attributes.type('DstT');
  const dtype = dtypeOfWord[word];
  if (dtype === undefined) throw new Error(`cast to ${word}`);
  return dtype;
}

function cast(operation: Operation): Operand {
  const source = operation.value(0);
  const dtype = castTarget(operation);
  if (dtype === source.dtype) return source;
  const layout = nativeLayout(source);
  const input = operation.emitter.in(source, layout);
  return operation.emitter.make(
    'Cast',
    [input],
    { to: int(onnxTypeNumber[dtype]) },
    { dims: source.dims, dtype, layout },
  );
}

/** A unary operator whose origin later patterns look at. */
function noted(operation: Operation, op: string, kind: 'negated' | 'absolute'): Value {
  const source = operation.value(0);
  return { ...pointwise(operation.emitter, op, source), origin: { kind, source } };
}

/** atan2(y, x) by arctangent: atan(y / x), plus π with y's sign where x < 0; ±π/2 where x = 0. */
function atan2({ emitter, inputs }: Operation): Operand {
  const [y, x] = [firstOf(inputs), secondOf(inputs)];
  const zero = scalar(0);
  const below = binary(emitter, 'Less', y, zero, 'bool');
  const halfTurn = broadcasting(emitter, 'Where', [below, scalar(-Math.PI), scalar(Math.PI)], 'float32');
  const slope = pointwise(emitter, 'Atan', binary(emitter, 'Div', y, x));
  const left = binary(emitter, 'Less', x, zero, 'bool');
  const turned = broadcasting(emitter, 'Where', [left, binary(emitter, 'Add', slope, halfTurn), slope], 'float32');
  const both = binary(emitter, 'Mul', x, x);
  const origin = binary(emitter, 'Equal', binary(emitter, 'Add', both, binary(emitter, 'Mul', y, y)), zero, 'bool');
  return broadcasting(emitter, 'Where', [origin, zero, turned], 'float32');
}

function scalar(value: number): Constant {
  return constant([], 'float32', [value]);
}
