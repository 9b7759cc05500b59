/** Graph clean-up that every recipe wants: dead nodes and constants out, Identity chains short, Constant nodes to initializers. */

import type { OnnxGraph, OnnxNode } from './graph.ts';

/** Removes nodes and initializers that no output depends on. Edits the graph in place. */
export function removeDead(graph: OnnxGraph): void {
  const needed = new Set(graph.outputs.map((output) => output.name));
  const kept: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  graph.nodes = kept.reverse();
  for (const name of [...graph.initializers.keys()]) {
    if (!needed.has(name)) graph.initializers.delete(name);
  }
}

/** Turns Constant nodes into initializers. Edits the graph in place. */
export function hoistConstants(graph: OnnxGraph): void {
  graph.nodes = graph.nodes.filter((node) => {
    const [name] = node.outputs;
    const value = node.attributes.value;
    if (node.op !== 'Constant' || name === undefined || value?.kind !== 'tensor') return true;
    graph.initializers.set(name, value.value);
    return false;
  });
}

/** Removes Identity nodes whose output is not a graph output. Edits the graph in place. */
function removeIdentities(graph: OnnxGraph): void {
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const alias = new Map<string, string>();
  const resolve = (name: string): string => alias.get(name) ?? name;
  graph.nodes = graph.nodes.filter((node) => {
    node.inputs = node.inputs.map(resolve);
    const [from] = node.inputs;
    const [to] = node.outputs;
    if (node.op !== 'Identity' || from === undefined || to === undefined || outputs.has(to)) return true;
    alias.set(to, from);
    return false;
  });
}

/** Renames a value everywhere: inputs, outputs, initializers and nodes. Edits the graph in place. */
export function renameValue(graph: OnnxGraph, from: string, to: string): void {
  const rename = (name: string): string => (name === from ? to : name);
  for (const value of [...graph.inputs, ...graph.outputs]) value.name = rename(value.name);
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map(rename);
    node.outputs = node.outputs.map(rename);
  }
  const tensor = graph.initializers.get(from);
  if (tensor) {
    graph.initializers.delete(from);
    graph.initializers.set(to, tensor);
  }
}

/** The three clean-ups in their order. Edits the graph in place. */
export function tidy(graph: OnnxGraph): void {
  hoistConstants(graph);
  removeIdentities(graph);
  removeDead(graph);
}
