/** Synthetic faces that fill a gallery up: spread as real faceprints are, nobody in particular. */

import { normal, seededRandom } from './random.ts';

/** Real strangers against real ones and against synthetic ones: mean, deviation and the 99.9th percentile of the cosine. */
export interface Resemblance {
  readonly real: Spread;
  readonly synthetic: Spread;
}

/** Of cosines. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
  readonly high: number;
}

/** Real faces that one synthetic face is mixed of: enough that it is like none of them. */
const mixed = 96;

/**
 * A maker of unit vectors with the mean and covariance of the given ones: mean + Σ gᵢ·(vᵢ − mean)/√k over k faces drawn
 * by lot, gᵢ normal, brought to unit length.
 * @returns a function that makes the next `count` vectors, one after the other
 */
export function distractors(vectors: readonly Float32Array[], seed: number): (count: number) => Float32Array {
  const next = seededRandom(seed ^ 0x5eed);
  const dimension = (vectors[0] as Float32Array).length;
  const mean = new Float64Array(dimension);
  for (const vector of vectors)
    for (let i = 0; i < dimension; i++) mean[i] = (mean[i] as number) + (vector[i] as number);
  for (let i = 0; i < dimension; i++) mean[i] = (mean[i] as number) / vectors.length;
  const draw = () => vectors[Math.floor(next() * vectors.length)] as Float32Array;
  const weigh = () => normal(next) / Math.sqrt(mixed);
  return (count) => {
    const out = new Float32Array(count * dimension);
    const sum = new Float64Array(dimension);
    for (let row = 0; row < count; row++) {
      sum.fill(0);
      let weights = 0;
      // Four at a time: the sum is read and written a quarter as often.
      for (let k = 0; k < mixed; k += 4) {
        const [a, b, c, d] = [draw(), draw(), draw(), draw()];
        const [wa, wb, wc, wd] = [weigh(), weigh(), weigh(), weigh()];
        weights += wa + wb + wc + wd;
        for (let i = 0; i < dimension; i++) {
          const more = wa * (a[i] as number) + wb * (b[i] as number) + wc * (c[i] as number) + wd * (d[i] as number);
          sum[i] = (sum[i] as number) + more;
        }
      }
      let length = 0;
      for (let i = 0; i < dimension; i++) {
        const value = (sum[i] as number) + (1 - weights) * (mean[i] as number);
        sum[i] = value;
        length += value * value;
      }
      const scale = 1 / Math.sqrt(length);
      for (let i = 0; i < dimension; i++) out[row * dimension + i] = (sum[i] as number) * scale;
    }
    return out;
  };
}

/** How like real strangers synthetic faces are. */
export function resemblance(vectors: readonly Float32Array[], made: Float32Array): Resemblance {
  const dimension = (vectors[0] as Float32Array).length;
  const rows = Array.from({ length: made.length / dimension }, (_, row) =>
    made.subarray(row * dimension, (row + 1) * dimension),
  );
  const probes = vectors.slice(0, 400);
  const real = probes.flatMap((a, i) => probes.slice(i + 1).map((b) => dot(a, b)));
  return { real: spread(real), synthetic: spread(probes.flatMap((a) => rows.map((b) => dot(a, b)))) };
}

function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: Math.sqrt(squares / sorted.length),
    high: sorted[Math.floor(0.999 * (sorted.length - 1))] as number,
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
