/** The graph of a head: taps joined into one row of features, then the dense layers, then probabilities. */

import { GraphBuilder, int, ints, type OnnxModel } from '@vultus/models/onnx';
import type { HeadOutput, Tap } from './head.ts';
import type { Layer, Network } from './network.ts';

/** The name of the row of features where a graph ends with it. */
export const featuresName = 'features';

/** Mean and spread of each feature over the training faces; what the layers see is (value − mean) / spread. */
export interface Scale {
  readonly mean: Float32Array;
  readonly spread: Float32Array;
}

/** A graph that gives the features themselves: N × length. */
export function featuresModel(taps: readonly Tap[], opset: number): OnnxModel {
  const builder = new GraphBuilder();
  builder.output(featuresName, joinTaps(builder, taps), ['N', 'F']);
  return builder.build('features', opset);
}

/** A graph with the learnt layers, the scale folded into the first; weights are kept as halves. */
export function headModel(
  id: string,
  taps: readonly Tap[],
  outputs: readonly HeadOutput[],
  network: Network,
  scale: Scale,
  opset: number,
): OnnxModel {
  const builder = new GraphBuilder();
  let value = joinTaps(builder, taps);
  for (const [i, layer] of network.entries()) {
    const { inputs, outputs: rows, weights, bias } = i === 0 ? withScale(layer, scale) : layer;
    const operands = [value, builder.halves(weights, [rows, inputs]), builder.floats(bias)];
    value = builder.node('Gemm', operands, { transB: int(1) });
    if (i + 1 < network.length) value = builder.node('Relu', [value]);
  }
  let from = 0;
  for (const output of outputs) {
    const width = widthOf(output);
    const part = builder.node('Slice', [value, builder.ints([from]), builder.ints([from + width]), builder.ints([1])]);
    const share =
      output.kind === 'classes' ? builder.node('Softmax', [part], { axis: int(1) }) : builder.node('Sigmoid', [part]);
    builder.output(output.name, share, ['N', width]);
    from += width;
  }
  return builder.build(id, opset);
}

/** How many numbers an output has. */
export function widthOf(output: HeadOutput): number {
  return output.kind === 'classes' ? output.labels.length : 1;
}

function joinTaps(builder: GraphBuilder, taps: readonly Tap[]): string {
  const rows = taps.map(({ value, pool = 'mean' }) => {
    builder.input(value, ['N', ...(pool === 'mean' ? ['C', 'H', 'W'] : [`${value}_size`])]);
    if (pool === 'all') return builder.node('Flatten', [value], { axis: int(1) });
    return builder.node('ReduceMean', [value], { axes: ints(2, 3), keepdims: int(0) });
  });
  const [only] = rows;
  return rows.length === 1 && only !== undefined ? only : builder.node('Concat', rows, { axis: int(1) });
}

/** W (x − mean) / spread + b as one affine map of x. */
function withScale({ inputs, outputs, weights, bias }: Layer, { mean, spread }: Scale): Layer {
  const scaled = weights.map((weight, k) => weight / (spread[k % inputs] as number));
  const moved = bias.map((value, o) => {
    let sum = value;
    for (let i = 0; i < inputs; i++) sum -= (scaled[o * inputs + i] as number) * (mean[i] as number);
    return sum;
  });
  return { inputs, outputs, weights: scaled, bias: moved };
}
