/** Frees the batch dimension of a graph that was exported for one sample. */

import type { OnnxGraph, OnnxNode } from './graph.ts';
import { int64Tensor, tensorValues } from './graph.ts';
import { hoistConstants, removeDead } from './optimise.ts';

/**
 * Gives every input and output the free first dimension `N`, lets each Reshape copy it, and replaces
 * "concatenate a constant block of zeros" (which has one sample baked in) by a Pad along the channels.
 * Edits the graph in place. @throws Error for a Reshape whose target it cannot free.
 */
export function freeBatch(graph: OnnxGraph): void {
  hoistConstants(graph);
  for (const value of [...graph.inputs, ...graph.outputs]) value.dims[0] = 'N';
  const zeroBlocks = new Map(
    graph.nodes.filter((node) => node.op === 'ConstantOfShape').map((node) => [node.outputs[0] ?? '', node]),
  );
  for (const node of graph.nodes) {
    if (node.op === 'Reshape') freeReshape(graph, node);
    if (node.op === 'Concat' && node.inputs.length === 2) padInstead(graph, node, zeroBlocks.get(node.inputs[1] ?? ''));
  }
  removeDead(graph);
}

function freeReshape(graph: OnnxGraph, node: OnnxNode): void {
  const target = graph.initializers.get(node.inputs[1] ?? '');
  if (!target) return; // computed from the input's own shape: free already
  const [first, ...rest] = tensorValues(target);
  if (first === 0 || first === -1) return;
  if (first !== 1) throw new Error(`Expected Reshape ${node.name} to keep one sample first, got ${first}`);
  const name = `${node.outputs[0]}_shape`;
  graph.initializers.set(name, int64Tensor([0, ...rest]));
  node.inputs = [node.inputs[0] ?? '', name];
}

function padInstead(graph: OnnxGraph, node: OnnxNode, block: OnnxNode | undefined): void {
  const shape = graph.initializers.get(block?.inputs[0] ?? '');
  if (!shape) return;
  const channels = tensorValues(shape)[1] ?? 0;
  const name = `${node.outputs[0]}_pads`;
  graph.initializers.set(name, int64Tensor([0, 0, 0, 0, 0, channels, 0, 0]));
  node.op = 'Pad';
  node.inputs = [node.inputs[0] ?? '', name];
  node.attributes = {};
}
