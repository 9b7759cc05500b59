/** Operators that change the shape: most cost nothing, because a value's axis order is only a view. */
import { int } from '../../onnx/index.ts';
import { type Constant, constant, ints } from '../constant.ts';
import { at, BATCH, isBatch, normalAxes, pick, product, range } from '../dims.ts';
import type { Operation, OperatorTable } from '../operator.ts';
import {
  nativeLayout,
  type Operand,
  rowMajorLayout,
  transposedView,
  type Value,
  withAxes,
  withoutAxes,
} from '../value.ts';
import { transposedPadding } from './window.ts';

export const shapeOperators: OperatorTable = {
  Identity: (operation) => operation.input(0),
  StopGradient: (operation) => operation.input(0),
  Shape: (operation) => ints(operation.input(0).dims),
  Size: (operation) => constant([], 'int32', [product(operation.input(0).dims)]),
  Reshape: (operation) => reshape(operation, operation.numbers(1)),
  Squeeze: (operation) => squeeze(operation, squeezedAxes(operation)),
  ExpandDims: (operation) => {
    const [axis = 0] = operation.numbers(1);
    return unsqueeze(operation, operation.value(0), axis < 0 ? axis + operation.value(0).dims.length + 1 : axis);
  },
  Transpose: (operation) => transpose(operation),
  Pack: (operation) => pack(operation),
  ConcatV2: (operation) => {
    const operands = operation.inputs.slice(0, -1);
    return concat(operation, operands, operation.axis(-1, at(operands, 0).dims.length));
  },
  Pad: (operation) => pad(operation, 0),
  PadV2: (operation) => pad(operation, at(operation.numbers(2), 0)),
  Tile: (operation) => tile(operation),
  Fill: (operation) => fill(operation, operation.numbers(0), operation.input(1)),
  ZerosLike: (operation) => fill(operation, operation.input(0).dims, constant([], operation.input(0).dtype, [0])),
};

/** The target shape with −1 resolved, and the batch put back where the file has a fixed 1 for it. */
export function reshapeTarget(source: readonly number[], target: readonly number[]): number[] {
  const total = product(source);
  const resolve = (dims: readonly number[]): number[] => {
    const known = product(dims.filter((dim) => dim !== -1));
    return dims.map((dim) => (dim === -1 ? total / known : dim));
  };
  const plain = resolve(target);
  const batched = resolve([BATCH, ...target.slice(1)]);
  const fixed = target[0] === 1 && source[0] === BATCH && product(batched) === total;
  if (fixed && batched.every(Number.isInteger)) return batched;
  if (product(plain) === total && plain.every(Number.isInteger)) return plain;
  throw new Error(`a shape of [${source}] does not reshape to [${target}]`);
}

function reshape(operation: Operation, target: readonly number[]): Value {
  const source = operation.value(0);
  const dims = reshapeTarget(source.dims, target);
  const input = operation.emitter.in(source, rowMajorLayout(source) ?? range(source.dims.length));
  const shape = dims.map((dim) => (isBatch(dim) ? -1 : dim));
  if (shape.filter((dim) => dim === -1).length > 1) throw new Error(`the batch cannot lie in two axes of [${dims}]`);
  return operation.emitter.make('Reshape', [input, operation.emitter.ints(shape)], {}, { dims, dtype: source.dtype });
}

/** The axes that TF's Squeeze removes. */
export function squeezedAxes(operation: Operation): number[] {
  const { dims } = operation.input(0);
  const named = normalAxes(operation.attributes.ints('squeeze_dims'), dims.length);
  return named.length > 0 ? named : range(dims.length).filter((axis) => dims[axis] === 1);
}

function squeeze(operation: Operation, axes: readonly number[]): Value {
  return dropAxes(operation, operation.value(0), axes);
}

/** Removes axes of size 1 in the layout the value has. */
export function dropAxes({ emitter }: Operation, source: Value, axes: readonly number[]): Value {
  const layout = nativeLayout(source);
  const stored = axes.map((axis) => layout.indexOf(axis)).sort((a, b) => a - b);
  const dims = source.dims.filter((_, axis) => !axes.includes(axis));
  const result = { dims, dtype: source.dtype, layout: withoutAxes(layout, axes) };
  return emitter.make('Squeeze', [emitter.in(source, layout), emitter.ints(stored)], {}, result);
}

