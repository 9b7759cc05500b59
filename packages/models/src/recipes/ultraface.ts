/** UltraFace without its baked-in priors: the convolutions stay, the box decoding moves to the detector room. */

import { GraphBuilder, ints, type OnnxModel, type OnnxNode, tidy } from '../onnx/index.ts';
import { originalOnnx } from '../proof/original-onnx.ts';
import type { Proof } from '../recipe.ts';

const variances = [0.1, 0.2] as const;
const width = 320;
const height = 240;
const levels = [
  { stride: 8, boxes: [10, 16, 24] },
  { stride: 16, boxes: [32, 48] },
  { stride: 32, boxes: [64, 96] },
  { stride: 64, boxes: [128, 192, 256] },
] as const;

/**
 * Rebuilds the graph for any width and height. Outputs, for N pictures and A priors:
 * `scores` N×A×2 (softmax; column 1 is "face") and `boxes` N×A×4, the raw regression (dx, dy, dw, dh):
 * cx = prior.cx + dx·0.1·prior.w, w = prior.w·exp(dw·0.2), likewise for y and h.
 * Priors run over the levels (strides 8, 16, 32, 64), rows, columns, then the level's boxes; the map of a level is
 * ceil(side / stride) cells wide or high, a prior's centre is (column + ½) / cells of the side, its sides are the
 * box's pixels. Upstream clamps the sides of a prior to those of the picture.
 */
export function rebuildUltraface(source: OnnxModel): OnnxModel {
  const { graph } = source;
  const producer = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const scoreMaps = headMaps(producer, findInput(producer, 'scores', 'Concat'));
  const boxMaps = headMaps(producer, rawBoxes(producer));
  const builder = new GraphBuilder();
  const flatten = (map: string, columns: number): string => {
    const last = builder.node('Transpose', [map], { perm: ints(0, 2, 3, 1) });
    return builder.node('Reshape', [last, builder.ints([0, -1, columns])]);
  };
  const joined = (maps: readonly string[], columns: number): string =>
    builder.node(
      'Concat',
      maps.map((map) => flatten(map, columns)),
      { axis: { kind: 'int', value: 1 } },
    );
  const scores = builder.node('Softmax', [joined(scoreMaps, 2)], { axis: { kind: 'int', value: 2 } });
  const boxes = joined(boxMaps, 4);
  builder.output('scores', scores, ['N', 'A', 2]);
  builder.output('boxes', boxes, ['N', 'A', 4]);
  const tail = builder.build('ultraface-rfb');
  const initializers = new Map([...graph.initializers, ...tail.graph.initializers]);
  const backbone = graph.nodes.filter((node) => ['Conv', 'Relu', 'Add', 'Mul', 'Concat', 'Constant'].includes(node.op));
  const model: OnnxModel = {
    opset: source.opset,
    graph: {
      name: 'ultraface-rfb',
      nodes: [...backbone.filter((node) => !isFinal(node)), ...tail.graph.nodes],
      inputs: [{ name: 'input', type: 'float32', dims: ['N', 3, 'H', 'W'] }],
      outputs: tail.graph.outputs,
      initializers,
    },
  };
  tidy(model.graph);
  return model;
}

function isFinal(node: OnnxNode): boolean {
  return node.outputs.some((output) => output === 'scores' || output === 'boxes');
}

/** The output of the nearest `op` that feeds `value` by first inputs. */
function findInput(producer: ReadonlyMap<string, OnnxNode>, value: string, op: string): OnnxNode {
  for (let node = producer.get(value); node; node = producer.get(node.inputs[0] ?? '')) {
    if (node.op === op && node.outputs[0] !== value) return node;
  }
  throw new Error(`Expected a ${op} above ${value} in the source graph, got none`);
}

/** The Concat of all levels' raw regressions: the one whose inputs are Reshapes, above the in-graph decoding. */
function rawBoxes(producer: ReadonlyMap<string, OnnxNode>): OnnxNode {
  for (const node of producer.values()) {
    const feeders = node.inputs.map((input) => producer.get(input)?.op);
    if (node.op !== 'Concat' || feeders.length !== levels.length || feeders.some((op) => op !== 'Reshape')) continue;
    const softmax = [...producer.values()].find((other) => other.op === 'Softmax');
    if (softmax?.inputs[0] !== node.outputs[0]) return node;
  }
  throw new Error('Expected the concatenation of four box regressions in the source graph, got none');
}

/** The convolution outputs behind Transpose and Reshape of each input of the Concat. */
function headMaps(producer: ReadonlyMap<string, OnnxNode>, concat: OnnxNode): string[] {
  return concat.inputs.map((input) => {
    const transpose = producer.get(producer.get(input)?.inputs[0] ?? '');
    const map = transpose?.op === 'Transpose' ? transpose.inputs[0] : undefined;
    if (map === undefined) throw new Error(`Expected Transpose and Reshape before ${concat.name}, got another form`);
    return map;
  });
}

/** The original decodes to corners in its graph; the proof undoes that with priors recomputed from the contract above. */
export const ultrafaceProof: Proof = {
  ...originalOnnx({ input: 'input', outputs: {}, dims: [1, 3, height, width], bound: 2e-4 }),
  async open(files) {
    const original = await originalOnnx({
      input: 'input',
      outputs: { scores: ['scores'], boxes: ['boxes'] },
      dims: [1, 3, height, width],
      bound: 0,
    }).open(files);
    return async (sample) => {
      const { scores = [], boxes = [] } = await original(sample);
      return { scores, boxes: undecode(Array.from(boxes)) };
    };
  },
};

function undecode(corners: readonly number[]): number[] {
  return priors().flatMap(([cx, cy, w, h], i) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = corners.slice(i * 4, i * 4 + 4);
    return [
      ((x1 + x2) / 2 - cx) / w / variances[0],
      ((y1 + y2) / 2 - cy) / h / variances[0],
      Math.log((x2 - x1) / w) / variances[1],
      Math.log((y2 - y1) / h) / variances[1],
    ];
  });
}

function priors(): [number, number, number, number][] {
  const all: [number, number, number, number][] = [];
  for (const { stride, boxes } of levels) {
    const rows = Math.ceil(height / stride);
    const columns = Math.ceil(width / stride);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const centre = [(column + 0.5) / columns, (row + 0.5) / rows] as const;
        for (const box of boxes) all.push([...centre, Math.min(box / width, 1), Math.min(box / height, 1)]);
      }
    }
  }
  return all;
}
