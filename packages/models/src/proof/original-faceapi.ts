/** A proof's reference for the nets of face-api: its own code on TensorFlow.js (plain JavaScript backend). */

import { createRequire } from 'node:module';
import type { Proof } from '../recipe.ts';
import { type FaceApiNet, faceApiMean, faceApiStd, parseFaceApiManifest } from '../tfjs/faceapi.ts';
import { nchwToNhwc } from './original-onnx.ts';

interface Tensor {
  data(): Promise<Float32Array>;
}

interface Net {
  loadFromWeightMap(weights: unknown): void;
  forwardInput(input: unknown): Tensor | { age: Tensor; gender: Tensor };
  runNet?(input: unknown): Tensor;
}

/** The part of face-api's bundle that the proof uses. */
interface FaceApi {
  readonly tf: {
    setBackend(name: string): Promise<boolean>;
    tensor4d(data: Float32Array, shape: readonly number[]): unknown;
    readonly io: { decodeWeights(data: ArrayBuffer, specs: unknown): unknown };
  };
  readonly nets: Readonly<Record<string, Net>>;
  toNetInput(input: unknown): Promise<unknown>;
}

const netNames: Readonly<Record<FaceApiNet, string>> = {
  'face-recognition': 'faceRecognitionNet',
  'landmark-68': 'faceLandmark68Net',
  expression: 'faceExpressionNet',
  'age-gender': 'ageGenderNet',
};

/** Runs face-api's own net; `output` names the only output, unless the net has age and gender. */
export function originalFaceApi(name: FaceApiNet, size: number, output: string, bound: number): Proof {
  return {
    runtime: 'face-api 1.7.15, cpu',
    bound,
    range: [-0.48, 0.59],
    async open([manifest, weights]) {
      const faceApi = createRequire(import.meta.url)('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi;
      const { tf } = faceApi;
      await tf.setBackend('cpu');
      const net = faceApi.nets[netNames[name]];
      if (net === undefined) throw new Error(`Expected face-api to have ${netNames[name]}, it has not`);
      const specs = parseFaceApiManifest(manifest).flatMap((group) => group.weights);
      net.loadFromWeightMap(tf.io.decodeWeights(new Uint8Array(weights ?? []).buffer, specs));
      return async (sample) => {
        const picture = nchwToNhwc(sample, [1, size, size, 3]);
        const pixels = picture.map((value, i) => value * faceApiStd + (faceApiMean[i % 3] ?? 0));
        const input = await faceApi.toNetInput(tf.tensor4d(pixels, [1, size, size, 3]));
        // The landmark net's forwardInput also moves the points into the picture; runNet is the bare net.
        const result = name === 'landmark-68' && net.runNet ? net.runNet(input) : net.forwardInput(input);
        if ('age' in result) return { age: await result.age.data(), gender: await result.gender.data() };
        return { [output]: await result.data() };
      };
    },
  };
}
