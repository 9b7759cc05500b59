/** Learning: gradients are right, a problem that is not linear is solved, the same lessons give the same network. */

import { describe, expect, it } from 'vitest';
import type { HeadOutput, Learning } from './head.ts';
import { answer, type Lesson, learn } from './learn.ts';
import { backward, createNetwork, emptyGradients, forward, meanNetwork } from './network.ts';

const outputs: readonly HeadOutput[] = [
  { kind: 'classes', name: 'same', labels: ['no', 'yes'] },
  { kind: 'value', name: 'first' },
];

/** Four corners, many times: whether the two numbers agree (which no linear head can tell), and the first one. */
const corners: readonly Lesson[] = Array.from({ length: 256 }, (_, i) => {
  const [a, b] = [i & 1, (i >> 1) & 1];
  return { features: Float32Array.of(a, b, 7), truth: { same: a === b ? 'yes' : 'no', first: a } };
});

const learning: Learning = { hidden: [16], epochs: 60, rate: 1e-2, dropout: 0.1 };

describe('learn', () => {
  it('tells equal from different, and both outputs at once', () => {
    const learnt = learn(corners, outputs, learning);
    for (const { features, truth } of corners.slice(0, 4)) {
      const { same, first } = answer(learnt, outputs, features);
      expect(same?.[truth.same === 'yes' ? 1 : 0]).toBeGreaterThan(0.9);
      expect(Math.abs((first?.[0] ?? 0) - Number(truth.first))).toBeLessThan(0.1);
    }
  });

  it('gives the same network for the same lessons, another for another seed', () => {
    const first = learn(corners, outputs, { ...learning, epochs: 2 });
    expect(learn(corners, outputs, { ...learning, epochs: 2 })).toEqual(first);
    expect(learn(corners, outputs, { ...learning, epochs: 2, seed: 5 })).not.toEqual(first);
  });

  it('names labels that the head does not have', () => {
    const odd = [{ features: Float32Array.of(1), truth: { same: 'maybe' } }];
    expect(() => learn(odd, outputs, learning)).toThrow('same to be among no, yes; got maybe');
  });
});

describe('meanNetwork', () => {
  it('says the mean of what its networks say', () => {
    const networks = [1, 2, 3].map((seed) => createNetwork([3, 5, 4, 2], seed));
    const input = Float32Array.of(0.5, -1, 2);
    const all = networks.map((network) => forward(network, input).at(-1) as Float32Array);
    const said = forward(meanNetwork(networks), input).at(-1) ?? [];
    for (const i of [0, 1]) {
      expect(said[i]).toBeCloseTo(
        all.reduce((sum, each) => sum + (each[i] as number) / 3, 0),
        5,
      );
    }
  });
});

describe('backward', () => {
  it('agrees with differences of the loss', () => {
    const network = createNetwork([3, 4, 2], 3);
    const input = Float32Array.of(0.5, -1, 2);
    // loss = y0 + 2 y1
    const loss = (): number => {
      const [a = 0, b = 0] = forward(network, input).at(-1) ?? [];
      return a + 2 * b;
    };
    const sums = emptyGradients(network);
    backward(network, forward(network, input), Float32Array.of(1, 2), sums);
    for (const [l, { weights }] of network.entries()) {
      for (let i = 0; i < weights.length; i++) {
        const kept = weights[i] as number;
        weights[i] = kept + 1e-2;
        const above = loss();
        weights[i] = kept - 1e-2;
        const slope = (above - loss()) / 2e-2;
        weights[i] = kept;
        expect(slope).toBeCloseTo(sums[l]?.weights[i] ?? Number.NaN, 2);
      }
    }
  });
});
