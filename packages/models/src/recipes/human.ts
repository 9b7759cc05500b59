/** TFJS graphs that come with @vladmandic/human and human-models: MediaPipe's mesh and iris, faceres, MoveNet and others. */

import type { ImageInput, Licence } from 'vultus';
import { withHeads } from '../heads.ts';
import type { PackageName } from '../packages.ts';
import { originalTfjs, parseGraphModel } from '../proof/original-tfjs.ts';
import type { Recipe } from '../recipe.ts';
import { convertTfjs } from '../tfjs/convert.ts';
import { mediapipeLicence } from './blazeface.ts';

/** What differs between the graphs: everything else follows from it. */
interface GraphRecipe extends Pick<Recipe, 'id' | 'kind' | 'family' | 'licence' | 'params'> {
  readonly from: PackageName & ('human' | 'humanModels');
  /** File name without extension, and the digests of the JSON and of the weights. */
  readonly file: string;
  readonly sha256: readonly [string, string];
  readonly input: Omit<ImageInput, 'name' | 'layout'>;
  /** The decoder's name → the source's output. The built model has the decoder's names. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly bound: number;
  readonly range?: readonly [number, number];
  /** The graph computes with a batch of one. */
  readonly single?: boolean;
  /** The source takes the picture channels first. */
  readonly channelsFirst?: boolean;
  /** The source takes whole numbers 0…255. */
  readonly integers?: boolean;
  /** The source leaves the picture's size open. */
  readonly openSize?: boolean;
}

function graphRecipe(spec: GraphRecipe): Recipe {
  const { id, kind, family, from, file, sha256, licence, single, input, bound } = spec;
  const channels = input.channels === 'gray' ? 1 : 3;
  const size = spec.channelsFirst ? [channels, input.height, input.width] : [input.height, input.width, channels];
  const outputs = Object.fromEntries(Object.entries(spec.outputs).map(([name, source]) => [source, name]));
  const params = { ...spec.params, ...(single && { maxBatch: 1 }) };
  return {
    id,
    version: '1.0.0',
    kind,
    family,
    from,
    files: [
      { path: `models/${file}.json`, sha256: sha256[0] },
      { path: `models/${file}.bin`, sha256: sha256[1] },
    ],
    recipe: 'tfjs',
    licence,
    input: { name: 'input', layout: 'NCHW', ...input },
    outputs: Object.fromEntries(Object.keys(spec.outputs).map((name) => [name, name])),
    params,
    convert: ([json, weights]) =>
      convertTfjs(parseGraphModel(json), weights ?? new Uint8Array(), {
        name: id,
        outputs,
        batch: single ? 'fixed' : 'free',
        ...(spec.openSize && { inputSize: size }),
      }),
    proof: originalTfjs({
      dims: [1, ...size],
      layout: spec.channelsFirst ? 'NCHW' : 'NHWC',
      integers: spec.integers ?? false,
      outputs,
      bound,
      ...(spec.range && { range: spec.range }),
    }),
  };
}

const movenetLicence: Licence = {
  spdx: 'Apache-2.0',
  vouchedBy: 'upstream',
  verified: true,
  evidence: 'Google MoveNet on TensorFlow Hub (Apache-2.0), the model card names the licence',
  trainingData: 'COCO 2017 keypoints and Google\'s own "Active" set, as the model card states',
};

/** 468 points of the face in pixels of the 192 crop, with depth; and whether there is a face. */
export const mediapipeFacemesh: Recipe = graphRecipe({
  id: 'mediapipe-facemesh',
  kind: 'landmarks',
  family: 'mesh468',
  from: 'human',
  file: 'facemesh',
  sha256: [
    'b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7',
    '3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b',
  ],
  licence: mediapipeLicence,
  input: {
    channels: 'rgb',
    width: 192,
    height: 192,
    mean: [0],
    std: [255],
    crop: { kind: 'box', scale: 1.5, basis: 'long', upright: true },
  },
  outputs: { mesh: 'output_mesh', flag: 'output_faceflag' },
  params: { points: 468, units: 'input pixels', flag: 'probability' },
  bound: 1e-3,
});

