/** Evaluates operators whose inputs are all constants: shape arithmetic, grids, slopes. */
import { type Constant, constant, type DType, reshapeConstant, transposeConstant } from './constant.ts';
import { at, broadcast, normalAxes, product, range, stridesOf } from './dims.ts';
import type { Operation } from './operator.ts';
import { castTarget } from './ops/elementwise.ts';
import { rangeSize, resolveSlice } from './ops/select.ts';
import { reshapeTarget, squeezedAxes } from './ops/shape.ts';

type Folder = (operation: Operation) => Constant;

const unary: Readonly<Record<string, (x: number) => number>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Square: (x) => x * x,
  Sqrt: Math.sqrt,
  Rsqrt: (x) => 1 / Math.sqrt(x),
  Reciprocal: (x) => 1 / x,
  Exp: Math.exp,
  Log: Math.log,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sin: Math.sin,
  Cos: Math.cos,
  LogicalNot: (x) => (x === 0 ? 1 : 0),
};

const arithmetic: Readonly<Record<string, (x: number, y: number) => number>> = {
  Add: (x, y) => x + y,
  AddV2: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  RealDiv: (x, y) => x / y,
  FloorDiv: (x, y) => Math.floor(x / y),
  FloorMod: (x, y) => x - Math.floor(x / y) * y,
  Maximum: Math.max,
  Minimum: Math.min,
  Pow: (x, y) => x ** y,
  SquaredDifference: (x, y) => (x - y) ** 2,
};

const comparison: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  Equal: (x, y) => x === y,
  NotEqual: (x, y) => x !== y,
  Greater: (x, y) => x > y,
  GreaterEqual: (x, y) => x >= y,
  Less: (x, y) => x < y,
  LessEqual: (x, y) => x <= y,
  LogicalAnd: (x, y) => x !== 0 && y !== 0,
  LogicalOr: (x, y) => x !== 0 || y !== 0,
};

const reductions: Readonly<Record<string, (x: number, y: number) => number>> = {
  Sum: (x, y) => x + y,
  Prod: (x, y) => x * y,
  Max: Math.max,
  Min: Math.min,
};

const others: Readonly<Record<string, Folder>> = {
  Reshape: (operation) =>
    reshapeConstant(operation.constant(0), reshapeTarget(operation.constant(0).dims, operation.numbers(1))),
  Squeeze: (operation) => {
    const source = operation.constant(0);
    const axes = squeezedAxes(operation);
    return reshapeConstant(
      source,
      source.dims.filter((_, i) => !axes.includes(i)),
    );
  },
  ExpandDims: (operation) => expanded(operation.constant(0), at(operation.numbers(1), 0)),
  Transpose: (operation) => transposeConstant(operation.constant(0), operation.numbers(1)),
  Cast: (operation) => cast(operation.constant(0), castTarget(operation)),
  Pack: (operation) => {
    const axis = operation.attributes.int('axis', 0);
    return joined(
      operation.inputs.map((_, i) => expanded(operation.constant(i), axis)),
      axis,
    );
  },
  ConcatV2: (operation) =>
    joined(
      range(operation.inputs.length - 1).map((i) => operation.constant(i)),
      at(operation.numbers(-1), 0),
    ),
  GatherV2: (operation) => gathered(operation.constant(0), operation.constant(1), at(operation.numbers(2), 0)),
  StridedSlice: (operation) => sliced(operation, operation.constant(0)),
  Range: (operation) => {
    const [start, limit, step] = [
      at(operation.numbers(0), 0),
      at(operation.numbers(1), 0),
      at(operation.numbers(2), 0),
    ];
    const values = range(Math.max(0, Math.ceil((limit - start) / step))).map((i) => start + i * step);
    return constant([values.length], operation.constant(0).dtype, values);
  },
  Tile: (operation) => {
    const repeats = operation.numbers(1);
    return repeats.reduce(
      (source, count, axis) => joined(new Array<Constant>(count).fill(source), axis),
      operation.constant(0),
    );
  },
  SparseToDense: (operation) => sparseToDense(operation),
};

/** The operator's value, or `undefined` when it has an input known only at run time or no evaluator. */
export function fold(operation: Operation): Constant | undefined {
  const { op, inputs } = operation;
  if (inputs.length === 0 || inputs.some((input) => input.kind !== 'constant')) return undefined;
  const one = unary[op];
  if (one !== undefined) return mapped(operation.constant(0), one);
  const two = arithmetic[op];
  if (two !== undefined)
    return combined(operation.constant(0), operation.constant(1), two, operation.constant(0).dtype);
  const compare = comparison[op];
  if (compare !== undefined) {
    return combined(operation.constant(0), operation.constant(1), (x, y) => (compare(x, y) ? 1 : 0), 'bool');
  }
  const reduction = reductions[op];
  if (reduction !== undefined) return reduced(operation, reduction);
  return others[op]?.(operation);
}

function mapped(source: Constant, compute: (x: number) => number): Constant {
  return constant(source.dims, source.dtype, Array.from(source.data, compute));
}

/** The flat index of every element of `dims` in a tensor with the given stride per axis. */
function* walk(dims: readonly number[], strides: readonly number[], start = 0): Generator<number> {
  const outer = stridesOf(dims);
  for (let i = 0; i < product(dims); i++) {
    let index = start;
    for (let axis = 0; axis < dims.length; axis++) {
      index += (Math.floor(i / at(outer, axis)) % at(dims, axis)) * at(strides, axis);
    }
    yield index;
  }
}

