/** Models from faceplugin-face-recognition-js: ONNX already, edited so that the batch (and for the detector the size) is free. */

import type { Licence } from 'vultus';
import { decodeModel, freeBatch, type OnnxModel, renameValue, tidy } from '../onnx/index.ts';
import { originalOnnx } from '../proof/original-onnx.ts';
import type { Recipe } from '../recipe.ts';
import { rebuildUltraface, ultrafaceProof } from './ultraface.ts';

/** The package's own LICENSE is MIT; where no more is known, the licence rests on that word. */
function publisherLicence(evidence: string, trainingData: string): Licence {
  return { spdx: 'MIT', vouchedBy: 'publisher', verified: false, evidence, trainingData };
}

function withFreeBatch(names: Readonly<Record<string, string>>): (files: readonly Uint8Array[]) => OnnxModel {
  return ([file]) => {
    const model = decodeModel(file ?? new Uint8Array());
    for (const [from, to] of Object.entries(names)) renameValue(model.graph, from, to);
    freeBatch(model.graph);
    tidy(model.graph);
    return model;
  };
}

/** UltraFace RFB with free size: the default detector. */
export const ultrafaceRfb: Recipe = {
  id: 'ultraface-rfb',
  version: '1.0.0',
  kind: 'detector',
  family: 'ultraface',
  from: 'faceplugin',
  files: [{ path: 'model/fr_detect.onnx', sha256: '6c0256ccd3164f844736a401faf936ec2930764a87ae39442180887d0c5c8854' }],
  recipe: 'edited',
  licence: {
    spdx: 'MIT',
    vouchedBy: 'upstream',
    verified: true,
    evidence:
      'Ultra-Light-Fast-Generic-Face-Detector-1MB (Linzaer, MIT), version RFB-320: 62 of 92 weight tensors are byte-identical to the upstream ONNX file, the others differ by batch-norm folding',
    trainingData: 'WIDER FACE (research images)',
  },
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'rgb',
    width: 320,
    height: 240,
    multipleOf: 8,
    mean: [127],
    std: [128],
  },
  outputs: { scores: 'scores', boxes: 'boxes' },
  params: {
    strides: [8, 16, 32, 64],
    minBoxes: [
      [10, 16, 24],
      [32, 48],
      [64, 96],
      [128, 192, 256],
    ],
    variances: [0.1, 0.2],
    boxes: 'raw',
    scoreThreshold: 0.65,
  },
  convert: ([file]) => rebuildUltraface(decodeModel(file ?? new Uint8Array())),
  proof: ultrafaceProof,
};

/** 68 points in dlib's order, for alignment. */
export const landmark68: Recipe = {
  id: 'landmark-68',
  version: '1.0.0',
  kind: 'landmarks',
  family: 'points68',
  from: 'faceplugin',
  files: [
    { path: 'model/fr_landmark.onnx', sha256: 'f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258' },
  ],
  recipe: 'edited',
  licence: publisherLicence(
    "MIT by FacePlugin's package and public repository only; the architecture is a MobileFaceNet-style 68-point net, the origin of the weights is not documented",
    'Not documented',
  ),
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'gray',
    width: 64,
    height: 64,
    mean: [0],
    std: [256],
    crop: { kind: 'box', scale: 1, basis: 'height' },
  },
  outputs: { points: 'points' },
  params: { points: 68, units: 'crop' },
  convert: withFreeBatch({ output: 'points' }),
  proof: originalOnnx({ input: 'input', outputs: { points: ['output'] }, dims: [1, 1, 64, 64], bound: 1e-5 }),
};

/** The 512-number embedding of the `balanced` preset. */
export const mobilefacenet512: Recipe = {
  id: 'mobilefacenet-512',
  version: '1.0.0',
  kind: 'embedder',
  family: 'arcface',
  from: 'faceplugin',
  files: [
    { path: 'model/fr_feature.onnx', sha256: '87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581' },
  ],
  recipe: 'edited',
  licence: publisherLicence(
    "MIT by FacePlugin's package and public repository only; layer counts equal those of InsightFace_Pytorch's MobileFaceNet-512",
    'Not documented; probably of the MS-Celeb-1M kind',
  ),
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'bgr',
    width: 112,
    height: 112,
    mean: [127.5],
    std: [127.5],
    crop: { kind: 'template', template: 'arcface' },
  },
  outputs: { embedding: 'embedding' },
  params: { dimension: 512 },
  convert: withFreeBatch({ output: 'embedding' }),
  proof: originalOnnx({ input: 'input', outputs: { embedding: ['output'] }, dims: [1, 3, 112, 112], bound: 1e-4 }),
};

