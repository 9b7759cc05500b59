/** Operators that pick parts: slices, splits, gathers, top-k, and reductions. */
import { int, ints as intsAttribute, type OnnxAttribute } from '../../onnx/index.ts';
import { at, normalAxes, range } from '../dims.ts';
import type { Operation, OperatorTable } from '../operator.ts';
import { isNchw, nativeLayout, storedValue, type Value, withoutAxes } from '../value.ts';
import { dropAxes, unsqueeze } from './shape.ts';

export const selectionOperators: OperatorTable = {
  StridedSlice: (operation) => stridedSlice(operation),
  Slice: (operation) => {
    const source = operation.value(0);
    const begin = operation.numbers(1);
    const ranges = operation.numbers(2).map((size, axis) => {
      const start = at(begin, axis);
      return { axis, start, end: size === -1 ? at(source.dims, axis) : start + size, step: 1 };
    });
    return slice(operation, source, ranges);
  },
  Split: (operation) => {
    const source = operation.value(1);
    const axis = operation.axis(0, source.dims.length);
    const count = operation.attributes.int('num_split', 1);
    return split(operation, source, axis, new Array<number>(count).fill(at(source.dims, axis) / count));
  },
  SplitV: (operation) => {
    const source = operation.value(0);
    return split(operation, source, operation.axis(2, source.dims.length), operation.numbers(1));
  },
  Unpack: (operation) => unpack(operation),
  GatherV2: (operation) => gather(operation),
  GatherNd: (operation) => gatherNd(operation),
  ArgMax: (operation) => argument(operation, 'ArgMax'),
  ArgMin: (operation) => argument(operation, 'ArgMin'),
  TopKV2: (operation) => topK(operation),
  Softmax: (operation) => {
    const source = operation.value(0);
    const layout = nativeLayout(source);
    const axis = int(layout.indexOf(source.dims.length - 1));
    return operation.emitter.make(
      'Softmax',
      [operation.emitter.in(source, layout)],
      { axis },
      { dims: source.dims, layout },
    );
  },
  Sum: (operation) => reduce(operation, 'ReduceSum'),
  Mean: (operation) => reduce(operation, 'ReduceMean'),
  Max: (operation) => reduce(operation, 'ReduceMax'),
  Min: (operation) => reduce(operation, 'ReduceMin'),
  Prod: (operation) => reduce(operation, 'ReduceProd'),
};

/** One axis of a slice; `end` is exclusive and may be −∞ for a step backwards to the start. */
export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** A TF StridedSlice resolved against a shape: ranges over the source's axes, then axes to drop, then axes to add. */
export interface ResolvedSlice {
  readonly ranges: readonly SliceRange[];
  readonly dropped: readonly number[];
  readonly added: readonly number[];
}

/** Resolves the five masks of StridedSlice. */
export function resolveSlice(operation: Operation, dims: readonly number[]): ResolvedSlice {
  const [begin, end, steps] = [operation.numbers(1), operation.numbers(2), operation.numbers(3)];
  const bit = (mask: string, i: number) => ((operation.attributes.int(mask, 0) >> i) & 1) === 1;
  const ranges: SliceRange[] = [];
  const dropped: number[] = [];
  const added: number[] = [];
  let axis = 0;
  let place = 0;
  for (let i = 0; i < begin.length; i++) {
    if (bit('ellipsis_mask', i)) {
      const later = range(begin.length)
        .slice(i + 1)
        .filter((j) => !bit('new_axis_mask', j)).length;
      place += dims.length - later - axis;
      axis = dims.length - later;
    } else if (bit('new_axis_mask', i)) {
      added.push(place++);
    } else {
      const size = at(dims, axis);
      const one = bit('shrink_axis_mask', i);
      const step = one ? 1 : at(steps, i);
      const start = bit('begin_mask', i) && !one ? (step > 0 ? 0 : size - 1) : within(at(begin, i), size);
      const stop = bit('end_mask', i) ? (step > 0 ? size : Number.NEGATIVE_INFINITY) : within(at(end, i), size);
      ranges.push({ axis, start, end: one ? start + 1 : stop, step });
      if (one) dropped.push(axis);
      else place++;
      axis++;
    }
  }
  return { ranges, dropped, added };
}

function within(index: number, size: number): number {
  return Math.min(Math.max(index < 0 ? index + size : index, 0), size);
}

/** How many elements a range picks. */
export function rangeSize({ start, end, step }: SliceRange): number {
  const stop = Number.isFinite(end) ? end : -1;
  return Math.max(0, Math.ceil((stop - start) / step));
}

function stridedSlice(operation: Operation): Value {
  const source = operation.value(0);
  const { ranges, dropped, added } = resolveSlice(operation, source.dims);
  let result = slice(operation, source, ranges);
  if (dropped.length > 0) result = dropAxes(operation, result, dropped);
  for (const axis of added) result = unsqueeze(operation, result, axis);
  return result;
}

