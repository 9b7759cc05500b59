/** Convolutions: plain, depthwise, fused and transposed. */
import { int, ints, type OnnxAttribute } from '../../onnx/index.ts';
import { type Constant, reshapeConstant, transposeConstant } from '../constant.ts';
import { at, product } from '../dims.ts';
import type { Operation, OperatorTable } from '../operator.ts';
import { nchw, type Value } from '../value.ts';
import { fusedActivation } from './activation.ts';
import { linearValue } from './linear.ts';
import { placeWindow, samePads, spatial } from './window.ts';

export const convolutionOperators: OperatorTable = {
  Conv2D: (operation) => convolution(operation),
  _FusedConv2D: (operation) => fusedActivation(operation, convolution(operation), 3),
  DepthwiseConv2dNative: (operation) => depthwise(operation),
  FusedDepthwiseConv2dNative: (operation) => fusedActivation(operation, depthwise(operation), 3),
  Conv2DBackpropInput: (operation) => transposed(operation),
};

function convolution(operation: Operation): Value {
  const filter = operation.constant(1);
  return windowed(operation, filter, transposeConstant(filter, [3, 2, 0, 1]), 1);
}

/** TF's [h, w, in, multiplier] is ONNX's [in · multiplier, 1, h, w] with one group per input channel. */
function depthwise(operation: Operation): Value {
  const filter = operation.constant(1);
  const [height = 0, width = 0, channels = 0, multiplier = 0] = filter.dims;
  const kernel = reshapeConstant(transposeConstant(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
  return windowed(operation, filter, kernel, channels);
}

function windowed(operation: Operation, filter: Constant, kernel: Constant, group: number): Value {
  const { emitter } = operation;
  const size = [at(filter.dims, 0), at(filter.dims, 1)] as const;
  const window = placeWindow(operation, size, (fill) => fill === 0);
  const channels = at(kernel.dims, 0);
  const dims = [at(window.source.dims, 0), ...window.size, channels];
  const attributes: Record<string, OnnxAttribute> = {
    kernel_shape: ints(...size),
    strides: ints(...window.strides),
    pads: ints(...window.pads),
    dilations: ints(...window.dilations),
    group: int(group),
  };
  const input = emitter.in(window.source, nchw);
  return linearValue(biasOf(operation, channels), (scale, shift, origin) => {
    const inputs = [input, emitter.scaledConstant(kernel, 0, scale)];
    if (shift.some((value) => value !== 0)) inputs.push(emitter.floats(shift));
    return emitter.make('Conv', inputs, attributes, { dims, layout: nchw, origin });
  });
}

/** The bias of a fused operator, or zeros. */
export function biasOf(operation: Operation, channels: number): Float64Array {
  if (!operation.attributes.texts('fused_ops').includes('BiasAdd')) return new Float64Array(channels);
  return Float64Array.from(operation.constant(2).data);
}

/** Conv2DBackpropInput: inputs are the output's shape, the filter [h, w, out, in] and the picture. */
function transposed(operation: Operation): Value {
  const { emitter, attributes } = operation;
  const target = operation.numbers(0);
  const filter = operation.constant(1);
  const source = operation.value(2);
  const kernel = transposeConstant(filter, [3, 2, 0, 1]);
  const strides = spatial(attributes, 'strides');
  if (product(spatial(attributes, 'dilations')) !== 1) throw new Error('dilated transposed convolution');
  const along = [0, 1].map((i) => {
    const [full, small, stride, reach] = [
      at(target, i + 1),
      at(source.dims, i + 1),
      at(strides, i),
      at(filter.dims, i),
    ];
    const [before, after] = attributes.text('padding') === 'SAME' ? samePads(full, reach, stride) : [0, 0];
    return { before, after, extra: full - (stride * (small - 1) + reach - before - after) };
  });
  const [y, x] = [at(along, 0), at(along, 1)];
  const channels = at(kernel.dims, 1);
  const dims = [at(source.dims, 0), at(target, 1), at(target, 2), channels];
  const settings = {
    kernel_shape: ints(at(filter.dims, 0), at(filter.dims, 1)),
    strides: ints(...strides),
    pads: ints(y.before, x.before, y.after, x.after),
    output_padding: ints(y.extra, x.extra),
  };
  const input = emitter.in(source, nchw);
  return linearValue(new Float64Array(channels), (scale, shift, origin) => {
    const inputs = [input, emitter.scaledConstant(kernel, 1, scale)];
    if (shift.some((value) => value !== 0)) inputs.push(emitter.floats(shift));
    return emitter.make('ConvTranspose', inputs, settings, { dims, layout: nchw, origin });
  });
}
