/**
 * Writes the tiny ONNX models that tests and the device probe use, as base64 in TypeScript, so that neither needs built files.
 * Run after `npm run build`, only when a model changes: node tools/make-tiny-models.mjs
 */

import { writeFile } from 'node:fs/promises';
import { encodeModel, GraphBuilder } from '../packages/models/dist/onnx/index.js';

const runtime = new URL('../packages/vultus/src/runtime/', import.meta.url);

await writeFile(
  new URL('probe.data.ts', runtime),
  `/** The smallest model there is (y = x), for finding out whether a device opens. Written by tools/make-tiny-models.mjs. */

const base64 = '${base64(identity())}';

/** The model's bytes: input \`x\`, output \`y\`, both float32 [1]. */
export function probeModelBytes(): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
`,
);

await writeFile(
  new URL('backend.contract.data.ts', runtime),
  `/** Tiny ONNX models for the backend contract. Written by tools/make-tiny-models.mjs. */

const base64 = {
  affine:
    '${base64(affine())}',
  types:
    '${base64(types())}',
  heavy:
    '${base64(heavy())}',
} as const;

/**
 * A model's bytes.
 * - \`affine\`: \`x\` float32 [N, 4] → \`y\` = 2x + 1.
 * - \`types\`: one input of shape [N] per element type, named after it → the same values as \`<type>_out\`.
 * - \`heavy\`: \`x\` float32 [N, 32, 112, 112] → \`y\` float32 [N, 32, 1, 1], four 3×3 convolutions, about 0.5 G multiply-adds.
 */
export function tinyModel(name: keyof typeof base64): Uint8Array {
  return Uint8Array.from(atob(base64[name]), (letter) => letter.charCodeAt(0));
}
`,
);

await writeFile(
  new URL('../packages/vultus/src/gallery/index/gemm.data.ts', import.meta.url),
  `/** A matrix product as an ONNX model, for batches of queries. Written by tools/make-tiny-models.mjs. */

const base64 =
  '${base64(product())}';

/** The model's bytes: \`sums\` int32 [N, Q] = (\`rows\` uint8 [N, D] − 128) · \`queries\` int8 [D, Q]. */
export function gemmModelBytes(): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
`,
);

function product() {
  const graph = new GraphBuilder();
  const rows = graph.input('rows', ['N', 'D'], 'uint8');
  const queries = graph.input('queries', ['D', 'Q'], 'int8');
  const zero = graph.constant({ type: 'uint8', dims: [], data: Uint8Array.of(128) });
  graph.node('MatMulInteger', [rows, queries, zero], {}, ['sums']);
  graph.output('sums', 'sums', ['N', 'Q'], 'int32');
  return graph.build('product');
}

function identity() {
  const graph = new GraphBuilder();
  graph.input('x', [1]);
  graph.output('y', 'x', [1]);
  return graph.build('identity');
}

function affine() {
  const graph = new GraphBuilder();
  const x = graph.input('x', ['N', 4]);
  const doubled = graph.node('Mul', [x, graph.floats([2], [])]);
  graph.output('y', graph.node('Add', [doubled, graph.floats([1], [])]), ['N', 4]);
  return graph.build('affine');
}

function types() {
  const graph = new GraphBuilder();
  for (const type of ['float32', 'int32', 'int64', 'uint8', 'bool']) {
    graph.output(`${type}_out`, graph.input(type, ['N'], type), ['N'], type);
  }
  return graph.build('types');
}

function heavy() {
  const graph = new GraphBuilder();
  let value = graph.input('x', ['N', 32, 112, 112]);
  // One number, spread to a full kernel when the runtime folds constants: heavy to run, light to store.
  const kernel = graph.node('Expand', [graph.floats([1 / 288], [1, 1, 1, 1]), graph.ints([32, 32, 3, 3])]);
  for (let layer = 0; layer < 4; layer++) {
    value = graph.node('Conv', [value, kernel], { pads: { kind: 'ints', value: [1, 1, 1, 1] } });
  }
  graph.output('y', graph.node('GlobalAveragePool', [value]), ['N', 32, 1, 1]);
  return graph.build('heavy');
}

function base64(model) {
  return Buffer.from(encodeModel(model)).toString('base64');
}
