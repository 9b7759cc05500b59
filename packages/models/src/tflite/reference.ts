/**
 * A plain, slow TFLite interpreter: the reference that conversions are held against where no TFLite runtime runs.
 * It shares the file reader with the converter and nothing else: NHWC throughout, one loop per definition.
 */

import { decodeValues } from './convert.ts';
import type { Table } from './flatbuffer.ts';
import { readFlexMap } from './flexbuffer.ts';
import type { TfliteModel, TfliteOperator } from './model.ts';

interface Value {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Runs a file's graph on one sample in NHWC; gives every tensor that was computed, by name. Batch is taken as 1. */
export function interpretTflite(model: TfliteModel, input: Float32Array): Map<string, Float32Array> {
  const values = new Map<number, Value>();
  for (const tensor of model.tensors) {
    if (tensor.data) values.set(tensor.index, { shape: tensor.shape, data: decodeValues(tensor) });
  }
  const single = (index: number): readonly number[] => [1, ...(model.tensors[index]?.shape.slice(1) ?? [])];
  const [entry = -1] = model.inputs;
  values.set(entry, { shape: single(entry), data: input });
  for (const operator of model.operators) {
    const [output = -1] = operator.outputs;
    const inputs = operator.inputs.flatMap((index) => values.get(index) ?? []);
    const shape = operator.op === 'DEQUANTIZE' ? (model.tensors[output]?.shape ?? []) : single(output);
    values.set(output, { shape, data: compute(operator, inputs, shape) });
  }
  return new Map([...values].map(([index, value]) => [model.tensors[index]?.name ?? '', value.data]));
}

function compute(operator: TfliteOperator, inputs: readonly Value[], shape: readonly number[]): Float32Array {
  const [a, b, c] = inputs;
  const { op, options } = operator;
  if (!a) throw new Error(`Expected operator ${op} with inputs`);
  if (op === 'DEQUANTIZE' || op === 'RESHAPE') return a.data;
  if (op === 'RELU') return a.data.map((x) => Math.max(x, 0));
  if (op === 'ABS') return a.data.map(Math.abs);
  if (op === 'LOGISTIC') return a.data.map((x) => 1 / (1 + Math.exp(-x)));
  if (op === 'MAX_POOL_2D' && options) return maxPool(a, options, shape);
  if (op === 'Landmarks2TransformMatrix') return cropMatrix(a, operator);
  if (!b) throw new Error(`Expected operator ${op} among those that the reference knows, with two inputs`);
  if (op === 'ADD')
    return withActivation(
      zip(a, b, shape, (x, y) => x + y),
      options?.int8(0),
    );
  if (op === 'SUB')
    return withActivation(
      zip(a, b, shape, (x, y) => x - y),
      options?.int8(0),
    );
  if (op === 'MUL')
    return withActivation(
      zip(a, b, shape, (x, y) => x * y),
      options?.int8(0),
    );
  if (op === 'PRELU') return zip(a, b, shape, (x, slope) => (x < 0 ? x * slope : x));
  if (op === 'PAD') return padded(a, b, shape);
  if (op === 'CONCATENATION') return joined(inputs, (options?.int32(0) ?? 0) + 0, shape);
  if (op === 'RESIZE_BILINEAR' && options) return resized(a, options, shape);
  if (op === 'SLICE' || op === 'STRIDED_SLICE') return sliced(a, b, shape); // steps of one, as all sources have
  if (op === 'TransformTensorBilinear') return sampled(a, b, shape);
  if (op === 'TransformLandmarks') return mapped(a, b);
  if (!c || !options) throw new Error(`Expected operator ${op} among those that the reference knows`);
  if (op === 'CONV_2D') return withActivation(convolved(a, b, c, options, shape, false), options.int8(3));
  if (op === 'DEPTHWISE_CONV_2D') return withActivation(convolved(a, b, c, options, shape, true), options.int8(4));
  throw new Error(`Expected operators that the reference knows, got ${op}`);
}

function withActivation(data: Float32Array, activation = 0): Float32Array {
  if (activation === 1) return data.map((x) => Math.max(x, 0));
  if (activation === 3) return data.map((x) => Math.min(Math.max(x, 0), 6));
  return data;
}

/** Elementwise with broadcasting along leading dimensions and dimensions of one. */
function zip(a: Value, b: Value, shape: readonly number[], f: (x: number, y: number) => number): Float32Array {
  const at = (value: Value): ((i: number) => number) => {
    const dims = [...Array<number>(shape.length - value.shape.length).fill(1), ...value.shape];
    if (value.data.length === 1) return () => 0;
    return (i) => {
      let rest = i;
      let offset = 0;
      let step = 1;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        const size = shape[axis] ?? 1;
        const index = rest % size;
        rest = (rest - index) / size;
        const own = dims[axis] ?? 1;
        offset += (own === 1 ? 0 : index) * step;
        step *= own;
      }
      return offset;
    };
  };
  const [first, second] = [at(a), at(b)];
  const length = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, i) => f(a.data[first(i)] ?? 0, b.data[second(i)] ?? 0));
}

