/**
 * The three custom operators of MediaPipe's attention mesh in ONNX terms: a rotated box round some points becomes a
 * matrix, the feature map is sampled through it, and the points found there are mapped back.
 */

import { int, ints, string } from '../onnx/index.ts';
import type { ConvertContext } from './convert.ts';
import { type FlexMap, readFlexMap } from './flexbuffer.ts';
import type { TfliteOperator } from './model.ts';

/**
 * Points N×P×3 → matrix N×4×4 from crop pixels to picture pixels. The crop is the bounding box of the subset in a
 * frame turned so that the line from the left to the right rotation point lies level, scaled about its centre:
 * shift(centre) · rotate(−r) · scale(box ÷ output) · shift(−output ÷ 2), with r = target − atan2(dy, dx).
 * atan2 is not needed: cos and sin of the line's angle are dx and dy over its length.
 */
export function landmarksToMatrix(context: ConvertContext, { inputs, outputs, custom }: TfliteOperator): void {
  const [input = -1] = inputs;
  const [output = -1] = outputs;
  const { builder } = context;
  const options = readFlexMap(custom);
  const points = builder.node('Slice', [context.plain(input), builder.ints([0]), builder.ints([2]), builder.ints([2])]);
  const pick = (indices: readonly number[]): string =>
    builder.node('Gather', [points, builder.ints(indices)], { axis: int(1) });
  const op = (name: string, a: string, b: string): string => builder.node(name, [a, b]);
  const scalar = (value: number): string => builder.floats([value], []);
  // d: N×1×2 along the line of the rotation points; x, y: N×1×1.
  const d = op('Sub', pick([optionOf(options, 'right_rotation_idx')]), pick([optionOf(options, 'left_rotation_idx')]));
  const unit = op('Div', d, builder.node('ReduceL2', [d], { axes: ints(2), keepdims: int(1) }));
  const [lineCos, lineSin] = [column(context, unit, 0), column(context, unit, 1)];
  const target = optionOf(options, 'target_rotation_radians');
  const turn = (a: number, b: number): string =>
    op('Add', op('Mul', lineCos, scalar(a)), op('Mul', lineSin, scalar(b)));
  const cos = turn(Math.cos(target), Math.sin(target));
  const sin = turn(Math.sin(target), -Math.cos(target));
  // The subset in the turned frame, its box, and the box's centre turned back.
  const subset = pick(optionsOf(options, 'subset_idxs'));
  const [x, y] = [column(context, subset, 0), column(context, subset, 1)];
  const turnedX = op('Sub', op('Mul', x, cos), op('Mul', y, sin));
  const turnedY = op('Add', op('Mul', x, sin), op('Mul', y, cos));
  const extreme = (reduce: string, values: string): string =>
    builder.node(reduce, [values], { axes: ints(1), keepdims: int(1) });
  const [maxX, minX] = [extreme('ReduceMax', turnedX), extreme('ReduceMin', turnedX)];
  const [maxY, minY] = [extreme('ReduceMax', turnedY), extreme('ReduceMin', turnedY)];
  const middleX = op('Mul', op('Add', maxX, minX), scalar(0.5));
  const middleY = op('Mul', op('Add', maxY, minY), scalar(0.5));
  const centreX = op('Add', op('Mul', middleX, cos), op('Mul', middleY, sin));
  const centreY = op('Sub', op('Mul', middleY, cos), op('Mul', middleX, sin));
  const width = optionOf(options, 'output_width');
  const height = optionOf(options, 'output_height');
  const scaleX = op('Mul', op('Sub', maxX, minX), scalar(optionOf(options, 'scale_x') / width));
  const scaleY = op('Mul', op('Sub', maxY, minY), scalar(optionOf(options, 'scale_y') / height));
  const [a, b] = [op('Mul', cos, scaleX), op('Mul', sin, scaleY)];
  const [e, f] = [builder.node('Neg', [op('Mul', sin, scaleX)]), op('Mul', cos, scaleY)];
  const shift = (centre: string, p: string, q: string): string =>
    op('Sub', centre, op('Add', op('Mul', p, scalar(width / 2)), op('Mul', q, scalar(height / 2))));
  const zero = op('Mul', cos, scalar(0));
  const one = op('Add', zero, scalar(1));
  const row = (...cells: string[]): string => builder.node('Concat', cells, { axis: int(2) });
  const rows = [
    row(a, b, zero, shift(centreX, a, b)),
    row(e, f, zero, shift(centreY, e, f)),
    row(zero, zero, one, zero),
    row(zero, zero, zero, one),
  ];
  context.setPlain(output, builder.node('Concat', rows, { axis: int(1) }));
}

