/** Matrix products: dense layers as Gemm with the bias inside, and batched products. */
import { int, type OnnxAttribute } from '../../onnx/index.ts';
import { transposeConstant } from '../constant.ts';
import { at, broadcast, range } from '../dims.ts';
import type { Operation, OperatorTable } from '../operator.ts';
import { type Operand, transposedView, type Value } from '../value.ts';
import { fusedActivation } from './activation.ts';
import { biasOf } from './conv.ts';
import { linearValue } from './linear.ts';

export const matrixOperators: OperatorTable = {
  MatMul: (operation) => dense(operation),
  _FusedMatMul: (operation) => fusedActivation(operation, dense(operation), 3),
  BatchMatMul: (operation) => batched(operation),
  BatchMatMulV2: (operation) => batched(operation),
};

function dense(operation: Operation): Value {
  const { emitter, attributes } = operation;
  const left = swapped(operation.input(0), attributes.flag('transpose_a'));
  const right = swapped(operation.input(1), attributes.flag('transpose_b'));
  if (right.kind !== 'constant') return matrixProduct(operation, left, right);
  const source = emitter.value(left);
  const channels = at(right.dims, 1);
  const input = emitter.in(source, [0, 1]);
  const dims = [at(source.dims, 0), channels];
  return linearValue(biasOf(operation, channels), (scale, shift, origin) => {
    const inputs = [input, emitter.scaledConstant(right, 1, scale)];
    const attributes: Record<string, OnnxAttribute> = {};
    if (shift.every((value) => value === 0)) return emitter.make('MatMul', inputs, attributes, { dims, origin });
    return emitter.make('Gemm', [...inputs, emitter.floats(shift)], { transA: int(0) }, { dims, origin });
  });
}

function batched(operation: Operation): Value {
  const { attributes } = operation;
  const left = swapped(operation.input(0), attributes.flag('adj_x'));
  const right = swapped(operation.input(1), attributes.flag('adj_y'));
  return matrixProduct(operation, left, right);
}

function matrixProduct(operation: Operation, left: Operand, right: Operand): Value {
  const { emitter } = operation;
  const outer = broadcast(left.dims.slice(0, -2), right.dims.slice(0, -2));
  if (outer === undefined) throw new Error(`matrices of shapes [${left.dims}] and [${right.dims}] do not go together`);
  const inputs = [left, right].map((operand) => emitter.in(emitter.value(operand), range(operand.dims.length)));
  return emitter.make('MatMul', inputs, {}, { dims: [...outer, at(left.dims, -2), at(right.dims, -1)] });
}

/** The operand with its last two axes exchanged. */
function swapped(operand: Operand, swap: boolean): Operand {
  if (!swap) return operand;
  const axes = range(operand.dims.length);
  const perm = [...axes.slice(0, -2), at(axes, -1), at(axes, -2)];
  return operand.kind === 'constant' ? transposeConstant(operand, perm) : transposedView(operand, perm);
}
