/** Models whose source is a .tflite file: MobileFaceNet-192, MediaPipe's full-range BlazeFace and the mesh with attention. */

import { withHeads } from '../heads.ts';
import type { GraphBuilder } from '../onnx/index.ts';
import { int, ints } from '../onnx/index.ts';
import { nchwToNhwc } from '../proof/original-onnx.ts';
import { openTfliteWasm } from '../proof/tflite-wasm.ts';
import type { Proof, Recipe } from '../recipe.ts';
import { optionsOf } from '../tflite/attention.ts';
import { convertTflite } from '../tflite/convert.ts';
import { readFlexMap } from '../tflite/flexbuffer.ts';
import { readTflite, type TfliteModel } from '../tflite/model.ts';
import { interpretTflite } from '../tflite/reference.ts';
import { blazefaceInput, mediapipeLicence } from './blazeface.ts';

/** Runs the source on TFLite itself. `outputs`: our name → the source's tensor. */
function originalTflite(size: number, bound: number, outputs: Readonly<Record<string, string>>): Proof {
  return {
    runtime: 'TFLite (wasm of @tensorflow/tfjs-tflite)',
    bound,
    range: [-1, 1],
    async open([file]) {
      const run = await openTfliteWasm(file ?? new Uint8Array());
      return async (sample) => {
        const values = run(nchwToNhwc(sample, [1, size, size, 3]));
        return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, values.get(tensor) ?? []]));
      };
    },
  };
}

/** The 192-number embedding with the clearer licence. */
export const mobilefacenet192: Recipe = {
  id: 'mobilefacenet-192',
  version: '1.0.0',
  kind: 'embedder',
  family: 'arcface',
  from: 'expoFaceDetection',
  files: [
    {
      path: 'android/src/main/assets/MobileFaceNet.tflite',
      sha256: 'd8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b',
    },
  ],
  recipe: 'tflite',
  licence: {
    spdx: 'MIT AND Apache-2.0',
    vouchedBy: 'upstream',
    verified: true,
    evidence:
      'The git blob is that of syaringan357/Android-MobileFaceNet-MTCNN-FaceAntiSpoofing (MIT), converted from sirius-ai/MobileFaceNet_TF (Apache-2.0)',
    trainingData: 'MS-Celeb-1M (withdrawn; collected for research)',
  },
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'rgb',
    width: 112,
    height: 112,
    mean: [127.5],
    std: [128],
    crop: { kind: 'template', template: 'arcface' },
  },
  outputs: { embedding: 'embedding' },
  params: { dimension: 192 },
  convert: ([file]) =>
    convertTflite(readTflite(file ?? new Uint8Array()), {
      name: 'mobilefacenet-192',
      outputs: (builder, value) => builder.output('embedding', value('embeddings'), ['N', 192]),
    }),
  proof: originalTflite(112, 1e-4, { embedding: 'embeddings' }),
};

/** The same network with our head for masks, glasses and covered parts; a file of its own, so that faceprints stay what they are. */
export const faceCover: Recipe = withHeads(
  { ...mobilefacenet192, id: 'face-cover', kind: 'attributes', family: 'face-cover' },
  'cover',
  'person-second',
);

/** MediaPipe's full-range net, 192×192, one anchor per 4-pixel cell. */
export const blazefaceFull: Recipe = {
  id: 'blazeface-full',
  version: '1.0.0',
  kind: 'detector',
  family: 'blazeface',
  from: 'mediapipeFaceDetection',
  files: [
    {
      path: 'face_detection_full_range.tflite',
      sha256: '99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3',
    },
  ],
  recipe: 'tflite',
  licence: mediapipeLicence,
  input: blazefaceInput(192),
  outputs: { scores: 'scores', boxes: 'boxes' },
  params: { anchors: [{ stride: 4, perCell: 1 }], scoreThreshold: 0.5 },
  convert: ([file]) =>
    convertTflite(readTflite(file ?? new Uint8Array()), {
      name: 'blazeface-full',
      outputs(builder, value) {
        builder.output('scores', value('reshaped_classifier_face_4'), ['N', 2304, 1]);
        builder.output('boxes', value('reshaped_regressor_face_4'), ['N', 2304, 16]);
      },
    }),
  proof: originalTflite(192, 1e-3, {
    scores: 'reshaped_classifier_face_4',
    boxes: 'reshaped_regressor_face_4',
  }),
};

/** The mesh with attention begins the packed assets of @mediapipe/face_mesh. */
const attentionBytes = 2495952;

/** Eye contours whose mean depth an iris takes, by the place of the eye in the picture: MediaPipe's z refinement. */
const eyeContours = {
  left: [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173],
  right: [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398],
};

/** Parts of the face that a second look refines, in the order of the source's crops. */
const parts = ['lips', 'left_eye', 'right_eye'] as const;