function slice(operation: Operation, source: Value, ranges: readonly SliceRange[]): Value {
  const { emitter } = operation;
  const dims = [...source.dims];
  const cut = ranges.filter((one) => one.step !== 1 || one.start !== 0 || one.end !== at(source.dims, one.axis));
  if (cut.length === 0) return source;
  const layout = nativeLayout(source);
  for (const one of cut) dims[one.axis] = rangeSize(one);
  const inputs = [
    emitter.in(source, layout),
    emitter.ints(cut.map((one) => one.start)),
    emitter.ints(cut.map((one) => (Number.isFinite(one.end) ? one.end : -(2 ** 40)))),
    emitter.ints(cut.map((one) => layout.indexOf(one.axis))),
    emitter.ints(cut.map((one) => one.step)),
  ];
  return emitter.make('Slice', inputs, {}, { dims, dtype: source.dtype, layout });
}

function split(operation: Operation, source: Value, axis: number, given: readonly number[]): Value[] {
  const { emitter } = operation;
  const rest = at(source.dims, axis) - given.reduce((sum, size) => sum + Math.max(size, 0), 0);
  const sizes = given.map((size) => (size === -1 ? rest : size));
  const layout = nativeLayout(source);
  const inputs = [emitter.in(source, layout), emitter.ints(sizes)];
  const names = emitter.nodes('Split', inputs, { axis: int(layout.indexOf(axis)) }, sizes.length);
  return names.map((name, i) => {
    const dims = source.dims.map((dim, j) => (j === axis ? at(sizes, i) : dim));
    return storedValue(name, dims, source.dtype, layout);
  });
}

function unpack(operation: Operation): Value[] {
  const source = operation.value(0);
  const [axis = 0] = normalAxes([operation.attributes.int('axis', 0)], source.dims.length);
  const count = operation.attributes.int('num', at(source.dims, axis));
  if (count === 1 && source.dims[axis] !== 1) throw new Error('the batch is unpacked; convert with a fixed batch');
  const parts = count === 1 ? [source] : split(operation, source, axis, new Array<number>(count).fill(1));
  return parts.map((part) => dropAxes(operation, part, [axis]));
}

function gather(operation: Operation): Value {
  const { emitter } = operation;
  const source = operation.value(0);
  const indices = operation.value(1);
  const axis = operation.axis(2, source.dims.length);
  if (operation.attributes.int('batch_dims', 0) !== 0) throw new Error('batch_dims other than 0');
  const layout = indices.dims.length === 1 ? nativeLayout(source) : range(source.dims.length);
  const inputs = [emitter.in(source, layout), emitter.in(indices, range(indices.dims.length))];
  const dims = [...source.dims.slice(0, axis), ...indices.dims, ...source.dims.slice(axis + 1)];
  const result = { dims, dtype: source.dtype, ...(indices.dims.length === 1 && { layout }) };
  return emitter.make('Gather', inputs, { axis: int(layout.indexOf(axis)) }, result);
}

function gatherNd(operation: Operation): Value {
  const { emitter } = operation;
  const [source, indices] = [operation.value(0), operation.value(1)];
  const inputs = [source, indices].map((value) => emitter.in(value, range(value.dims.length)));
  const dims = [...indices.dims.slice(0, -1), ...source.dims.slice(at(indices.dims, -1))];
  return emitter.make('GatherND', inputs, {}, { dims, dtype: source.dtype });
}

function argument(operation: Operation, op: string): Value {
  const source = operation.value(0);
  const axis = operation.axis(1, source.dims.length);
  const layout = nativeLayout(source);
  const dims = source.dims.filter((_, i) => i !== axis);
  const settings = { axis: int(layout.indexOf(axis)), keepdims: int(0) };
  const input = operation.emitter.in(source, layout);
  return operation.emitter.make(op, [input], settings, { dims, dtype: 'int32', layout: withoutAxes(layout, [axis]) });
}

function topK(operation: Operation): Value[] {
  const { emitter } = operation;
  const source = operation.value(0);
  const [k = 1] = operation.numbers(1);
  const layout = nativeLayout(source);
  const dims = [...source.dims.slice(0, -1), k];
  const settings = { axis: int(layout.indexOf(source.dims.length - 1)) };
  const [values = '', indices = ''] = emitter.nodes(
    'TopK',
    [emitter.in(source, layout), emitter.ints([k])],
    settings,
    2,
  );
  return [storedValue(values, dims, source.dtype, layout), storedValue(indices, dims, 'int32', layout)];
}

function reduce(operation: Operation, op: string): Value {
  const { emitter } = operation;
  const source = operation.value(0);
  const axes = operation.axes(1, source.dims.length);
  const keep = operation.attributes.flag('keep_dims');
  const layout = nativeLayout(source);
  const input = emitter.in(source, layout);
  const kept = { dims: source.dims.map((dim, i) => (axes.includes(i) ? 1 : dim)), dtype: source.dtype, layout };
  if (op === 'ReduceMean' && isNchw(layout) && axes.join() === '1,2') {
    const pooled = emitter.make('GlobalAveragePool', [input], {}, kept);
    return keep ? pooled : dropAxes(operation, pooled, axes);
  }
  const places = axes.map((axis) => layout.indexOf(axis)).sort((a, b) => a - b);
  const result = keep
    ? kept
    : { ...kept, dims: source.dims.filter((_, i) => !axes.includes(i)), layout: withoutAxes(layout, axes) };
  const settings: Record<string, OnnxAttribute> = { keepdims: int(keep ? 1 : 0) };
  if (op === 'ReduceSum') return emitter.make(op, [input, emitter.ints(places)], settings, result);
  return emitter.make(op, [input], { ...settings, axes: intsAttribute(...places) }, result);
}
