/** The bytes of an .onnx file → OnnxModel; typed data fields become raw little-endian bytes. */

import { attributeTypeNumber, dataTypeNumber } from './encode.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxType, OnnxValue } from './graph.ts';
import { fieldFloats, fieldInt, fieldInts, fieldText, readFields } from './wire.ts';

const typeByNumber = invert(dataTypeNumber);
const attributeByNumber = invert(attributeTypeNumber);

/**
 * Decodes a model. Inputs that are initializers too (the habit of IR version 3) are dropped from the inputs.
 * @throws Error when the bytes are no ONNX model, or hold what this project does not use: sub-graphs, external
 * or segmented data, sparse or string tensors.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  let opset = 0;
  let graph: OnnxGraph | undefined;
  for (const field of readFields(bytes)) {
    if (field.field === 7) graph = readGraph(field.bytes);
    if (field.field === 8) opset = readDefaultOpset(field.bytes) ?? opset;
  }
  if (!graph || opset === 0) throw new Error('Expected an ONNX model with a graph and an operator set, got none');
  return { opset, graph };
}

function readDefaultOpset(bytes: Uint8Array): number | undefined {
  let domain = '';
  let version = 0;
  for (const field of readFields(bytes)) {
    if (field.field === 1) domain = fieldText(field);
    if (field.field === 2) version = fieldInt(field);
  }
  return domain === '' || domain === 'ai.onnx' ? version : undefined;
}

function readGraph(bytes: Uint8Array): OnnxGraph {
  const graph: OnnxGraph = { name: '', nodes: [], inputs: [], outputs: [], initializers: new Map() };
  for (const field of readFields(bytes)) {
    if (field.field === 1) graph.nodes.push(readNode(field.bytes));
    else if (field.field === 2) graph.name = fieldText(field);
    else if (field.field === 5) {
      const { name, tensor } = readTensor(field.bytes);
      graph.initializers.set(name, tensor);
    } else if (field.field === 11) graph.inputs.push(readValue(field.bytes));
    else if (field.field === 12) graph.outputs.push(readValue(field.bytes));
    else if (field.field === 15) throw new Error('Expected dense initializers, got a sparse one');
  }
  graph.inputs = graph.inputs.filter((input) => !graph.initializers.has(input.name));
  return graph;
}

function readNode(bytes: Uint8Array): OnnxNode {
  const node: OnnxNode = { op: '', name: '', inputs: [], outputs: [], attributes: {} };
  for (const field of readFields(bytes)) {
    if (field.field === 1) node.inputs.push(fieldText(field));
    else if (field.field === 2) node.outputs.push(fieldText(field));
    else if (field.field === 3) node.name = fieldText(field);
    else if (field.field === 4) node.op = fieldText(field);
    else if (field.field === 5) {
      const { name, attribute } = readAttribute(field.bytes);
      node.attributes[name] = attribute;
    } else if (field.field === 7 && field.bytes.length > 0) node.domain = fieldText(field);
  }
  return node;
}

function readAttribute(bytes: Uint8Array): { name: string; attribute: OnnxAttribute } {
  let name = '';
  let kind: OnnxAttribute['kind'] | undefined;
  let number = 0;
  let text = '';
  let tensor: OnnxTensor | undefined;
  const floats: number[] = [];
  const integers: number[] = [];
  const strings: string[] = [];
  for (const field of readFields(bytes)) {
    if (field.field === 1) name = fieldText(field);
    else if (field.field === 2) number = fieldFloats(field)[0] ?? 0;
    else if (field.field === 3) number = fieldInt(field);
    else if (field.field === 4) text = fieldText(field);
    else if (field.field === 5) tensor = readTensor(field.bytes).tensor;
    else if (field.field === 7) floats.push(...fieldFloats(field));
    else if (field.field === 8) integers.push(...fieldInts(field));
    else if (field.field === 9) strings.push(fieldText(field));
    else if (field.field === 20) kind = attributeByNumber.get(fieldInt(field));
  }
  if (kind === 'int' || kind === 'float') return { name, attribute: { kind, value: number } };
  if (kind === 'string') return { name, attribute: { kind, value: text } };
  if (kind === 'tensor' && tensor) return { name, attribute: { kind, value: tensor } };
  if (kind === 'ints') return { name, attribute: { kind, value: integers } };
  if (kind === 'floats') return { name, attribute: { kind, value: floats } };
  if (kind === 'strings') return { name, attribute: { kind, value: strings } };
  throw new Error(`Expected attribute ${name} of a plain kind, got a graph or an unknown kind`);
}

function readTensor(bytes: Uint8Array): { name: string; tensor: OnnxTensor } {
  let name = '';
  let type: OnnxType | undefined;
  let raw: Uint8Array | undefined;
  const dims: number[] = [];
  const floats: number[] = [];
  const integers: number[] = [];
  for (const field of readFields(bytes)) {
    if (field.field === 1) dims.push(...fieldInts(field));
    else if (field.field === 2) type = typeByNumber.get(fieldInt(field));
    else if (field.field === 4) for (const value of fieldFloats(field)) floats.push(value);
    else if (field.field === 5 || field.field === 7) for (const value of fieldInts(field)) integers.push(value);
    else if (field.field === 8) name = fieldText(field);
    else if (field.field === 9) raw = new Uint8Array(field.bytes);
    else if (field.field === 10 || field.field === 11 || field.field === 13) {
      throw new Error(`Expected tensor ${name} with its data in the file as float, int or raw bytes`);
    }
  }
  if (!type) throw new Error(`Expected tensor ${name} of a numeric type, got another`);
  return { name, tensor: { type, dims, data: raw ?? packTyped(type, floats, integers) } };
}

/** The typed data fields as little-endian bytes. int32_data also carries the narrow types and the bits of float16. */
function packTyped(type: OnnxType, floats: readonly number[], integers: readonly number[]): Uint8Array {
  if (type === 'float32') return bytesOf(Float32Array.from(floats));
  if (type === 'int64') return bytesOf(BigInt64Array.from(integers, BigInt));
  if (type === 'int32') return bytesOf(Int32Array.from(integers));
  if (type === 'float16' || type === 'uint16' || type === 'int16') return bytesOf(Uint16Array.from(integers));
  if (type === 'uint8' || type === 'int8' || type === 'bool') return bytesOf(Uint8Array.from(integers));
  throw new Error(`Expected tensor data of type ${type} as raw bytes`);
}

function bytesOf(array: Float32Array | BigInt64Array | Int32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function readValue(bytes: Uint8Array): OnnxValue {
  const value: OnnxValue = { name: '', type: 'float32', dims: [] };
  for (const field of readFields(bytes)) {
    if (field.field === 1) value.name = fieldText(field);
    if (field.field !== 2) continue;
    for (const kind of readFields(field.bytes)) {
      if (kind.field === 1) readTensorType(kind.bytes, value);
    }
  }
  return value;
}

function readTensorType(bytes: Uint8Array, value: OnnxValue): void {
  for (const field of readFields(bytes)) {
    if (field.field === 1) value.type = typeByNumber.get(fieldInt(field)) ?? value.type;
    if (field.field !== 2) continue;
    for (const dimension of readFields(field.bytes)) value.dims.push(readDimension(dimension.bytes));
  }
}

function readDimension(bytes: Uint8Array): number | string {
  for (const field of readFields(bytes)) {
    if (field.field === 1) return fieldInt(field);
    if (field.field === 2) return fieldText(field);
  }
  return '?';
}

function invert<K extends string>(table: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  return new Map((Object.keys(table) as K[]).map((key) => [table[key], key]));
}