/** 478 points: the mesh, lips and eyes refined by attention, and five points of each iris. */
export const facemesh478: Recipe = {
  id: 'facemesh-478',
  version: '1.0.0',
  kind: 'landmarks',
  family: 'facemesh',
  from: 'mediapipeFaceMesh',
  files: [
    {
      path: 'face_mesh_solution_packed_assets.data',
      sha256: 'dbe5905c582c0462cdaea17e7e6ecea92edaa8cccc515c5e2e7291f2cbb5fb99',
    },
  ],
  recipe: 'tflite',
  licence: mediapipeLicence,
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'rgb',
    width: 192,
    height: 192,
    mean: [0],
    std: [255],
    crop: { kind: 'box', scale: 1.5, basis: 'long', upright: true },
  },
  outputs: { points: 'points', flag: 'flag' },
  params: { points: 478, units: 'input', flag: 'logit' },
  convert([file]) {
    const model = readAttention(file);
    return convertTflite(model, {
      name: 'facemesh-478',
      outputs(builder, value) {
        builder.output('points', composePoints(builder, value, refinedIndices(model)), ['N', 478, 3]);
        builder.output('flag', builder.node('Reshape', [value('conv_faceflag'), builder.ints([0, 1])]), ['N', 1]);
      },
    });
  },
  proof: {
    runtime: 'own plain interpreter (TFLite lacks the custom operators)',
    bound: 1e-3,
    range: [0, 1],
    async open([file]) {
      const model = readAttention(file);
      return async (sample) => {
        const values = interpretTflite(model, nchwToNhwc(sample, [1, 192, 192, 3]));
        return { points: expectedPoints(values, refinedIndices(model)), flag: values.get('conv_faceflag') ?? [] };
      };
    },
  },
};

function readAttention(file: Uint8Array | undefined): TfliteModel {
  return readTflite((file ?? new Uint8Array()).slice(0, attentionBytes));
}

/** Mesh indices that lips and eyes replace, in their order: those that the file's own crops are laid round. */
function refinedIndices(model: TfliteModel): readonly (readonly number[])[] {
  return model.operators
    .filter((operator) => operator.op === 'Landmarks2TransformMatrix')
    .map((operator) => optionsOf(readFlexMap(operator.custom), 'subset_idxs'));
}

/** x and y from the refined parts where there are any; z from the mesh, for an iris the mean of its eye's contour. */
function composePoints(
  builder: GraphBuilder,
  value: (name: string) => string,
  refined: readonly (readonly number[])[],
): string {
  const shaped = (name: string, count: number, axes: number): string =>
    builder.node('Reshape', [value(name), builder.ints([0, count, axes])]);
  const mesh = shaped('output_mesh_identity', 468, 3);
  const columns = (from: number, to: number): string =>
    builder.node('Slice', [mesh, builder.ints([from]), builder.ints([to]), builder.ints([2])]);
  const refinedXy = parts.map((part, i) => shaped(`output_${part}`, refined[i]?.length ?? 0, 2));
  const irisXy = ['left', 'right'].map((side) => shaped(`output_${side}_iris`, 5, 2));
  const all = builder.node('Concat', [columns(0, 2), ...refinedXy, ...irisXy], { axis: int(1) });
  const sources = Array.from({ length: 468 }, (_, i) => i);
  let next = 468;
  for (const point of refined.flat()) sources[point] = next++;
  for (let i = 0; i < 10; i++) sources.push(next++);
  const xy = builder.node('Gather', [all, builder.ints(sources)], { axis: int(1) });
  const depth = columns(2, 3);
  const irisDepths = [eyeContours.left, eyeContours.right].map((contour) => {
    const around = builder.node('Gather', [depth, builder.ints(contour)], { axis: int(1) });
    const mean = builder.node('ReduceMean', [around], { axes: ints(1), keepdims: int(1) });
    return builder.node('Tile', [mean, builder.ints([1, 5, 1])]);
  });
  const z = builder.node('Concat', [depth, ...irisDepths], { axis: int(1) });
  return builder.node('Concat', [xy, z], { axis: int(2) });
}

/** The same composition in plain words, for the proof. */
function expectedPoints(
  values: ReadonlyMap<string, Float32Array>,
  refined: readonly (readonly number[])[],
): Float32Array {
  const points = new Float32Array(478 * 3);
  const mesh = values.get('output_mesh_identity') ?? new Float32Array();
  points.set(mesh);
  parts.forEach((part, i) => {
    const better = values.get(`output_${part}`) ?? [];
    refined[i]?.forEach((point, k) => {
      points[point * 3] = better[k * 2] ?? 0;
      points[point * 3 + 1] = better[k * 2 + 1] ?? 0;
    });
  });
  for (const [s, side] of (['left', 'right'] as const).entries()) {
    const iris = values.get(`output_${side}_iris`) ?? [];
    const depth = eyeContours[side].reduce((sum, point) => sum + (mesh[point * 3 + 2] ?? 0), 0) / 16;
    for (let k = 0; k < 5; k++) points.set([iris[k * 2] ?? 0, iris[k * 2 + 1] ?? 0, depth], (468 + s * 5 + k) * 3);
  }
  return points;
}