/** How far before the first pixel a window starts. */
function lead(size: number, out: number, stride: number, reach: number, options: Table): number {
  return options.int8(0) === 1 ? 0 : Math.max((out - 1) * stride + reach - size, 0) >> 1;
}

function convolved(
  input: Value,
  weights: Value,
  bias: Value,
  options: Table,
  shape: readonly number[],
  depthwise: boolean,
): Float32Array {
  const [, inHeight = 0, inWidth = 0, inChannels = 0] = input.shape;
  const [, outHeight = 0, outWidth = 0, outChannels = 0] = shape;
  const [, kernelHeight = 0, kernelWidth = 0] = weights.shape;
  const [strideX, strideY] = [options.int32(1), options.int32(2)];
  const top = lead(inHeight, outHeight, strideY, kernelHeight, options);
  const left = lead(inWidth, outWidth, strideX, kernelWidth, options);
  const result = new Float32Array(outHeight * outWidth * outChannels);
  const sums = new Float64Array(outChannels);
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let o = 0; o < outChannels; o++) sums[o] = bias.data[o] ?? 0;
      for (let ky = 0; ky < kernelHeight; ky++) {
        const iy = oy * strideY - top + ky;
        if (iy < 0 || iy >= inHeight) continue;
        for (let kx = 0; kx < kernelWidth; kx++) {
          const ix = ox * strideX - left + kx;
          if (ix < 0 || ix >= inWidth) continue;
          const pixel = (iy * inWidth + ix) * inChannels;
          const tap = ky * kernelWidth + kx;
          if (depthwise) {
            for (let o = 0; o < outChannels; o++) {
              sums[o] = (sums[o] ?? 0) + (input.data[pixel + o] ?? 0) * (weights.data[tap * outChannels + o] ?? 0);
            }
            continue;
          }
          for (let o = 0; o < outChannels; o++) {
            const from = (o * kernelHeight * kernelWidth + tap) * inChannels;
            let sum = sums[o] ?? 0;
            for (let i = 0; i < inChannels; i++) sum += (input.data[pixel + i] ?? 0) * (weights.data[from + i] ?? 0);
            sums[o] = sum;
          }
        }
      }
      result.set(sums, (oy * outWidth + ox) * outChannels);
    }
  }
  return result;
}

function maxPool(input: Value, options: Table, shape: readonly number[]): Float32Array {
  const [, inHeight = 0, inWidth = 0, channels = 0] = input.shape;
  const [, outHeight = 0, outWidth = 0] = shape;
  const [strideX, strideY, width, height] = [1, 2, 3, 4].map((field) => options.int32(field)) as [
    number,
    number,
    number,
    number,
  ];
  const top = lead(inHeight, outHeight, strideY, height, options);
  const left = lead(inWidth, outWidth, strideX, width, options);
  const result = new Float32Array(outHeight * outWidth * channels).fill(Number.NEGATIVE_INFINITY);
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let ky = 0; ky < height; ky++) {
        for (let kx = 0; kx < width; kx++) {
          const [iy, ix] = [oy * strideY - top + ky, ox * strideX - left + kx];
          if (iy < 0 || iy >= inHeight || ix < 0 || ix >= inWidth) continue;
          for (let c = 0; c < channels; c++) {
            const to = (oy * outWidth + ox) * channels + c;
            result[to] = Math.max(result[to] ?? 0, input.data[(iy * inWidth + ix) * channels + c] ?? 0);
          }
        }
      }
    }
  }
  return result;
}

function padded(input: Value, paddings: Value, shape: readonly number[]): Float32Array {
  const [, inHeight = 0, inWidth = 0, inChannels = 0] = input.shape;
  const [, , outWidth = 0, outChannels = 0] = shape;
  const [, , top = 0, , left = 0, , front = 0] = paddings.data;
  const result = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let y = 0; y < inHeight; y++) {
    for (let x = 0; x < inWidth; x++) {
      const from = (y * inWidth + x) * inChannels;
      const to = ((y + top) * outWidth + x + left) * outChannels + front;
      result.set(input.data.subarray(from, from + inChannels), to);
    }
  }
  return result;
}

function joined(inputs: readonly Value[], axis: number, shape: readonly number[]): Float32Array {
  const at = (axis + shape.length) % shape.length;
  const outer = shape.slice(0, at).reduce((product, size) => product * size, 1);
  const result: number[] = [];
  for (let i = 0; i < outer; i++) {
    for (const { data } of inputs) {
      const each = data.length / outer;
      for (let k = 0; k < each; k++) result.push(data[i * each + k] ?? 0);
    }
  }
  return Float32Array.from(result);
}

