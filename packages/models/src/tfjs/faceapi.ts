/** The nets of face-api, whose files hold weights only: the topologies, written from the architecture, and their conversion. */
import type { OnnxModel } from '../onnx/index.ts';
import { convertGraph } from './convert.ts';
import { at } from './dims.ts';
import { Topology } from './topology.ts';
import { decodeWeights, type WeightGroup } from './weights.ts';

/** Subtracted from RGB 0…255 before the division by {@link faceApiStd}; stays outside the graphs. */
export const faceApiMean = [122.782, 117.001, 104.298] as const;
export const faceApiStd = 255;

/** A net that {@link convertFaceApi} knows. */
export type FaceApiNet = 'face-recognition' | 'landmark-68' | 'expression' | 'age-gender';

const writers: Readonly<Record<FaceApiNet, (net: Topology) => void>> = {
  'face-recognition': faceRecognition,
  'landmark-68': (net) => net.output('landmarks', fullyConnected(net, denseFeatures(net), 'fc', 256)),
  expression: (net) => net.output('expression', net.softmax(fullyConnected(net, denseFeatures(net), 'fc', 256))),
  'age-gender': ageGender,
};

/**
 * Converts a net from its weight manifest and weight file.
 * Inputs: `input` N×3×150×150 (face-recognition) or N×3×112×112, RGB, (x − mean) / 255.
 * Outputs: `embedding` N×128; `landmarks` N×136 (x, y in parts of the square); `expression` N×7; `age` N×1 and `gender` N×2.
 */
export function convertFaceApi(name: FaceApiNet, manifest: readonly WeightGroup[], bytes: Uint8Array): OnnxModel {
  const net = new Topology(decodeWeights(manifest, bytes));
  writers[name](net);
  const { graph, weights } = net.finish();
  return convertGraph(graph, weights, { name });
}

/** Reads a face-api weight manifest. */
export function parseFaceApiManifest(file: Uint8Array | undefined): readonly WeightGroup[] {
  return JSON.parse(Buffer.from(file ?? new Uint8Array()).toString('utf8')) as readonly WeightGroup[];
}

/** dlib's ResNet with 29 convolutions (dlib_face_recognition_resnet_model_v1). */
function faceRecognition(net: Topology): void {
  let x = net.relu(scaledConvolution(net, net.input(150), 'conv32_down', 2, 'VALID'));
  x = net.pool('MaxPool', x, 3, 2, 'VALID');
  let size = 35;
  for (const block of ['conv32_1', 'conv32_2', 'conv32_3']) x = residual(net, x, block);
  for (const [down, ...blocks] of [
    ['conv64_down', 'conv64_1', 'conv64_2', 'conv64_3'],
    ['conv128_down', 'conv128_1', 'conv128_2'],
    ['conv256_down', 'conv256_1', 'conv256_2'],
    ['conv256_down_out'],
  ] as const) {
    x = residualDown(net, x, down, size);
    size = Math.floor(size / 2);
    for (const block of blocks) x = residual(net, x, block);
  }
  net.output('embedding', net.matrix(net.globalMean(x), 'fc'));
}

/** Convolution, bias, then dlib's affine layer. */
function scaledConvolution(net: Topology, x: string, name: string, stride: number, padding: 'SAME' | 'VALID'): string {
  const biased = net.addWeight(net.convolve(x, `${name}/conv/filters`, stride, padding), `${name}/conv/bias`);
  return net.addWeight(net.multiplyWeight(biased, `${name}/scale/weights`), `${name}/scale/biases`);
}

function residual(net: Topology, x: string, name: string): string {
  const inner = net.relu(scaledConvolution(net, x, `${name}/conv1`, 1, 'SAME'));
  return net.relu(net.add(scaledConvolution(net, inner, `${name}/conv2`, 1, 'SAME'), x));
}

/** Halves `size`: the short cut is an average pool, filled up with zeros in channels; the long way with zeros at the bottom right. */
function residualDown(net: Topology, x: string, name: string, size: number): string {
  const inner = net.relu(scaledConvolution(net, x, `${name}/conv1`, 2, 'VALID'));
  const long = scaledConvolution(net, inner, `${name}/conv2`, 1, 'SAME');
  const missing = Math.floor(size / 2) - (Math.floor((size - 3) / 2) + 1);
  const [, , before, after] = net.shapeOf(`${name}/conv1/conv/filters`);
  const short = net.padAfter(net.pool('AvgPool', x, 2, 2, 'VALID'), [
    0,
    0,
    0,
    Math.max(0, (after ?? 0) - (before ?? 0)),
  ]);
  return net.relu(net.add(short, net.padAfter(long, [0, missing, missing, 0])));
}

/** Four dense blocks of depthwise-separable convolutions, then a 7×7 average: N×1×1×256. */
function denseFeatures(net: Topology): string {
  let x = net.input(112);
  for (const block of ['dense0', 'dense1', 'dense2', 'dense3']) x = denseBlock(net, x, block, block === 'dense0');
  return net.pool('AvgPool', x, 7, 2, 'VALID');
}

function denseBlock(net: Topology, x: string, name: string, plain: boolean): string {
  const entry = plain ? convolution(net, x, `${name}/conv0`, 2) : separable(net, x, `${name}/conv0`, 2);
  const sums = [net.relu(entry)];
  let sum = at(sums, 0);
  for (const layer of ['conv1', 'conv2', 'conv3']) {
    sum = net.add(sum, separable(net, at(sums, -1), `${name}/${layer}`, 1));
    sums.push(net.relu(sum));
  }
  return at(sums, -1);
}

function convolution(net: Topology, x: string, name: string, stride: number): string {
  return net.addWeight(net.convolve(x, `${name}/filters`, stride, 'SAME'), `${name}/bias`);
}

function separable(net: Topology, x: string, name: string, stride: number): string {
  const spread = net.depthwise(x, `${name}/depthwise_filter`, stride);
  return net.addWeight(net.convolve(spread, `${name}/pointwise_filter`, 1, 'SAME'), `${name}/bias`);
}

function fullyConnected(net: Topology, features: string, name: string, size: number): string {
  return net.addWeight(net.matrix(net.flatten(features, size), `${name}/weights`), `${name}/bias`);
}

/** A small Xception with two heads. */
function ageGender(net: Topology): void {
  let x = net.relu(convolution(net, net.input(112), 'entry_flow/conv_in', 2));
  x = reduction(net, x, 'entry_flow/reduction_block_0', false);
  x = reduction(net, x, 'entry_flow/reduction_block_1', true);
  for (const block of ['middle_flow/main_block_0', 'middle_flow/main_block_1']) {
    let inner = x;
    for (const layer of ['separable_conv0', 'separable_conv1', 'separable_conv2']) {
      inner = separable(net, net.relu(inner), `${block}/${layer}`, 1);
    }
    x = net.add(inner, x);
  }
  x = reduction(net, x, 'exit_flow/reduction_block', true);
  x = net.relu(separable(net, x, 'exit_flow/separable_conv', 1));
  const features = net.pool('AvgPool', x, 7, 2, 'VALID');
  net.output('age', fullyConnected(net, features, 'fc/age', 512));
  net.output('gender', net.softmax(fullyConnected(net, features, 'fc/gender', 512)));
}

function reduction(net: Topology, x: string, name: string, activate: boolean): string {
  let inner = separable(net, activate ? net.relu(x) : x, `${name}/separable_conv0`, 1);
  inner = separable(net, net.relu(inner), `${name}/separable_conv1`, 1);
  return net.add(net.pool('MaxPool', inner, 3, 2, 'SAME'), convolution(net, x, `${name}/expansion_conv`, 2));
}
