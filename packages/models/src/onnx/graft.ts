/** Grafts a head onto a network: a small graph whose inputs are values inside the large one. */

import type { OnnxGraph, OnnxModel } from './graph.ts';

/**
 * Adds the head's nodes behind the network's own, and its outputs to the outputs. A head's input is found by its name
 * among the network's values; its inner names get the prefix `<id>/`. Edits `model` in place.
 * @throws Error when an input is no value of the network, an output's name is taken, or the operator sets differ
 */
export function graft(model: OnnxModel, id: string, head: OnnxModel): void {
  const known = valueNames(model.graph);
  const absent = head.graph.inputs.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (absent.length > 0) {
    throw new Error(
      `Expected ${model.graph.name} to have the values that head ${id} reads, got none called ${absent.join(', ')}`,
    );
  }
  const taken = head.graph.outputs.find(({ name }) => known.has(name));
  if (taken) throw new Error(`Expected head ${id} with outputs of new names, got ${taken.name} a second time`);
  if (head.opset !== model.opset) {
    throw new Error(
      `Expected head ${id} in operator set ${model.opset}, that of ${model.graph.name}; got ${head.opset}`,
    );
  }
  const kept = new Set([...head.graph.inputs, ...head.graph.outputs].map(({ name }) => name));
  const rename = (name: string): string => (name === '' || kept.has(name) ? name : `${id}/${name}`);
  for (const [name, tensor] of head.graph.initializers) model.graph.initializers.set(rename(name), tensor);
  for (const node of head.graph.nodes) {
    const [inputs, outputs] = [node.inputs.map(rename), node.outputs.map(rename)];
    model.graph.nodes.push({ ...node, name: rename(node.name), inputs, outputs });
  }
  model.graph.outputs.push(...head.graph.outputs);
}

function valueNames(graph: OnnxGraph): Set<string> {
  return new Set([...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap(({ outputs }) => outputs)]);
}
