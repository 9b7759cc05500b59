/** OnnxModel → the bytes of an .onnx file; equal models give equal bytes. */

import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType, OnnxValue } from './graph.ts';
import { WireWriter } from './wire.ts';

/** IR version 8 goes with operator sets up to 18 and lets initializers stand apart from inputs. */
const irVersion = 8;

/** TensorProto.DataType numbers. */
export const dataTypeNumber: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};

/** AttributeProto.AttributeType numbers. */
export const attributeTypeNumber: Readonly<Record<OnnxAttribute['kind'], number>> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  floats: 6,
  ints: 7,
  strings: 8,
};

/** Encodes a model. Initializers are written in map order, attributes by name. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new WireWriter();
  writer.int(1, irVersion);
  writer.string(2, 'vultus');
  writer.message(7, (graph) => writeGraph(graph, model.graph));
  const domains = new Set(model.graph.nodes.map((node) => node.domain ?? ''));
  for (const domain of ['', ...[...domains].filter(Boolean).sort()]) {
    writer.message(8, (opset) => {
      opset.string(1, domain);
      opset.int(2, domain === '' ? model.opset : 1);
    });
  }
  return writer.finish();
}

function writeGraph(writer: WireWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, (part) => writeNode(part, node));
  writer.string(2, graph.name);
  for (const [name, tensor] of graph.initializers) writer.message(5, (part) => writeTensor(part, tensor, name));
  for (const value of graph.inputs) writer.message(11, (part) => writeValue(part, value));
  for (const value of graph.outputs) writer.message(12, (part) => writeValue(part, value));
}

function writeNode(writer: WireWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  if (node.name) writer.string(3, node.name);
  writer.string(4, node.op);
  for (const name of Object.keys(node.attributes).sort()) {
    const attribute = node.attributes[name];
    if (attribute) writer.message(5, (part) => writeAttribute(part, name, attribute));
  }
  if (node.domain) writer.string(7, node.domain);
}

function writeAttribute(writer: WireWriter, name: string, attribute: OnnxAttribute): void {
  writer.string(1, name);
  if (attribute.kind === 'float') writer.float(2, attribute.value);
  else if (attribute.kind === 'int') writer.int(3, attribute.value);
  else if (attribute.kind === 'string') writer.string(4, attribute.value);
  else if (attribute.kind === 'tensor') writer.message(5, (part) => writeTensor(part, attribute.value, ''));
  else if (attribute.kind === 'floats') writer.packedFloats(7, attribute.value);
  else if (attribute.kind === 'ints') writer.packedInts(8, attribute.value);
  else for (const value of attribute.value) writer.string(9, value);
  writer.int(20, attributeTypeNumber[attribute.kind]);
}

function writeTensor(writer: WireWriter, tensor: OnnxTensor, name: string): void {
  if (tensor.dims.length > 0) writer.packedInts(1, tensor.dims);
  writer.int(2, dataTypeNumber[tensor.type]);
  if (name) writer.string(8, name);
  writer.bytes(9, tensor.data);
}

function writeValue(writer: WireWriter, value: OnnxValue): void {
  writer.string(1, value.name);
  writer.message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.int(1, dataTypeNumber[value.type]);
      tensor.message(2, (shape) => {
        for (const dim of value.dims) {
          shape.message(1, (part) => {
            if (typeof dim === 'number') part.int(1, dim);
            else part.string(2, dim);
          });
        }
      });
    });
  });
}
