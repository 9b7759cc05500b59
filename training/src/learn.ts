/** Rows of features and right answers → a network. */

import { seededRandom } from '@vultus/eval';
import type { HeadOutput, Learning, Sample } from './head.ts';
import { Adam, backward, createNetwork, emptyGradients, forward, meanNetwork, type Network } from './network.ts';
import { type Scale, widthOf } from './taps.ts';

/** Features of one look at a face, with what is right for it. */
export interface Lesson {
  readonly features: Float32Array;
  readonly truth: Sample['truth'];
}

/** A network with the scale of its input. */
export interface Learnt {
  readonly network: Network;
  readonly scale: Scale;
}

const batch = 64;

/** Learns from all lessons; the same lessons in the same order give the same network. `onEpoch` gets the mean loss. */
export function learn(
  lessons: readonly Lesson[],
  outputs: readonly HeadOutput[],
  learning: Learning,
  onEpoch: (epoch: number, loss: number) => void = () => {},
): Learnt {
  const scale = scaleOf(lessons.map(({ features }) => features));
  const rows = lessons.map(({ features }) => scaled(features, scale));
  const { seed = 1, networks = 1 } = learning;
  const all = Array.from({ length: networks }, (_, i) =>
    learnOne(rows, lessons, outputs, { ...learning, seed: seed + i }, onEpoch),
  );
  return { network: meanNetwork(all), scale };
}

function learnOne(
  rows: readonly Float32Array[],
  lessons: readonly Lesson[],
  outputs: readonly HeadOutput[],
  { hidden, epochs, rate = 1e-3, decay = 1e-4, dropout = 0, seed = 1 }: Learning,
  onEpoch: (epoch: number, loss: number) => void,
): Network {
  const width = outputs.reduce((sum, output) => sum + widthOf(output), 0);
  const network = createNetwork([rows[0]?.length ?? 0, ...hidden, width], seed);
  const adam = new Adam(network);
  const sums = emptyGradients(network);
  const next = seededRandom(seed + 1);
  const order = rows.map((_, i) => i);
  const steps = epochs * Math.ceil(rows.length / batch);
  let step = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    shuffle(order, next);
    let loss = 0;
    for (let from = 0; from < order.length; from += batch) {
      const part = order.slice(from, from + batch);
      for (const i of part) {
        const values = forward(network, rows[i] as Float32Array, { share: dropout, next });
        const { slope, loss: own } = compare(values.at(-1) as Float32Array, outputs, (lessons[i] as Lesson).truth);
        backward(network, values, slope, sums, dropout);
        loss += own;
      }
      adam.step(sums, part.length, (rate * (1 + Math.cos((Math.PI * step++) / steps))) / 2, decay);
    }
    onEpoch(epoch, loss / order.length);
  }
  return network;
}

/** What a learnt network says of a row: the probabilities (or the number) of each output by its name. */
export function answer(
  { network, scale }: Learnt,
  outputs: readonly HeadOutput[],
  features: Float32Array,
): Record<string, readonly number[]> {
  const raw = forward(network, scaled(features, scale)).at(-1) as Float32Array;
  return Object.fromEntries(
    parts(outputs).map(({ output, from, to }) => [output.name, shares(output, raw.subarray(from, to))]),
  );
}

function compare(
  raw: Float32Array,
  outputs: readonly HeadOutput[],
  truth: Sample['truth'],
): { readonly slope: Float32Array; readonly loss: number } {
  const slope = new Float32Array(raw.length);
  let loss = 0;
  for (const { output, from, to } of parts(outputs)) {
    const right = truth[output.name];
    if (right === undefined) continue;
    const weight = output.weight ?? 1;
    const said = shares(output, raw.subarray(from, to));
    const wanted = wantedOf(output, right);
    for (const [k, share] of said.entries()) {
      const target = wanted[k] as number;
      slope[from + k] = weight * (share - target);
      loss -= weight * target * Math.log(Math.max(share, 1e-12));
      if (output.kind === 'value') loss -= weight * (1 - target) * Math.log(Math.max(1 - share, 1e-12));
    }
  }
  return { slope, loss };
}

function wantedOf(output: HeadOutput, right: string | number): readonly number[] {
  if (output.kind === 'value') return [Number(right)];
  if (!output.labels.includes(String(right))) {
    throw new Error(`Expected ${output.name} to be among ${output.labels.join(', ')}; got ${right}`);
  }
  return output.labels.map((label) => (label === right ? 1 : 0));
}

function shares(output: HeadOutput, raw: Float32Array): readonly number[] {
  if (output.kind === 'value') return Array.from(raw, (value) => 1 / (1 + Math.exp(-value)));
  const most = Math.max(...raw);
  const powers = Array.from(raw, (value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function parts(outputs: readonly HeadOutput[]) {
  let to = 0;
  return outputs.map((output) => {
    const from = to;
    to += widthOf(output);
    return { output, from, to };
  });
}

/** Mean and standard deviation of each feature; one that never changes has a spread of 1. */
function scaleOf(rows: readonly Float32Array[]): Scale {
  const length = rows[0]?.length ?? 0;
  const [sums, squares] = [new Float64Array(length), new Float64Array(length)];
  for (const row of rows) {
    for (let i = 0; i < length; i++) {
      const value = row[i] as number;
      sums[i] = (sums[i] as number) + value;
      squares[i] = (squares[i] as number) + value * value;
    }
  }
  const mean = Float32Array.from(sums, (sum) => sum / rows.length);
  const spread = Float32Array.from(squares, (square, i) => {
    const variance = square / rows.length - (mean[i] as number) ** 2;
    return variance > 1e-10 ? Math.sqrt(variance) : 1;
  });
  return { mean, spread };
}

function scaled(row: Float32Array, { mean, spread }: Scale): Float32Array {
  return row.map((value, i) => (value - (mean[i] as number)) / (spread[i] as number));
}

/** Fisher and Yates, in place. */
function shuffle(order: number[], next: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const k = Math.floor(next() * (i + 1));
    [order[i], order[k]] = [order[k] as number, order[i] as number];
  }
}
