/** Each TFLite operator in ONNX terms. */

import { float, int, ints, type OnnxAttribute, string } from '../onnx/index.ts';
import { landmarksToMatrix, transformLandmarks, transformTensor } from './attention.ts';
import type { ConvertContext } from './convert.ts';
import type { Table } from './flatbuffer.ts';
import type { TfliteOperator } from './model.ts';

/** Emits the ONNX form of one operator. */
export type Translate = (context: ConvertContext, operator: TfliteOperator) => void;

/** Translations by TFLite's operator name. Constants behind DEQUANTIZE are looked through, so it emits nothing. */
export const operators: Readonly<Record<string, Translate>> = {
  DEQUANTIZE: () => {},
  CONV_2D: (context, operator) => convolve(context, operator, false),
  DEPTHWISE_CONV_2D: (context, operator) => convolve(context, operator, true),
  MAX_POOL_2D: (context, operator) => pool(context, operator, 'MaxPool'),
  AVERAGE_POOL_2D: (context, operator) => pool(context, operator, 'AveragePool'),
  ADD: add,
  SUB: (context, operator) => elementwise(context, operator, 'Sub'),
  MUL: (context, operator) => elementwise(context, operator, 'Mul'),
  DIV: (context, operator) => elementwise(context, operator, 'Div'),
  RELU: (context, operator) => unary(context, operator, 'Relu'),
  RELU6: (context, operator) => unary(context, operator, 'Clip', [0, 6]),
  LOGISTIC: (context, operator) => unary(context, operator, 'Sigmoid'),
  ABS: (context, operator) => unary(context, operator, 'Abs'),
  NEG: (context, operator) => unary(context, operator, 'Neg'),
  EXP: (context, operator) => unary(context, operator, 'Exp'),
  SUM: (context, operator) => reduce(context, operator, 'ReduceSum'),
  REDUCE_MAX: (context, operator) => reduce(context, operator, 'ReduceMax'),
  FULLY_CONNECTED: fullyConnected,
  PRELU: prelu,
  PAD: pad,
  RESHAPE: reshape,
  CONCATENATION: concatenate,
  RESIZE_BILINEAR: resizeBilinear,
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  Landmarks2TransformMatrix: landmarksToMatrix,
  TransformTensorBilinear: transformTensor,
  TransformLandmarks: transformLandmarks,
};

function convolve(context: ConvertContext, { inputs, outputs, options }: TfliteOperator, depthwise: boolean): void {
  const [input = -1, weights = -1, bias = -1] = inputs;
  const [output = -1] = outputs;
  const constant = context.constant(weights);
  if (!constant || !options) throw new Error('Expected a convolution with constant weights, got computed ones');
  const [outer = 0, height = 0, width = 0, inner = 0] = constant.dims;
  const strides = [options.int32(2), options.int32(1)];
  const dilations = depthwise ? [options.int32(6, 1), options.int32(5, 1)] : [options.int32(5, 1), options.int32(4, 1)];
  // TFLite: O×H×W×I, depthwise 1×H×W×C; ONNX: O×I×H×W, depthwise C×1×H×W.
  const [planes, depth] = depthwise ? [inner, 1] : [outer, inner];
  const turned = new Float32Array(constant.values.length);
  const area = height * width;
  for (let o = 0; o < planes; o++) {
    for (let i = 0; i < depth; i++) {
      for (let p = 0; p < area; p++) {
        const from = depthwise ? p * inner + o : (o * area + p) * inner + i;
        turned[(o * depth + i) * area + p] = constant.values[from] ?? 0;
      }
    }
  }
  const names = [context.nchw(input), context.weight(turned, [planes, depth, height, width], constant.half)];
  const offsets = context.constant(bias);
  if (offsets) names.push(context.weight(offsets.values, offsets.dims, offsets.half));
  const [, , , channels = 1] = context.shape(input);
  const group = depthwise ? channels : 1;
  const result = context.builder.node('Conv', names, {
    kernel_shape: ints(height, width),
    strides: ints(...strides),
    dilations: ints(...dilations),
    group: int(group),
    pads: padsOf(context.shape(input), options, [height, width], strides, dilations),
  });
  context.setNchw(output, activate(context, result, options.int8(depthwise ? 4 : 3)));
}

