/** A proof's reference for sources that are ONNX already: the untouched file on ONNX Runtime. */

import type { Proof } from '../recipe.ts';

/** How the original names and shapes what the edited model has. */
export interface OriginalOnnx {
  readonly input: string;
  /** Edited output → the original outputs whose elements follow each other in it. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  /** Dimensions of the original's input, batch 1. */
  readonly dims: readonly number[];
  /** The original takes NHWC where the edited model takes NCHW. */
  readonly fromNchw?: boolean;
  readonly range?: readonly [number, number];
  readonly bound: number;
}

/** Runs the source file itself on onnxruntime-node. */
export function originalOnnx(spec: OriginalOnnx): Proof {
  return {
    runtime: 'ONNX Runtime, original file',
    bound: spec.bound,
    range: spec.range ?? [-1, 1],
    async open([file]) {
      const { InferenceSession, Tensor } = await import('onnxruntime-node');
      const session = await InferenceSession.create(file ?? new Uint8Array());
      return async (sample) => {
        const data = spec.fromNchw ? nchwToNhwc(sample, spec.dims) : sample;
        const results = await session.run({ [spec.input]: new Tensor('float32', data, spec.dims) });
        const values = (name: string): number[] => Array.from(results[name]?.data ?? [], Number);
        return Object.fromEntries(
          Object.entries(spec.outputs).map(([name, parts]) => [name, parts.flatMap((part) => values(part))]),
        );
      };
    },
  };
}

/** One sample from channels-first to channels-last; `dims` are [1, height, width, channels]. */
export function nchwToNhwc(sample: Float32Array, dims: readonly number[]): Float32Array {
  const [, height = 0, width = 0, channels = 0] = dims;
  const plane = height * width;
  const turned = new Float32Array(sample.length);
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < plane; p++) turned[p * channels + c] = sample[c * plane + p] ?? 0;
  }
  return turned;
}