/**
 * Feature map and matrix → the map sampled bilinearly at matrix · (column + ½, row + ½) − ½; 0 where that lies outside
 * the centres of the map's outer pixels.
 */
export function transformTensor(context: ConvertContext, { inputs, outputs }: TfliteOperator): void {
  const [map = -1, matrix = -1] = inputs;
  const [output = -1] = outputs;
  const { builder } = context;
  const [, mapHeight = 1, mapWidth = 1] = context.shape(map);
  const [, height = 1, width = 1] = context.shape(output);
  const cells = Array.from({ length: height * width }, (_, i) => [(i % width) + 0.5, Math.floor(i / width) + 0.5, 1]);
  const at = builder.node('MatMul', [builder.floats(cells.flat(), [cells.length, 3]), columnsOf(context, matrix)]);
  // GridSample counts −1…1 between the centres of the outer pixels.
  const factor = builder.floats([2 / (mapWidth - 1), 2 / (mapHeight - 1)]);
  const offset = builder.floats([-1 / (mapWidth - 1) - 1, -1 / (mapHeight - 1) - 1]);
  const relative = builder.node('Add', [builder.node('Mul', [at, factor]), offset]);
  const grid = builder.node('Reshape', [relative, builder.ints([0, height, width, 2])]);
  const sampled = builder.node('GridSample', [context.nchw(map), grid], {
    mode: string('bilinear'),
    padding_mode: string('border'),
    align_corners: int(1),
  });
  const farthest = builder.node('ReduceMax', [builder.node('Abs', [relative])], { axes: ints(2), keepdims: int(0) });
  const inside = builder.node('LessOrEqual', [farthest, builder.floats([1], [])]);
  const mask = builder.node('Reshape', [
    builder.node('Cast', [inside], { to: int(1) }),
    builder.ints([0, 1, height, width]),
  ]);
  context.setNchw(output, builder.node('Mul', [sampled, mask]));
}

/** Points N×P×2 through the matrix. */
export function transformLandmarks(context: ConvertContext, { inputs, outputs }: TfliteOperator): void {
  const [points = -1, matrix = -1] = inputs;
  const [output = -1] = outputs;
  if (context.shape(points).at(-1) !== 2) throw new Error('Expected TransformLandmarks of points in two dimensions');
  const { builder } = context;
  const columns = columnsOf(context, matrix);
  const part = (from: number, to: number): string =>
    builder.node('Slice', [columns, builder.ints([from]), builder.ints([to]), builder.ints([1])]);
  const turned = builder.node('MatMul', [context.plain(points), part(0, 2)]);
  context.setPlain(output, builder.node('Add', [turned, part(2, 3)]));
}

/** Matrix N×4×4 → the transposed affine part N×3×2: what a row (x, y, 1) is multiplied with. */
function columnsOf(context: ConvertContext, matrix: number): string {
  const { builder } = context;
  const rows = builder.node('Gather', [context.plain(matrix), builder.ints([0, 1])], { axis: int(1) });
  const affine = builder.node('Gather', [rows, builder.ints([0, 1, 3])], { axis: int(2) });
  return builder.node('Transpose', [affine], { perm: ints(0, 2, 1) });
}

function column(context: ConvertContext, value: string, index: number): string {
  return context.builder.node('Gather', [value, context.builder.ints([index])], { axis: int(2) });
}

/** A number among a custom operator's options. */
function optionOf(options: FlexMap, name: string): number {
  const value = options[name];
  if (typeof value !== 'number') throw new Error(`Expected the custom operator's option ${name} to be a number`);
  return value;
}

/** A list of numbers among a custom operator's options. */
export function optionsOf(options: FlexMap, name: string): readonly number[] {
  const value = options[name];
  if (!Array.isArray(value)) throw new Error(`Expected the custom operator's option ${name} to be a list`);
  return value;
}