/** Yaw, pitch and roll in 66 bins of three degrees each. */
export const headPose: Recipe = {
  id: 'head-pose',
  version: '1.0.0',
  kind: 'pose',
  family: 'hopenet',
  from: 'faceplugin',
  files: [{ path: 'model/fr_pose.onnx', sha256: '72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d' }],
  recipe: 'edited',
  licence: publisherLicence(
    "MIT by FacePlugin's package and public repository only; Hopenet heads on ShuffleNetV2, size and layers fit deep-head-pose-lite (Apache-2.0)",
    'Not documented; probably 300W-LP',
  ),
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'rgb',
    width: 224,
    height: 224,
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    crop: { kind: 'box', scale: 1.1, basis: 'height' },
  },
  outputs: { yaw: 'yaw', pitch: 'pitch', roll: 'roll' },
  params: { bins: 66, degreesPerBin: 3, offset: -99 },
  convert: withFreeBatch({ output: 'yaw', '617': 'pitch', '618': 'roll' }),
  proof: originalOnnx({
    input: 'input',
    outputs: { yaw: ['output'], pitch: ['617'], roll: ['618'] },
    dims: [1, 3, 224, 224],
    bound: 1e-4,
  }),
};

/** Eye closed or open, from a 24-pixel crop of one eye. */
export const eyeState: Recipe = {
  id: 'eye-state',
  version: '1.0.0',
  kind: 'eyes',
  family: 'eye-state',
  from: 'faceplugin',
  files: [{ path: 'model/fr_eye.onnx', sha256: '1afcea006abc1ccac3c517022abde0aa092bed74ff3c9fe6878483ef9e6e38de' }],
  recipe: 'edited',
  licence: publisherLicence(
    "MIT by FacePlugin's package and public repository only; the origin of the weights is not documented",
    'Not documented; perhaps Closed Eyes in the Wild',
  ),
  input: { name: 'input', layout: 'NCHW', channels: 'gray', width: 24, height: 24, mean: [0], std: [255] },
  outputs: { logits: 'logits' },
  params: { labels: ['closed', 'open'], eyeScale: 1.6 },
  convert: withFreeBatch({ output: 'logits' }),
  proof: originalOnnx({ input: 'input', outputs: { logits: ['output'] }, dims: [1, 1, 24, 24], bound: 1e-4 }),
};

/** Live or spoof from one picture with the surroundings of the face: a weak signal. */
export const silentLiveness: Recipe = {
  id: 'silent-liveness',
  version: '1.0.0',
  kind: 'liveness',
  family: 'minifasnet',
  from: 'faceplugin',
  files: [
    { path: 'model/fr_liveness.onnx', sha256: 'afa783b7e902fdfcf323a7240cac2a1c580c25314ea4161129dc1b0d100dc32d' },
  ],
  recipe: 'edited',
  licence: publisherLicence(
    "MIT by FacePlugin's package and public repository only; the architecture is MiniFASNetV2-SE (minivision, Apache-2.0 code), the weights are of another training",
    'Not documented',
  ),
  input: {
    name: 'input',
    layout: 'NCHW',
    channels: 'bgr',
    width: 128,
    height: 128,
    mean: [0],
    std: [1],
    crop: { kind: 'box', scale: 2.7, basis: 'height', inside: true },
  },
  outputs: { logits: 'logits' },
  params: { labels: ['live', 'spoof', 'spoof'] },
  convert: withFreeBatch({ output: 'logits' }),
  proof: originalOnnx({
    input: 'input',
    outputs: { logits: ['output'] },
    dims: [1, 3, 128, 128],
    range: [0, 255],
    bound: 1e-4,
  }),
};