/** Strides that repeat a shape over the one it broadcasts to. */
function broadcastStrides(from: readonly number[], rank: number): number[] {
  const strides = stridesOf(from).map((stride, i) => (at(from, i) === 1 ? 0 : stride));
  return [...new Array<number>(rank - from.length).fill(0), ...strides];
}

function combined(left: Constant, right: Constant, compute: (x: number, y: number) => number, dtype: DType): Constant {
  const dims = broadcast(left.dims, right.dims);
  if (dims === undefined) throw new Error(`shapes [${left.dims}] and [${right.dims}] do not broadcast`);
  const rightIndex = walk(dims, broadcastStrides(right.dims, dims.length));
  const values = Array.from(walk(dims, broadcastStrides(left.dims, dims.length)), (index) =>
    compute(at(left.data, index), at(right.data, Number(rightIndex.next().value))),
  );
  return constant(dims, dtype, values);
}

function cast(source: Constant, dtype: DType): Constant {
  if (dtype === source.dtype) return source;
  const convert =
    dtype === 'bool' ? (x: number) => (x === 0 ? 0 : 1) : dtype === 'int32' ? Math.trunc : (x: number) => x;
  return constant(source.dims, dtype, Array.from(source.data, convert));
}

function expanded(source: Constant, axis: number): Constant {
  const place = axis < 0 ? axis + source.dims.length + 1 : axis;
  return reshapeConstant(source, [...source.dims.slice(0, place), 1, ...source.dims.slice(place)]);
}

function joined(parts: readonly Constant[], axis: number): Constant {
  const first = at(parts, 0);
  const [place = 0] = normalAxes([axis], first.dims.length);
  const blocks = parts.map((part) => product(part.dims.slice(place)));
  const values: number[] = [];
  for (let outer = 0; outer < product(first.dims.slice(0, place)); outer++) {
    parts.forEach((part, i) => {
      const block = at(blocks, i);
      for (let k = 0; k < block; k++) values.push(at(part.data, outer * block + k));
    });
  }
  const size = parts.reduce((sum, part) => sum + at(part.dims, place), 0);
  return constant(
    first.dims.map((dim, i) => (i === place ? size : dim)),
    first.dtype,
    values,
  );
}

function gathered(source: Constant, indices: Constant, axis: number): Constant {
  const [place = 0] = normalAxes([axis], source.dims.length);
  const inner = product(source.dims.slice(place + 1));
  const size = at(source.dims, place);
  const values: number[] = [];
  for (let outer = 0; outer < product(source.dims.slice(0, place)); outer++) {
    for (const index of indices.data) {
      for (let k = 0; k < inner; k++) values.push(at(source.data, (outer * size + index) * inner + k));
    }
  }
  return constant(
    [...source.dims.slice(0, place), ...indices.dims, ...source.dims.slice(place + 1)],
    source.dtype,
    values,
  );
}

function sliced(operation: Operation, source: Constant): Constant {
  const { ranges, dropped, added } = resolveSlice(operation, source.dims);
  const strides = stridesOf(source.dims);
  const dims = [...source.dims];
  let start = 0;
  const steps = [...strides];
  for (const one of ranges) {
    dims[one.axis] = rangeSize(one);
    start += one.start * at(strides, one.axis);
    steps[one.axis] = one.step * at(strides, one.axis);
  }
  const values = Array.from(walk(dims, steps, start), (index) => at(source.data, index));
  const result = dims.filter((_, axis) => !dropped.includes(axis));
  for (const axis of added) result.splice(axis, 0, 1);
  return constant(result, source.dtype, values);
}

function reduced(operation: Operation, compute: (x: number, y: number) => number): Constant {
  const source = operation.constant(0);
  const axes = operation.axes(1, source.dims.length);
  const inner = source.dims.filter((_, i) => axes.includes(i));
  const outer = source.dims.filter((_, i) => !axes.includes(i));
  const order = [...range(source.dims.length).filter((i) => !axes.includes(i)), ...axes];
  const { data } = transposeConstant(source, order);
  const count = product(inner);
  const values = range(product(outer)).map((i) =>
    Array.from(data.subarray(i * count, (i + 1) * count)).reduce(compute),
  );
  const dims = operation.attributes.flag('keep_dims')
    ? source.dims.map((dim, i) => (axes.includes(i) ? 1 : dim))
    : outer;
  return constant(dims, source.dtype, values);
}

function sparseToDense(operation: Operation): Constant {
  const [indices, dims, values, otherwise] = [
    operation.constant(0),
    operation.numbers(1),
    operation.constant(2),
    operation.constant(3),
  ];
  const result = new Array<number>(product(dims)).fill(at(otherwise.data, 0));
  const strides = stridesOf(dims);
  const rank = indices.dims.length === 2 ? at(indices.dims, 1) : 1;
  for (let i = 0; i < indices.data.length / rank; i++) {
    const index = range(rank).reduce((sum, axis) => sum + at(indices.data, i * rank + axis) * at(strides, axis), 0);
    result[index] = at(values.data, values.data.length === 1 ? 0 : i);
  }
  return constant(dims, values.dtype, result);
}