/** Inserts an axis of size 1 in the layout the value has. */
export function unsqueeze({ emitter }: Operation, source: Value, axis: number): Value {
  const layout = nativeLayout(source);
  const dims = [...source.dims.slice(0, axis), 1, ...source.dims.slice(axis)];
  const result = { dims, dtype: source.dtype, layout: withAxes(layout, [axis]) };
  return emitter.make('Unsqueeze', [emitter.in(source, layout), emitter.ints([axis])], {}, result);
}

function transpose(operation: Operation): Value {
  const source = operation.value(0);
  const perm = operation.numbers(1).map((axis) => (axis < 0 ? axis + source.dims.length : axis));
  const view = transposedView(source, perm);
  const origin = transposedPadding(source.origin, perm);
  return origin === undefined ? view : { ...view, origin };
}

function pack(operation: Operation): Operand {
  const [first] = operation.inputs;
  const rank = (first?.dims.length ?? 0) + 1;
  const [axis = 0] = normalAxes([operation.attributes.int('axis', 0)], rank);
  const parts = operation.inputs.map((operand) => unsqueeze(operation, operation.emitter.value(operand), axis));
  return parts.length === 1 ? at(parts, 0) : concat(operation, parts, axis);
}

function concat(operation: Operation, operands: readonly Operand[], axis: number): Value {
  const { emitter } = operation;
  const filled = operands.filter((operand) => operand.dims[axis] !== 0);
  const lead = filled.find((operand) => operand.kind === 'value') ?? at(filled, 0);
  const layout = lead.kind === 'value' ? nativeLayout(lead) : range(lead.dims.length);
  const batches = filled.some((operand) => operand.kind === 'value' && operand.dims.some(isBatch));
  const names = filled.map((operand) => {
    if (operand.kind === 'value') return emitter.in(operand, layout);
    if (batches && axis !== 0) throw new Error('a constant joins a batch; convert with a fixed batch');
    return emitter.in(emitter.value(operand), layout);
  });
  const size = filled.reduce((sum, operand) => sum + at(operand.dims, axis), 0);
  const dims = lead.dims.map((dim, i) => (i === axis ? size : dim));
  return emitter.make('Concat', names, { axis: int(layout.indexOf(axis)) }, { dims, dtype: lead.dtype, layout });
}

function pad(operation: Operation, value: number): Value {
  const { emitter } = operation;
  const source = operation.value(0);
  const numbers = operation.numbers(1);
  const pads = source.dims.map((_, axis) => [at(numbers, 2 * axis), at(numbers, 2 * axis + 1)] as const);
  const layout = nativeLayout(source);
  const placed = pick(pads, layout);
  const amounts = [...placed.map(([before]) => before), ...placed.map(([, after]) => after)];
  const inputs = [emitter.in(source, layout), emitter.ints(amounts)];
  if (value !== 0) inputs.push(emitter.floats([value], []));
  const dims = source.dims.map((dim, axis) => dim + at(at(pads, axis), 0) + at(at(pads, axis), 1));
  const origin = { kind: 'padded', source, pads, fill: value } as const;
  return emitter.make('Pad', inputs, {}, { dims, layout, origin });
}

function tile(operation: Operation): Value {
  const source = operation.value(0);
  const repeats = operation.numbers(1);
  const layout = nativeLayout(source);
  const dims = source.dims.map((dim, axis) => dim * at(repeats, axis));
  const inputs = [operation.emitter.in(source, layout), operation.emitter.ints(pick(repeats, layout))];
  return operation.emitter.make('Tile', inputs, {}, { dims, dtype: source.dtype, layout });
}

/** A constant, unless the value is only known at run time. */
function fill(operation: Operation, dims: readonly number[], value: Operand): Operand {
  if (dims.some(isBatch)) throw new Error('a filled tensor has the batch in its shape; convert with a fixed batch');
  if (value.kind === 'constant') return filled(dims, value);
  return operation.emitter.make(
    'Expand',
    [operation.emitter.in(value, []), operation.emitter.ints(dims)],
    {},
    { dims, dtype: value.dtype },
  );
}

function filled(dims: readonly number[], value: Constant): Constant {
  return constant(dims, value.dtype, new Array<number>(product(dims)).fill(at(value.data, 0)));
}