function sliced(input: Value, begin: Value, shape: readonly number[]): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, i) => {
    let rest = i;
    let offset = 0;
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      offset += ((rest % size) + (begin.data[axis] ?? 0)) * step;
      rest = Math.floor(rest / size);
      step *= input.shape[axis] ?? 1;
    }
    return input.data[offset] ?? 0;
  });
}

/** A pixel's channel at a fractional place, clamped to the edge. */
function bilinear({ shape, data }: Value, y: number, x: number, c: number): number {
  const [, height = 0, width = 0, channels = 0] = shape;
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const read = (row: number, column: number): number => {
    const r = Math.min(Math.max(row, 0), height - 1);
    const q = Math.min(Math.max(column, 0), width - 1);
    return data[(r * width + q) * channels + c] ?? 0;
  };
  const [fy, fx] = [y - y0, x - x0];
  const upper = (1 - fx) * read(y0, x0) + fx * read(y0, x0 + 1);
  const lower = (1 - fx) * read(y0 + 1, x0) + fx * read(y0 + 1, x0 + 1);
  return (1 - fy) * upper + fy * lower;
}

function overPixels(shape: readonly number[], f: (y: number, x: number, c: number) => number): Float32Array {
  const [, height = 0, width = 0, channels = 0] = shape;
  const result = new Float32Array(height * width * channels);
  for (let i = 0; i < result.length; i++) {
    const pixel = Math.floor(i / channels);
    result[i] = f(Math.floor(pixel / width), pixel % width, i % channels);
  }
  return result;
}

function resized(input: Value, options: Table, shape: readonly number[]): Float32Array {
  const [, fromHeight = 1, fromWidth = 1] = input.shape;
  const [, height = 1, width = 1] = shape;
  const place = (at: number, from: number, to: number): number => {
    if (options.flag(2)) return (at * (from - 1)) / (to - 1);
    if (options.flag(3)) return ((at + 0.5) * from) / to - 0.5;
    return (at * from) / to;
  };
  const within = (value: number, size: number): number => Math.min(Math.max(value, 0), size - 1);
  return overPixels(shape, (y, x, c) =>
    bilinear(input, within(place(y, fromHeight, height), fromHeight), within(place(x, fromWidth, width), fromWidth), c),
  );
}

function cropMatrix(points: Value, { custom }: TfliteOperator): Float32Array {
  const options = readFlexMap(custom);
  const number = (name: string): number => Number(options[name]);
  const point = (i: number): [number, number] => [points.data[i * 3] ?? 0, points.data[i * 3 + 1] ?? 0];
  const [lx, ly] = point(number('left_rotation_idx'));
  const [rx, ry] = point(number('right_rotation_idx'));
  const angle = number('target_rotation_radians') - Math.atan2(ry - ly, rx - lx);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = (options.subset_idxs as readonly number[])
    .map(point)
    .map(([x, y]) => [cos * x - sin * y, sin * x + cos * y]);
  const [xs, ys] = [turned.map(([x = 0]) => x), turned.map(([, y = 0]) => y)];
  const span = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [[x0, x1], [y0, y1]] = [span(xs), span(ys)];
  const [mx, my] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [width, height] = [number('output_width'), number('output_height')];
  const sx = (number('scale_x') * (x1 - x0)) / width;
  const sy = (number('scale_y') * (y1 - y0)) / height;
  const [a, b, d, e] = [cos * sx, sin * sy, -sin * sx, cos * sy];
  const tx = cos * mx + sin * my - (a * width) / 2 - (b * height) / 2;
  const ty = -sin * mx + cos * my - (d * width) / 2 - (e * height) / 2;
  return Float32Array.of(a, b, 0, tx, d, e, 0, ty, 0, 0, 1, 0, 0, 0, 0, 1);
}

function through(matrix: Value, x: number, y: number): [number, number] {
  const [a = 0, b = 0, , tx = 0, d = 0, e = 0, , ty = 0] = matrix.data;
  return [a * x + b * y + tx, d * x + e * y + ty];
}

function sampled(map: Value, matrix: Value, shape: readonly number[]): Float32Array {
  const [, height = 0, width = 0] = map.shape;
  return overPixels(shape, (row, column, c) => {
    const [x, y] = through(matrix, column + 0.5, row + 0.5).map((at) => at - 0.5) as [number, number];
    const outside = x < 0 || y < 0 || x > width - 1 || y > height - 1;
    return outside ? 0 : bilinear(map, y, x, c);
  });
}

function mapped(points: Value, matrix: Value): Float32Array {
  const result = new Float32Array(points.data.length);
  for (let i = 0; i < result.length; i += 2) {
    result.set(through(matrix, points.data[i] ?? 0, points.data[i + 1] ?? 0), i);
  }
  return result;
}