/** 71 points of an eye and 5 of its iris in pixels of the 64 crop; a left eye of the picture's right half is mirrored first. */
export const mediapipeIris: Recipe = graphRecipe({
  id: 'mediapipe-iris',
  kind: 'eyes',
  family: 'iris',
  from: 'human',
  file: 'iris',
  sha256: [
    '49038ac9dcc09aa05474d91d98e9db5b47af4830929bcf102ed5a56bfbabb465',
    'd7f296d184274213d4642681ae186112cbbec77fd2ab066257d3c56a1940bc71',
  ],
  licence: mediapipeLicence,
  input: { channels: 'rgb', width: 64, height: 64, mean: [0], std: [255] },
  outputs: { points: 'Identity:0' },
  params: {
    points: 76,
    irisFrom: 71,
    units: 'input pixels',
    eyeScale: 2.3,
    meshCorners: { left: [33, 133], right: [362, 263] },
  },
  bound: 1e-3,
});

/** Age, gender and a 1024-number embedding in one pass. Input as its authors feed it: BGR minus the mean. */
const faceresNetwork: Recipe = graphRecipe({
  id: 'faceres',
  kind: 'attributes',
  family: 'faceres',
  from: 'human',
  file: 'faceres',
  sha256: [
    '5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df',
    '2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b',
  ],
  licence: {
    spdx: 'Apache-2.0',
    vouchedBy: 'upstream',
    verified: true,
    evidence:
      'HSE-asavchenko/HSE_FaceRec_tf (Apache-2.0), named in the file; the weights are published in that repository',
    trainingData: 'VGGFace2 (research images); IMDB-WIKI and Adience for age and gender',
  },
  input: {
    channels: 'bgr',
    width: 224,
    height: 224,
    mean: [103.939, 116.779, 123.68],
    std: [1],
    crop: { kind: 'box', scale: 1.4, basis: 'long', upright: true },
  },
  outputs: { embedding: 'global_pooling/Mean', age: 'age_pred/Softmax:0', gender: 'gender_pred/Sigmoid:0' },
  params: { dimension: 1024, ages: { from: 1, count: 100 }, gender: 'probability of male', maleFrom: 0.6 },
  range: [-120, 150],
  bound: 1e-4,
});

/** The same with our head for age, gender and ethnicity. */
export const faceres: Recipe = withHeads(faceresNetwork, 'person');

/** A 256-number embedding in a millisecond, for weak devices. The graph normalises the pixels itself. */
export const mobileface: Recipe = graphRecipe({
  id: 'mobileface',
  kind: 'embedder',
  family: 'arcface',
  from: 'humanModels',
  file: 'mobileface',
  sha256: [
    'b62d89d9e1401a2572e011e8691699f2432c1a6f56cda0dad7ddbdecacf1bbab',
    '403b53d95120c93c8417951b05d816197aa1794372b47e7629801156c701be5c',
  ],
  licence: {
    spdx: 'MIT',
    vouchedBy: 'publisher',
    verified: false,
    evidence: 'The file names becauseofAI/MobileFace (MIT), version 3; not compared with the upstream weights',
    trainingData: 'Not documented; probably MS-Celeb-1M',
  },
  input: {
    channels: 'rgb',
    width: 112,
    height: 112,
    mean: [0],
    std: [1],
    crop: { kind: 'template', template: 'arcface' },
  },
  outputs: { embedding: 'batchnorm0/add_1:0' },
  params: { dimension: 256 },
  range: [0, 255],
  bound: 1e-3,
});

