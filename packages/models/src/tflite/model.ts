/** A TFLite file as plain data: tensors, operators in execution order, constants as bytes. */

import { Table } from './flatbuffer.ts';

/** Element types by their number in the schema; others are refused where they are used. */
const types = [
  'float32',
  'float16',
  'int32',
  'uint8',
  'int64',
  'string',
  'bool',
  'int16',
  'complex64',
  'int8',
] as const;

/** Names of the builtin operators of the sources, by their number in the schema. */
const operatorNames: Readonly<Record<number, string>> = {
  0: 'ADD',
  1: 'AVERAGE_POOL_2D',
  2: 'CONCATENATION',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  5: 'DEPTH_TO_SPACE',
  6: 'DEQUANTIZE',
  9: 'FULLY_CONNECTED',
  14: 'LOGISTIC',
  17: 'MAX_POOL_2D',
  18: 'MUL',
  19: 'RELU',
  21: 'RELU6',
  22: 'RESHAPE',
  23: 'RESIZE_BILINEAR',
  25: 'SOFTMAX',
  34: 'PAD',
  41: 'SUB',
  42: 'DIV',
  45: 'STRIDED_SLICE',
  47: 'EXP',
  54: 'PRELU',
  59: 'NEG',
  65: 'SLICE',
  74: 'SUM',
  82: 'REDUCE_MAX',
  101: 'ABS',
};

/** One tensor: an activation, or a constant when `data` is there. */
export interface TfliteTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: (typeof types)[number];
  readonly data?: Uint8Array;
}

/** One operator; `options` is its builtin table, `custom` the bytes of a custom one. */
export interface TfliteOperator {
  /** Builtin name, or the custom operator's own. */
  readonly op: string;
  /** Tensor indices; −1 for an absent optional input. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Table | undefined;
  readonly custom: Uint8Array;
}

/** The first (and here only) graph of a file. */
export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Reads a TFLite file. @throws Error when the bytes are no TFLite file. */
export function readTflite(bytes: Uint8Array): TfliteModel {
  if (new TextDecoder('latin1').decode(bytes.subarray(4, 8)) !== 'TFL3') {
    throw new Error('Expected a TFLite file (identifier TFL3), got other bytes');
  }
  const root = Table.root(bytes);
  const codes = root.tables(1).map((code) => {
    const number = Math.max(code.int8(0), code.int32(3));
    return number === 32 ? code.text(1) : (operatorNames[number] ?? `operator ${number}`);
  });
  const [graph] = root.tables(2);
  if (!graph) throw new Error('Expected a TFLite file with a graph, got none');
  const buffers = root.tables(4).map((buffer) => buffer.bytes(0));
  return {
    tensors: graph.tables(0).map((tensor, index) => readTensor(tensor, index, buffers)),
    operators: graph.tables(3).map((operator) => ({
      op: codes[operator.int32(0)] ?? '',
      inputs: operator.int32s(1),
      outputs: operator.int32s(2),
      options: operator.table(4),
      custom: operator.bytes(5),
    })),
    inputs: graph.int32s(1),
    outputs: graph.int32s(2),
  };
}

function readTensor(tensor: Table, index: number, buffers: readonly Uint8Array[]): TfliteTensor {
  const type = types[tensor.int8(1)];
  const data = buffers[tensor.int32(2)];
  if (!type) throw new Error(`Expected tensor ${index} of a known type, got number ${tensor.int8(1)}`);
  const base = { index, name: tensor.text(3), shape: tensor.int32s(0), type };
  return data && data.length > 0 ? { ...base, data } : base;
}
