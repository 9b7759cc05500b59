/** A small network of dense layers with ReLU between them, and how it learns: Adam, in plain loops, the same on every run. */

import { normal, seededRandom } from '@vultus/eval';

/** y = W x + b; `weights` row-major, outputs × inputs. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** Layers in their order. */
export type Network = readonly Layer[];

/** A network with He's initial weights; `sizes` from the input to the output. */
export function createNetwork(sizes: readonly number[], seed: number): Network {
  const next = seededRandom(seed);
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] as number;
    const spread = Math.sqrt((i + 2 < sizes.length ? 2 : 1) / inputs);
    const weights = Float32Array.from({ length: inputs * outputs }, () => spread * normal(next));
    return { inputs, outputs, weights, bias: new Float32Array(outputs) };
  });
}

/** One network whose raw output is the mean of all; they are of one shape, their hidden layers stand side by side. */
export function meanNetwork(networks: readonly Network[]): Network {
  const [first] = networks;
  if (first === undefined || networks.length === 1) return first ?? [];
  return first.map((_, at) => {
    const layers = networks.map((network) => network[at] as Layer);
    return joined(layers, { shareInput: at === 0, average: at + 1 === first.length });
  });
}

/** Layers side by side: on the same input or each on its own, their outputs kept apart or averaged. */
function joined(layers: readonly Layer[], { shareInput, average }: { shareInput: boolean; average: boolean }): Layer {
  const [{ inputs: columns, outputs: rows }] = layers as [Layer];
  const [inputs, outputs] = [shareInput ? columns : columns * layers.length, average ? rows : rows * layers.length];
  const weights = new Float32Array(inputs * outputs);
  const bias = new Float32Array(outputs);
  const part = average ? 1 / layers.length : 1;
  for (const [k, layer] of layers.entries()) {
    const [left, top] = [shareInput ? 0 : k * columns, average ? 0 : k * rows];
    for (let o = 0; o < rows; o++) {
      bias[top + o] = (bias[top + o] as number) + part * (layer.bias[o] as number);
      for (let i = 0; i < columns; i++) {
        const at = (top + o) * inputs + left + i;
        weights[at] = (weights[at] as number) + part * (layer.weights[o * columns + i] as number);
      }
    }
  }
  return { inputs, outputs, weights, bias };
}

/** Hidden values left out by lot while learning; the others grow to make up for them (Srivastava et al., 2014). */
export interface Dropout {
  /** Share left out, 0…1 (1 excluded). */
  readonly share: number;
  readonly next: () => number;
}

/** The values of each layer for one sample, the input first; hidden ones behind their ReLU, the last one raw. */
export function forward(network: Network, input: Float32Array, dropout?: Dropout): Float32Array[] {
  const values = [input];
  for (const [i, layer] of network.entries()) {
    const out = affine(layer, values[i] as Float32Array);
    if (i + 1 < network.length) activate(out, dropout);
    values.push(out);
  }
  return values;
}

function activate(values: Float32Array, { share, next }: Dropout = { share: 0, next: () => 1 }): void {
  for (let k = 0; k < values.length; k++) {
    const value = values[k] as number;
    const kept = share === 0 || next() >= share;
    values[k] = value > 0 && kept ? value / (1 - share) : 0;
  }
}

function affine({ inputs, outputs, weights, bias }: Layer, x: Float32Array): Float32Array {
  const out = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let sum = bias[o] as number;
    const row = o * inputs;
    for (let i = 0; i < inputs; i++) sum += (weights[row + i] as number) * (x[i] as number);
    out[o] = sum;
  }
  return out;
}

/** Sums of gradients over a batch, shaped as the network. */
export type Gradients = readonly { readonly weights: Float32Array; readonly bias: Float32Array }[];

/** Gradients at zero. */
export function emptyGradients(network: Network): Gradients {
  return network.map(({ weights, bias }) => ({
    weights: new Float32Array(weights.length),
    bias: new Float32Array(bias.length),
  }));
}

/** Adds a sample's gradients. `slope` is ∂loss/∂(raw output); `values` and `share` are those of {@link forward}. */
export function backward(
  network: Network,
  values: readonly Float32Array[],
  slope: Float32Array,
  sums: Gradients,
  share = 0,
): void {
  const gain = 1 / (1 - share);
  let above = slope;
  for (let l = network.length - 1; l >= 0; l--) {
    const { inputs, outputs, weights } = network[l] as Layer;
    const { weights: weightSums, bias: biasSums } = sums[l] as Gradients[number];
    const x = values[l] as Float32Array;
    const below = new Float32Array(l > 0 ? inputs : 0);
    for (let o = 0; o < outputs; o++) {
      const g = above[o] as number;
      if (g === 0) continue;
      biasSums[o] = (biasSums[o] as number) + g;
      const row = o * inputs;
      for (let i = 0; i < inputs; i++) weightSums[row + i] = (weightSums[row + i] as number) + g * (x[i] as number);
      for (let i = 0; i < below.length; i++) below[i] = (below[i] as number) + g * (weights[row + i] as number);
    }
    // What the ReLU or the lot set to 0 passes nothing down; what was kept grew by `gain`.
    for (let i = 0; i < below.length; i++) below[i] = x[i] === 0 ? 0 : (below[i] as number) * gain;
    above = below;
  }
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019). */
export class Adam {
  readonly #network: Network;
  readonly #first: Gradients;
  readonly #second: Gradients;
  #steps = 0;

  constructor(network: Network) {
    this.#network = network;
    this.#first = emptyGradients(network);
    this.#second = emptyGradients(network);
  }

  /** One step along the mean of `count` samples' gradients, which are set to zero. */
  step(sums: Gradients, count: number, rate: number, decay: number): void {
    this.#steps++;
    for (const [l, layer] of this.#network.entries()) {
      const [sum, first, second] = [sums[l], this.#first[l], this.#second[l]] as [Layer, Layer, Layer];
      this.#move(layer.weights, sum.weights, first.weights, second.weights, count, rate, decay);
      this.#move(layer.bias, sum.bias, first.bias, second.bias, count, rate, 0);
    }
  }

  #move(
    values: Float32Array,
    sums: Float32Array,
    first: Float32Array,
    second: Float32Array,
    count: number,
    rate: number,
    decay: number,
  ): void {
    const [keepFirst, keepSecond] = [0.9, 0.999];
    const step = (rate * Math.sqrt(1 - keepSecond ** this.#steps)) / (1 - keepFirst ** this.#steps);
    for (let i = 0; i < values.length; i++) {
      const g = (sums[i] as number) / count;
      sums[i] = 0;
      const m = keepFirst * (first[i] as number) + (1 - keepFirst) * g;
      const v = keepSecond * (second[i] as number) + (1 - keepSecond) * g * g;
      first[i] = m;
      second[i] = v;
      const value = values[i] as number;
      values[i] = value - step * (m / (Math.sqrt(v) + 1e-8)) - rate * decay * value;
    }
  }
}