/** Seven expressions as probabilities, from a grey crop. */
export const oarriagaEmotion: Recipe = graphRecipe({
  id: 'oarriaga-emotion',
  kind: 'attributes',
  family: 'expression',
  from: 'human',
  file: 'emotion',
  sha256: [
    '56f7e557eb0c863a8b9ab04ac7ccba756e93bf2c27dce135ef0e8712b80b7ad2',
    '927ac8224f356ab1e68c2bcfbfa07b0c8567047d1bcf817388ba6e38214c4987',
  ],
  licence: {
    spdx: 'MIT',
    vouchedBy: 'publisher',
    verified: false,
    evidence: 'The file names oarriaga/face_classification (MIT); not compared with the upstream weights',
    trainingData: 'FER2013 (research images)',
  },
  input: {
    channels: 'gray',
    width: 64,
    height: 64,
    mean: [127.5],
    std: [127.5],
    crop: { kind: 'box', scale: 1.2, basis: 'long', inside: true },
  },
  outputs: { expression: 'Identity:0' },
  params: { labels: ['angry', 'disgusted', 'fearful', 'happy', 'sad', 'surprised', 'neutral'] },
  range: [-1, 1],
  bound: 1e-5,
});

/** 17 body points of one person, each y, x (parts of the square) and score. */
export const movenetLightning: Recipe = graphRecipe({
  id: 'movenet-lightning',
  kind: 'scene',
  family: 'movenet',
  from: 'human',
  file: 'movenet-lightning',
  sha256: [
    'df8cbde44d00f533ccc4916a7c6ebc17316532fb3fadad114ec667fef22872e9',
    'bf97bc10d9c8a11200b0190ed64ce039b6252f1aff7cb552aca99b3d191c2f34',
  ],
  licence: movenetLicence,
  input: { channels: 'rgb', width: 192, height: 192, mean: [0], std: [1] },
  outputs: { keypoints: 'Identity:0' },
  params: { points: 17, persons: 1 },
  single: true,
  integers: true,
  range: [0, 255],
  bound: 1e-4,
});

/** 17 body points and a box of up to six persons. */
export const movenetMultipose: Recipe = graphRecipe({
  id: 'movenet-multipose',
  kind: 'scene',
  family: 'movenet-multipose',
  from: 'humanModels',
  file: 'movenet-multipose',
  sha256: [
    '3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de',
    '19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118',
  ],
  licence: movenetLicence,
  input: { channels: 'rgb', width: 256, height: 256, mean: [0], std: [1] },
  outputs: { persons: 'output_0' },
  params: { points: 17, persons: 6, row: '17 × (y, x, score), then ymin, xmin, ymax, xmax, score' },
  single: true,
  integers: true,
  openSize: true,
  range: [0, 255],
  bound: 1e-4,
});

/** 80 COCO classes: per stride the class scores and the distribution of the four box sides over eleven bins. */
export const nanodet: Recipe = graphRecipe({
  id: 'nanodet',
  kind: 'scene',
  family: 'nanodet',
  from: 'humanModels',
  file: 'nanodet',
  sha256: [
    '4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d',
    '5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9',
  ],
  licence: {
    spdx: 'Apache-2.0',
    vouchedBy: 'upstream',
    verified: true,
    evidence: 'RangiLyu/nanodet (Apache-2.0), named in the file; the weights are published in that repository',
    trainingData: 'COCO 2017',
  },
  input: {
    channels: 'bgr',
    width: 416,
    height: 416,
    mean: [103.53, 116.28, 123.675],
    std: [57.375, 57.12, 58.395],
  },
  outputs: {
    scores8: 'Identity:0',
    scores16: 'Identity_1:0',
    scores32: 'Identity_2:0',
    boxes8: 'Identity_3:0',
    boxes16: 'Identity_4:0',
    boxes32: 'Identity_5:0',
  },
  params: { strides: [8, 16, 32], bins: 11, classes: 80, scoreThreshold: 0.35 },
  channelsFirst: true,
  range: [-2, 2],
  bound: 1e-4,
});
