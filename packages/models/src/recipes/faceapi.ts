/** Nets whose weights come with @vladmandic/face-api: dlib's face recognition, 68 points, expression, age and gender. */

import type { ImageInput, Licence } from 'vultus';
import { originalFaceApi } from '../proof/original-faceapi.ts';
import type { Recipe, SourceFile } from '../recipe.ts';
import { convertFaceApi, type FaceApiNet, faceApiMean, faceApiStd, parseFaceApiManifest } from '../tfjs/faceapi.ts';

const faceApiLicence: Licence = {
  spdx: 'MIT',
  vouchedBy: 'upstream',
  verified: true,
  evidence:
    'face-api.js (justadudewhohacks, MIT): its author designed and trained the net and publishes the weights in the same repository',
  trainingData: 'About 35,000 face pictures of unnamed public data sets, by the author of face-api.js',
};

function input(size: number, crop: NonNullable<ImageInput['crop']>): ImageInput {
  const base = { name: 'input', layout: 'NCHW', channels: 'rgb', width: size, height: size } as const;
  return { ...base, mean: faceApiMean, std: [faceApiStd], crop };
}

function files(model: string, manifest: string, weights: string): readonly SourceFile[] {
  return [
    { path: `model/${model}-weights_manifest.json`, sha256: manifest },
    { path: `model/${model}.bin`, sha256: weights },
  ];
}

function convert(net: FaceApiNet): Recipe['convert'] {
  return ([manifest, weights]) => convertFaceApi(net, parseFaceApiManifest(manifest), weights ?? new Uint8Array());
}

const square = { kind: 'box', scale: 1.2, basis: 'long' } as const;

/** dlib's ResNet, 128 numbers: the identity of the `open` preset. */
export const dlibResnet: Recipe = {
  id: 'dlib-resnet',
  version: '1.0.0',
  kind: 'embedder',
  family: 'dlib',
  from: 'faceApi',
  files: files(
    'face_recognition_model',
    'cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b',
    'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589',
  ),
  recipe: 'faceapi',
  licence: {
    spdx: 'CC0-1.0',
    vouchedBy: 'upstream',
    verified: true,
    evidence:
      'dlib_face_recognition_resnet_model_v1 (davisking/dlib-models): its author put the weights in the public domain; quantised to 8 bits by face-api.js (MIT)',
    trainingData:
      'About 3 million pictures of 7,485 people: FaceScrub, VGG and pictures collected by the author, identities of LFW left out',
  },
  input: input(150, { kind: 'template', template: 'dlib' }),
  outputs: { embedding: 'embedding' },
  params: { dimension: 128, compare: 'cosine', euclideanThreshold: 0.6 },
  convert: convert('face-recognition'),
  proof: originalFaceApi('face-recognition', 150, 'embedding', 1e-5),
};

/** 68 points in dlib's order, as x, y in parts of the square crop; its licence is settled, unlike `landmark-68`. */
export const faceapiLandmark68: Recipe = {
  id: 'faceapi-landmark-68',
  version: '1.0.0',
  kind: 'landmarks',
  family: 'points68',
  from: 'faceApi',
  files: files(
    'face_landmark_68_model',
    'ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9',
    '4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b',
  ),
  recipe: 'faceapi',
  licence: faceApiLicence,
  input: input(112, { kind: 'box', scale: 1, basis: 'long' }),
  outputs: { points: 'landmarks' },
  params: { points: 68, units: 'crop' },
  convert: convert('landmark-68'),
  proof: originalFaceApi('landmark-68', 112, 'landmarks', 1e-5),
};

/** Seven expressions as probabilities. */
export const faceapiExpression: Recipe = {
  id: 'faceapi-expression',
  version: '1.0.0',
  kind: 'attributes',
  family: 'expression',
  from: 'faceApi',
  files: files(
    'face_expression_model',
    '5b349c17c7836da506e03422cd6461c74085d8bb2713ad4114647dc5d28174c8',
    '9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d',
  ),
  recipe: 'faceapi',
  licence: faceApiLicence,
  input: input(112, { ...square, upright: true }),
  outputs: { expression: 'expression' },
  params: { labels: ['neutral', 'happy', 'sad', 'angry', 'fearful', 'disgusted', 'surprised'] },
  convert: convert('expression'),
  proof: originalFaceApi('expression', 112, 'expression', 1e-5),
};

/** Age in years and the probabilities of male and female. */
export const faceapiAgeGender: Recipe = {
  id: 'faceapi-age-gender',
  version: '1.0.0',
  kind: 'attributes',
  family: 'age-gender',
  from: 'faceApi',
  files: files(
    'age_gender_model',
    '74b60bf3ebf981bf4e661e9cca3a185614e10b25d797118b62e2a68d3ff2569f',
    '49f92bbc0afef2342c4385e4a2b0acb6d7a727c6f0aa539499719a81acf9abaa',
  ),
  recipe: 'faceapi',
  licence: {
    ...faceApiLicence,
    trainingData:
      'UTKFace, FGNET, CHALEARN, WIKI, IMDB, CACD2000, MegaAge, MegaAge-Asian, as the author of face-api.js lists them',
  },
  input: input(112, square),
  outputs: { age: 'age', gender: 'gender' },
  params: { genders: ['male', 'female'] },
  convert: convert('age-gender'),
  proof: originalFaceApi('age-gender', 112, 'age', 1e-3),
};
