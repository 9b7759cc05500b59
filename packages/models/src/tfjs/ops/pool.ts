/** Pools, resizing and channel-to-space: operators that ONNX wants in NCHW. */
import { int, ints, string } from '../../onnx/index.ts';
import { at } from '../dims.ts';
import type { Operation, OperatorTable } from '../operator.ts';
import { nchw, type Value } from '../value.ts';
import { placeWindow, spatial } from './window.ts';

export const spatialOperators: OperatorTable = {
  MaxPool: (operation) => pool(operation, 'MaxPool', (fill) => fill < -1e30),
  AvgPool: (operation) => pool(operation, 'AveragePool', () => false),
  ResizeBilinear: (operation) => resize(operation, 'linear'),
  ResizeNearestNeighbor: (operation) => resize(operation, 'nearest'),
  DepthToSpace: (operation) => depthToSpace(operation),
};

function pool(operation: Operation, op: string, fits: (fill: number) => boolean): Value {
  const kernel = spatial(operation.attributes, 'ksize');
  const window = placeWindow(operation, kernel, fits);
  const [batch = 0, , , channels = 0] = window.source.dims;
  return operation.emitter.make(
    op,
    [operation.emitter.in(window.source, nchw)],
    { kernel_shape: ints(...kernel), strides: ints(...window.strides), pads: ints(...window.pads) },
    { dims: [batch, ...window.size, channels], layout: nchw },
  );
}

/** Resize by scales where they are exact in float32, which leaves the batch free; by sizes otherwise. */
function resize(operation: Operation, mode: 'linear' | 'nearest'): Value {
  const { emitter, attributes } = operation;
  const source = operation.value(0);
  const [height = 0, width = 0] = operation.numbers(1);
  const dims = [at(source.dims, 0), height, width, at(source.dims, 3)];
  const input = emitter.in(source, nchw);
  const scales = [height / at(source.dims, 1), width / at(source.dims, 2)];
  const exact = scales.every((scale) => Number.isInteger(Math.log2(scale)) || Number.isInteger(scale));
  const target = exact
    ? ['', emitter.floats([1, 1, ...scales])]
    : [
        '',
        '',
        emitter.node('Concat', [leadingSizes(operation, input), emitter.ints([height, width])], { axis: int(0) }),
      ];
  const half = attributes.flag('half_pixel_centers');
  const corners = attributes.flag('align_corners');
  const settings = {
    mode: string(mode),
    coordinate_transformation_mode: string(corners ? 'align_corners' : half ? 'half_pixel' : 'asymmetric'),
    nearest_mode: string(corners ? 'round_prefer_ceil' : 'floor'),
  };
  return emitter.make('Resize', [input, ...target], settings, { dims, layout: nchw });
}

/** Batch and channels of an NCHW tensor, read at run time. */
function leadingSizes(operation: Operation, input: string): string {
  const { emitter } = operation;
  const shape = emitter.node('Shape', [input]);
  return emitter.node('Slice', [shape, emitter.ints([0]), emitter.ints([2])]);
}

function depthToSpace(operation: Operation): Value {
  const block = operation.attributes.int('block_size', 2);
  const source = operation.value(0);
  const [batch = 0, height = 0, width = 0, channels = 0] = source.dims;
  return operation.emitter.make(
    'DepthToSpace',
    [operation.emitter.in(source, nchw)],
    { blocksize: int(block), mode: string('DCR') },
    { dims: [batch, height * block, width * block, channels / block ** 2], layout: nchw },
  );
}
