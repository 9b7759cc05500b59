/** Shows that the built models compute what their sources compute, on random input, and that a batch equals its singles. */

import type { Recipe } from '../recipe.ts';

/** One line of the table of proofs. */
export interface ProofResult {
  readonly id: string;
  readonly recipe: string;
  readonly runtime: string;
  /** Largest absolute difference from the original over all outputs and samples. */
  readonly difference: number;
  /** Largest absolute value among the original's outputs: the scale of `difference`. */
  readonly magnitude: number;
  /** Largest absolute difference between a sample in a batch and the same sample alone. */
  readonly batchDifference: number;
  readonly bound: number;
  readonly ok: boolean;
}

const samples = 3;

/** Runs a built model and its original side by side. */
export async function proveModel(
  recipe: Recipe,
  files: readonly Uint8Array[],
  built: Uint8Array,
): Promise<ProofResult> {
  const { proof, input } = recipe;
  const reference = await proof.open(files);
  const run = await openBuilt(built, recipe);
  const channels = input.channels === 'gray' ? 1 : 3;
  const inputs = Array.from({ length: samples }, (_, i) =>
    randomInput(channels * input.width * input.height, proof.range, i + 1),
  );
  // A model that computes with a batch of one is only ever given one.
  const batch = recipe.params?.maxBatch === 1 ? await runEach(run, inputs) : await run(inputs);
  let difference = 0;
  let magnitude = 0;
  let batchDifference = 0;
  for (const [i, sample] of inputs.entries()) {
    const expected = await reference(sample);
    const [alone = {}] = await run([sample]);
    for (const name of Object.values(recipe.outputs)) {
      const got = alone[name] ?? new Float32Array();
      batchDifference = Math.max(batchDifference, maxDifference(got, batch[i]?.[name] ?? []));
      if (recipe.ownOutputs?.includes(name)) continue;
      const want = expected[name];
      if (!want) throw new Error(`Expected the reference of ${recipe.id} to give ${name}, got none`);
      difference = Math.max(difference, maxDifference(want, got));
      magnitude = Math.max(magnitude, maxDifference(want, new Float32Array(want.length)));
    }
  }
  const { bound, runtime } = proof;
  const ok = difference <= bound && batchDifference <= bound;
  return { id: recipe.id, recipe: recipe.recipe, runtime, difference, magnitude, batchDifference, bound, ok };
}

type Outputs = Record<string, Float32Array>;

async function runEach(
  run: (inputs: readonly Float32Array[]) => Promise<Outputs[]>,
  inputs: readonly Float32Array[],
): Promise<Outputs[]> {
  const results: Outputs[] = [];
  for (const input of inputs) results.push(...(await run([input])));
  return results;
}

/** Opens the built file; the function returned runs a batch and splits the outputs by sample. */
async function openBuilt(
  bytes: Uint8Array,
  { input }: Recipe,
): Promise<(inputs: readonly Float32Array[]) => Promise<Outputs[]>> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const channels = input.channels === 'gray' ? 1 : 3;
  const { width, height } = input;
  return async (inputs) => {
    const size = channels * width * height;
    const data = new Float32Array(size * inputs.length);
    inputs.forEach((sample, i) => {
      data.set(sample, i * size);
    });
    const shape = input.layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
    const results = await session.run({ [input.name]: new Tensor('float32', data, [inputs.length, ...shape]) });
    return inputs.map((_, i) => {
      const split = Object.entries(results).map(([name, tensor]) => {
        const values = Float32Array.from(tensor.data as ArrayLike<number>);
        const each = values.length / inputs.length;
        return [name, values.subarray(i * each, (i + 1) * each)] as const;
      });
      return Object.fromEntries(split);
    });
  };
}

/** NaN or a difference in length counts as infinite. */
function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    if (!(apart <= most)) most = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
  }
  return most;
}

/** Uniform noise from a fixed seed (mulberry32), so that every run proves the same thing. */
export function randomInput(length: number, [low, high]: readonly [number, number], seed: number): Float32Array {
  let state = seed * 0x9e3779b9;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return low + ((high - low) * ((bits ^ (bits >>> 14)) >>> 0)) / 2 ** 32;
  });
}
