/** MTCNN's last network: a second opinion on a crop of 48×48 pixels, with a better box and five points. */

import { nchwToNhwc } from '../proof/original-onnx.ts';
import { openTfliteWasm } from '../proof/tflite-wasm.ts';
import type { Proof, Recipe } from '../recipe.ts';
import { convertTflite } from '../tflite/convert.ts';
import { readTflite } from '../tflite/model.ts';

const size = 48;

/** Our outputs: the source's tensor and the numbers per sample. */
const outputs = {
  scores: ['onet/prob1', 2],
  boxes: ['onet/conv6-2/conv6-2', 4],
  points: ['onet/conv6-3/conv6-3', 10],
} as const;

/** The source takes its pictures lying: columns for rows. */
function originalOnet(): Proof {
  return {
    runtime: 'TFLite (wasm of @tensorflow/tfjs-tflite)',
    bound: 1e-4,
    range: [-1, 1],
    async open([file]) {
      const run = await openTfliteWasm(file ?? new Uint8Array());
      return async (sample) => {
        const values = run(transposed(nchwToNhwc(sample, [1, size, size, 3])));
        return Object.fromEntries(Object.entries(outputs).map(([name, [tensor]]) => [name, values.get(tensor) ?? []]));
      };
    },
  };
}

function transposed(pixels: ArrayLike<number>): Float32Array {
  const turned = new Float32Array(pixels.length);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++) turned[(x * size + y) * 3 + c] = pixels[(y * size + x) * 3 + c] ?? 0;
    }
  }
  return turned;
}

/**
 * Outputs, for N crops: `scores` N×2 (column 1 is "face"), `boxes` N×4 (how far left, top, right and bottom edge move, in
 * sides of the crop) and `points` N×10 (x of eyes, nose tip and corners of the mouth, left ones of the picture first, then
 * their y, in sides of the crop).
 */
export const mtcnnOnet: Recipe = {
  id: 'mtcnn-onet',
  version: '1.0.0',
  kind: 'other',
  family: 'mtcnn',
  from: 'expoFaceDetection',
  files: [
    {
      path: 'android/src/main/assets/onet.tflite',
      sha256: '946543640bd17e5275f442646422a4816441bb00897439a69bc9ea5fcf1fe601',
    },
  ],
  recipe: 'tflite',
  licence: {
    spdx: 'MIT',
    vouchedBy: 'publisher',
    verified: false,
    evidence:
      'The package says MIT, as do syaringan357/Android-MobileFaceNet-MTCNN-FaceAntiSpoofing and the projects named as origin (davidsandberg/facenet, kpzhang93/MTCNN_face_detection_alignment); the weights were not compared',
    trainingData: 'WIDER FACE (training part) and CelebA, as the authors of MTCNN state',
  },
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'rgb',
    width: size,
    height: size,
    mean: [127.5],
    std: [128],
    crop: { kind: 'box', scale: 1, basis: 'long' },
  },
  outputs: { scores: 'scores', boxes: 'boxes', points: 'points' },
  convert: ([file]) =>
    convertTflite(readTflite(file ?? new Uint8Array()), {
      name: 'mtcnn-onet',
      swapSides: true,
      outputs(builder, value) {
        for (const [name, [tensor, length]] of Object.entries(outputs)) {
          builder.output(name, value(tensor), ['N', length]);
        }
      },
    }),
  proof: originalOnet(),
};