/** TFLite's SAME as explicit pads: the odd pixel goes to the end. Padding number 0 is SAME, 1 is VALID. */
function padsOf(
  shape: readonly number[],
  options: Table,
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[] = [1, 1],
): OnnxAttribute {
  if (options.int8(0) === 1) return ints(0, 0, 0, 0);
  const before: number[] = [];
  const after: number[] = [];
  for (const axis of [0, 1]) {
    const size = shape[axis + 1] ?? 0;
    const stride = strides[axis] ?? 1;
    const reach = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    before.push(total >> 1);
    after.push(total - (total >> 1));
  }
  return ints(...before, ...after);
}

/** The activation fused into an operator, by its number in the schema. */
function activate(context: ConvertContext, value: string, activation: number): string {
  if (activation === 0) return value;
  if (activation === 1) return context.builder.node('Relu', [value]);
  if (activation === 3) return clip(context, value, 0, 6);
  throw new Error(`Expected a fused activation of none, relu or relu6, got number ${activation}`);
}

function clip(context: ConvertContext, value: string, low: number, high: number): string {
  const { builder } = context;
  return builder.node('Clip', [value, builder.floats([low], []), builder.floats([high], [])]);
}

function pool(context: ConvertContext, { inputs, outputs, options }: TfliteOperator, op: string): void {
  const [input = -1] = inputs;
  const [output = -1] = outputs;
  if (!options) throw new Error('Expected pooling with options, got none');
  const strides = [options.int32(2), options.int32(1)];
  const kernel = [options.int32(4), options.int32(3)];
  const result = context.builder.node(op, [context.nchw(input)], {
    kernel_shape: ints(...kernel),
    strides: ints(...strides),
    pads: padsOf(context.shape(input), options, kernel, strides),
  });
  context.setNchw(output, activate(context, result, options.int8(5)));
}

function unary(
  context: ConvertContext,
  operator: TfliteOperator,
  op: string,
  limits?: readonly [number, number],
): void {
  const [input = -1] = operator.inputs;
  const [output = -1] = operator.outputs;
  const emit = (value: string): string =>
    limits ? clip(context, value, ...limits) : context.builder.node(op, [value]);
  if (context.hasNchw(input)) context.setNchw(output, emit(context.nchw(input)));
  else context.setPlain(output, emit(context.plain(input)));
}

/** Sums or maxima along the last axes, which are no part of the batch. */
function reduce(context: ConvertContext, { inputs, outputs, options }: TfliteOperator, op: string): void {
  const [input = -1, along = -1] = inputs;
  const [output = -1] = outputs;
  const rank = context.shape(input).length;
  const axes = [...(context.constant(along)?.values ?? [])].map((axis) => (axis + rank) % rank);
  if (axes.length === 0 || axes.includes(0)) throw new Error(`Expected ${op} along constant axes other than the batch`);
  const keep = { keepdims: int(options?.flag(0) ? 1 : 0) };
  const value = context.plain(input);
  // Since operator set 13 the sum takes its axes as an input, the maximum as an attribute.
  const name =
    op === 'ReduceSum'
      ? context.builder.node(op, [value, context.builder.ints(axes)], keep)
      : context.builder.node(op, [value], { axes: ints(...axes), ...keep });
  context.setPlain(output, name);
}

/** A dense layer over all elements of a sample; a map in NCHW is taken as it lies, the columns of the weights follow. */
function fullyConnected(context: ConvertContext, { inputs, outputs, options }: TfliteOperator): void {
  const [input = -1, weights = -1, bias = -1] = inputs;
  const [output = -1] = outputs;
  const constant = context.constant(weights);
  if (!constant) throw new Error('Expected FULLY_CONNECTED with constant weights, got computed ones');
  const [rows = 0, columns = 0] = constant.dims;
  const shape = context.shape(input);
  const inNchw = shape.length === 4 && context.hasNchw(input);
  const values = inNchw ? columnsToNchw(constant.values, rows, shape) : constant.values;
  const { builder } = context;
  const flat = builder.node('Reshape', [
    inNchw ? context.nchw(input) : context.plain(input),
    builder.ints([-1, columns]),
  ]);
  const names = [flat, context.weight(values, [rows, columns], constant.half)];
  const offsets = context.constant(bias);
  if (offsets) names.push(context.weight(offsets.values, offsets.dims, offsets.half));
  const result = builder.node('Gemm', names, { transB: int(1) });
  context.setPlain(output, activate(context, result, options?.int8(0) ?? 0));
}

