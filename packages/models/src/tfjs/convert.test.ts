/** Converted graphs against TensorFlow.js, operator by operator. */
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../onnx/index.ts';
import { attribute, compare, count, graphFiles, type TestGraph, type TestNode } from './against-tfjs.ts';
import { convertTfjs } from './convert.ts';

const { text, texts, ints, int } = attribute;

function window(stride: number, padding: string): NonNullable<TestNode['attr']> {
  return {
    strides: ints(1, stride, stride, 1),
    padding: text(padding),
    dilations: ints(1, 1, 1, 1),
    data_format: text('NHWC'),
  };
}

const filter = { shape: [3, 3, 3, 4] };
const conv = (input: string, stride = 1, padding = 'SAME'): TestNode => ({
  name: 'conv',
  op: 'Conv2D',
  input: [input, 'w'],
  attr: window(stride, padding),
});
const zero = { shape: [], values: [0] };

describe('convertTfjs', () => {
  it.each([
    [5, 1],
    [6, 2],
    [7, 2],
    [8, 3],
  ])('pads SAME as TF does: size %i, stride %i', async (size, stride) => {
    const { difference } = await compare({
      size: [size, size + 1, 3],
      weights: { w: filter },
      nodes: [conv('x', stride)],
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it('puts a Pad into the VALID convolution after it', async () => {
    const { model, difference } = await compare({
      size: [6, 6, 3],
      weights: { w: filter, p: { shape: [4, 2], dtype: 'int32', values: [0, 0, 0, 1, 2, 1, 0, 0] } },
      nodes: [{ name: 'pad', op: 'Pad', input: ['x', 'p'] }, conv('pad', 2, 'VALID')],
    });
    expect(difference).toBeLessThan(1e-5);
    expect(count(model, 'Pad')).toBe(0);
  });

  it('folds factors and terms after a convolution, and Relu with Minimum into Clip', async () => {
    const { model, difference } = await compare({
      size: [5, 5, 3],
      weights: { w: filter, a: { shape: [4] }, b: { shape: [4] }, six: { shape: [], values: [0.5] } },
      nodes: [
        conv('x'),
        { name: 'scaled', op: 'Mul', input: ['conv', 'a'] },
        { name: 'shifted', op: 'AddV2', input: ['scaled', 'b'] },
        { name: 'relu', op: 'Relu', input: ['shifted'] },
        { name: 'clip', op: 'Minimum', input: ['relu', 'six'] },
      ],
    });
    expect(difference).toBeLessThan(1e-5);
    // NCHW in, TF's order out: one Transpose, for the output.
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['Conv', 'Clip', 'Transpose']);
  });

  it('keeps a convolution that two operators read', async () => {
    const { difference } = await compare({
      size: [5, 5, 3],
      weights: { w: filter, a: { shape: [4] } },
      nodes: [
        conv('x'),
        { name: 'scaled', op: 'Mul', input: ['conv', 'a'] },
        { name: 'sum', op: 'AddV2', input: ['scaled', 'conv'] },
      ],
    });
    expect(difference).toBeLessThan(1e-5);
  });

  const spellings: Readonly<Record<string, readonly TestNode[]>> = {
    'max and min': [
      { name: 'top', op: 'Maximum', input: ['zero', 'conv'] },
      { name: 'low', op: 'Minimum', input: ['zero', 'conv'] },
      { name: 'scaled', op: 'Mul', input: ['alpha', 'low'] },
    ],
    'two relus': [
      { name: 'top', op: 'Relu', input: ['conv'] },
      { name: 'flipped', op: 'Neg', input: ['conv'] },
      { name: 'low', op: 'Relu', input: ['flipped'] },
      { name: 'scaled', op: 'Mul', input: ['low', 'alpha'] },
    ],
    'x − |x|': [
      { name: 'top', op: 'Relu', input: ['conv'] },
      { name: 'size', op: 'Abs', input: ['conv'] },
      { name: 'low', op: 'Sub', input: ['conv', 'size'] },
      { name: 'scaled', op: 'Mul', input: ['low', 'alpha'] },
    ],
  };
  it.each(Object.entries(spellings))('recognises PRelu spelled by %s', async (_, nodes) => {
    const { model, difference } = await compare({
      size: [4, 4, 3],
      weights: { w: filter, zero, alpha: { shape: [4] } },
      nodes: [conv('x'), ...nodes, { name: 'sum', op: 'AddV2', input: ['top', 'scaled'] }],
    });
    expect(difference).toBeLessThan(1e-5);
    expect(model.graph.nodes.map((node) => node.op)).toEqual(['Conv', 'PRelu', 'Transpose']);
  });

  it('converts depthwise, fused, pooling, resizing and dense layers in one net', async () => {
    const { model, difference } = await compare(smallNet);
    expect(difference).toBeLessThan(1e-5);
    expect(count(model, 'Transpose')).toBeLessThanOrEqual(1);
  });

  it('lets Transposes cancel', async () => {
    const { model, difference } = await compare({
      size: [4, 5, 3],
      weights: {
        w: filter,
        in: { shape: [4], dtype: 'int32', values: [0, 3, 1, 2] },
        out: { shape: [4], dtype: 'int32', values: [0, 2, 3, 1] },
      },
      nodes: [
        { name: 't', op: 'Transpose', input: ['x', 'in'] },
        { name: 'relu', op: 'Relu', input: ['t'] },
        { name: 'back', op: 'Transpose', input: ['relu', 'out'] },
        conv('back'),
        { name: 'nchw', op: 'Transpose', input: ['conv', 'in'] },
      ],
    });
    expect(difference).toBeLessThan(1e-5);
    expect(count(model, 'Transpose')).toBe(0);
  });

  // Steps and dropped axes apart: TensorFlow.js 4.22 itself goes wrong when one slice has both.
  it.each([
    { steps: [1, 2, 1, 1], shrink: 0 },
    { steps: [1, 1, 1, 1], shrink: 4 },
  ])('resolves strided slices with masks: steps $steps, shrink $shrink', async ({ steps, shrink }) => {
    const vector = (values: readonly number[]) => ({ shape: [values.length], dtype: 'int32' as const, values });
    const masks = { begin_mask: int(1), end_mask: int(9), shrink_axis_mask: int(shrink) };
    const { difference } = await compare({
      size: [6, 5, 3],
      weights: { b: vector([0, 1, 2, -2]), e: vector([0, 6, 3, 9]), s: vector(steps) },
      nodes: [
        {
          name: 'slice',
          op: 'StridedSlice',
          input: ['x', 'b', 'e', 's'],
          attr: { ...masks, new_axis_mask: int(0), ellipsis_mask: int(0) },
        },
      ],
    });
    expect(difference).toBe(0);
  });

  it('gives the same bytes each time', () => {
    const { json, bytes } = graphFiles(smallNet);
    const [first, second] = [0, 1].map(() => encodeModel(convertTfjs(json, bytes, { name: 'small' })));
    expect(Buffer.compare(first ?? new Uint8Array(), second ?? new Uint8Array(1))).toBe(0);
  });

  it('names model, node and operator of what it does not know', () => {
    const { json, bytes } = graphFiles({
      size: [2, 2, 1],
      weights: {},
      nodes: [{ name: 'odd', op: 'Bessel', input: ['x'] }],
    });
    expect(() => convertTfjs(json, bytes, { name: 'net' })).toThrow(
      /Model net: cannot convert node odd \(operator Bessel\)/,
    );
  });

  it('refuses a loop', () => {
    const nodes: TestNode[] = [
      { name: 'a', op: 'AddV2', input: ['x', 'b'] },
      { name: 'b', op: 'Relu', input: ['a'] },
    ];
    const { json, bytes } = graphFiles({ size: [2, 2, 1], weights: {}, nodes });
    expect(() => convertTfjs(json, bytes, { name: 'net' })).toThrow(/circle/);
  });
});

const smallNet: TestGraph = {
  size: [8, 8, 3],
  weights: {
    w: filter,
    bias: { shape: [4] },
    d: { shape: [3, 3, 4, 2] },
    size: { shape: [2], dtype: 'int32', values: [8, 8] },
    axes: { shape: [2], dtype: 'int32', values: [1, 2] },
    m: { shape: [8, 5] },
    mb: { shape: [5] },
  },
  nodes: [
    {
      name: 'conv',
      op: '_FusedConv2D',
      input: ['x', 'w', 'bias'],
      attr: { ...window(1, 'SAME'), fused_ops: texts('BiasAdd', 'Relu'), num_args: int(1) },
    },
    { name: 'depth', op: 'DepthwiseConv2dNative', input: ['conv', 'd'], attr: window(2, 'SAME') },
    { name: 'up', op: 'ResizeBilinear', input: ['depth', 'size'], attr: { half_pixel_centers: { b: true } } },
    { name: 'pool', op: 'MaxPool', input: ['up'], attr: { ...window(2, 'SAME'), ksize: ints(1, 3, 3, 1) } },
    { name: 'mean', op: 'Mean', input: ['pool', 'axes'], attr: { keep_dims: { b: false } } },
    {
      name: 'dense',
      op: '_FusedMatMul',
      input: ['mean', 'm', 'mb'],
      attr: { fused_ops: texts('BiasAdd'), num_args: int(1), transpose_a: { b: false }, transpose_b: { b: false } },
    },
    { name: 'soft', op: 'Softmax', input: ['dense'] },
  ],
};