/** Weights over H×W×C reordered to C×H×W, row by row. */
function columnsToNchw(values: Float32Array, rows: number, shape: readonly number[]): Float32Array {
  const [, height = 1, width = 1, channels = 1] = shape;
  const area = height * width;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const start = row * area * channels;
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < channels; c++) turned[start + c * area + p] = values[start + p * channels + c] ?? 0;
    }
  }
  return turned;
}

/** Addition, or the last step of a PReLU spelt as relu(x) + c·(x − |x|) (slope 2c) or relu(x) + c·(−relu(−x)) (slope c). */
function add(context: ConvertContext, operator: TfliteOperator): void {
  const spelt = speltPrelu(context, operator);
  if (!spelt) {
    elementwise(context, operator, 'Add');
    return;
  }
  const [output = -1] = operator.outputs;
  const map = context.shape(output).length === 4;
  const { values, half } = spelt.slope;
  const dims = map ? [values.length, 1, 1] : [values.length];
  const slope = context.weight(
    values.map((value) => spelt.factor * value),
    dims,
    half,
  );
  const { builder } = context;
  if (map) context.setNchw(output, builder.node('PRelu', [context.nchw(spelt.input), slope]));
  else context.setPlain(output, builder.node('PRelu', [context.plain(spelt.input), slope]));
}

function speltPrelu(context: ConvertContext, { inputs }: TfliteOperator) {
  const [relu, product] = inputs.map((input) => context.producer(input));
  if (relu?.op !== 'RELU' || product?.op !== 'MUL') return undefined;
  const [x = -1] = relu.inputs;
  for (const [factor = -1, difference = -1] of [product.inputs, product.inputs.toReversed()]) {
    const slope = context.constant(factor);
    const sub = context.producer(difference);
    const abs = sub && context.producer(sub.inputs[1] ?? -1);
    if (slope && sub?.op === 'SUB' && sub.inputs[0] === x && abs?.op === 'ABS' && abs.inputs[0] === x) {
      return { input: x, slope, factor: 2 };
    }
    const below = context.producer(through(context, difference, 'NEG'));
    const inner = below?.op === 'RELU' ? through(context, below.inputs[0] ?? -1, 'NEG') : -1;
    if (slope && inner === x) return { input: x, slope, factor: 1 };
  }
  return undefined;
}

/** The input of the operator that makes a tensor, when it is an `op`; −1 otherwise. */
function through(context: ConvertContext, tensor: number, op: string): number {
  const producer = context.producer(tensor);
  return producer?.op === op ? (producer.inputs[0] ?? -1) : -1;
}

function elementwise(context: ConvertContext, { inputs, outputs, options }: TfliteOperator, op: string): void {
  const [output = -1] = outputs;
  const inNchw = context.shape(output).length === 4 && inputs.some((input) => context.hasNchw(input));
  const names = inputs.map((input) => {
    const constant = context.constant(input);
    if (!inNchw) return context.plain(input);
    if (!constant) return context.nchw(input);
    return perChannel(context, constant.values, constant.dims, constant.half);
  });
  const result = activate(context, context.builder.node(op, names), options?.int8(0) ?? 0);
  if (inNchw) context.setNchw(output, result);
  else context.setPlain(output, result);
}

/** A scalar or a constant along the channels, shaped so that it broadcasts in NCHW. */
function perChannel(context: ConvertContext, values: Float32Array, dims: readonly number[], half: boolean): string {
  if (values.length === 1) return context.weight(values, [], half);
  if (values.length !== dims.at(-1)) throw new Error(`Expected a constant along the channels, got ${dims.join('×')}`);
  return context.weight(values, [values.length, 1, 1], half);
}

function prelu(context: ConvertContext, { inputs, outputs }: TfliteOperator): void {
  const [input = -1, slope = -1] = inputs;
  const [output = -1] = outputs;
  const constant = context.constant(slope);
  if (!constant) throw new Error('Expected PRELU with a constant slope, got a computed one');
  const name = perChannel(context, constant.values, constant.dims, constant.half);
  context.setNchw(output, context.builder.node('PRelu', [context.nchw(input), name]));
}

function pad(context: ConvertContext, { inputs, outputs }: TfliteOperator): void {
  const [input = -1, paddings = -1] = inputs;
  const [output = -1] = outputs;
  const amounts = context.constant(paddings)?.values;
  if (amounts?.length !== 8) throw new Error('Expected PAD of four dimensions by a constant, got another form');
  const order = [0, 3, 1, 2];
  const pads = [0, 1].flatMap((end) => order.map((axis) => amounts[axis * 2 + end] ?? 0));
  context.setNchw(output, context.builder.node('Pad', [context.nchw(input), context.builder.ints(pads)]));
}

function reshape(context: ConvertContext, { inputs, outputs }: TfliteOperator): void {
  const [input = -1] = inputs;
  const [output = -1] = outputs;
  const [, ...rest] = context.shape(output);
  const [, height, width] = context.shape(input);
  // From one pixel the order of elements is the same in both layouts.
  const pixel = context.shape(input).length === 4 && height === 1 && width === 1 && context.hasNchw(input);
  const from = pixel ? context.nchw(input) : context.plain(input);
  context.setPlain(output, context.builder.node('Reshape', [from, context.builder.ints([0, ...rest])]));
}

function concatenate(context: ConvertContext, { inputs, outputs, options }: TfliteOperator): void {
  const [output = -1] = outputs;
  const rank = context.shape(output).length;
  const axis = ((options?.int32(0) ?? 0) + rank) % rank;
  if (rank === 4 && inputs.every((input) => context.hasNchw(input))) {
    const names = inputs.map((input) => context.nchw(input));
    context.setNchw(output, context.builder.node('Concat', names, { axis: int([0, 2, 3, 1][axis] ?? 0) }));
  } else {
    const names = inputs.map((input) => context.plain(input));
    context.setPlain(output, context.builder.node('Concat', names, { axis: int(axis) }));
  }
}

function resizeBilinear(context: ConvertContext, { inputs, outputs, options }: TfliteOperator): void {
  const [input = -1] = inputs;
  const [output = -1] = outputs;
  const [, fromHeight = 1, fromWidth = 1] = context.shape(input);
  const [, height = 1, width = 1] = context.shape(output);
  const place = options?.flag(2) ? 'align_corners' : options?.flag(3) ? 'half_pixel' : 'asymmetric';
  const scales = context.builder.floats([1, 1, height / fromHeight, width / fromWidth]);
  const name = context.builder.node('Resize', [context.nchw(input), '', scales], {
    mode: string('linear'),
    coordinate_transformation_mode: string(place),
    cubic_coeff_a: float(-0.75),
  });
  context.setNchw(output, name);
}

function slice(context: ConvertContext, { inputs, outputs }: TfliteOperator): void {
  const [input = -1, begins = -1, sizes = -1] = inputs;
  const [output = -1] = outputs;
  const begin = context.constant(begins)?.values;
  const size = context.constant(sizes)?.values;
  if (!begin || !size) throw new Error('Expected SLICE by constants, got computed bounds');
  const { builder } = context;
  const axes = [...begin.keys()].slice(1); // the batch stays whole
  const starts = axes.map((axis) => begin[axis] ?? 0);
  const ends = axes.map((axis) => ((size[axis] ?? 0) < 0 ? 2 ** 31 - 1 : (begin[axis] ?? 0) + (size[axis] ?? 0)));
  const names = [context.plain(input), builder.ints(starts), builder.ints(ends), builder.ints(axes)];
  context.setPlain(output, builder.node('Slice', names));
}

function stridedSlice(context: ConvertContext, { inputs, outputs, options }: TfliteOperator): void {
  const [input = -1, ...bounds] = inputs;
  const [output = -1] = outputs;
  const [begin, end, steps] = bounds.map((bound) => context.constant(bound)?.values);
  if (!begin || !end || !steps) throw new Error('Expected STRIDED_SLICE by constants, got computed bounds');
  if ([2, 3, 4].some((mask) => options?.int32(mask))) throw new Error('Expected STRIDED_SLICE that keeps its axes');
  const masked = (field: number, axis: number): boolean => (((options?.int32(field) ?? 0) >> axis) & 1) === 1;
  const shape = context.shape(input);
  const cuts = [...begin.keys()].slice(1).flatMap((axis) => {
    const [size = 0, step = 1] = [shape[axis], steps[axis]];
    const from = masked(0, axis) ? 0 : (begin[axis] ?? 0);
    const to = masked(1, axis) ? size : (end[axis] ?? 0);
    return from === 0 && to >= size && step === 1 ? [] : [{ axis, from, to, step }];
  });
  const { builder } = context;
  const column = (key: 'axis' | 'from' | 'to' | 'step'): string => builder.ints(cuts.map((cut) => cut[key]));
  const value = context.plain(input);
  const cut = (): string =>
    builder.node('Slice', [value, column('from'), column('to'), column('axis'), column('step')]);
  context.setPlain(output, cuts.length === 0 ? value : cut());
}
