/** Activations: clamps merged into Relu or Clip, the spellings of PRelu, and what a fused operator applies at its end. */
import { float } from '../../onnx/index.ts';
import { type Constant, constant } from '../constant.ts';
import { at } from '../dims.ts';
import type { Emitter } from '../emitter.ts';
import type { Operation, OperatorTable } from '../operator.ts';
import { nativeLayout, type Operand, type Value } from '../value.ts';

export const activationOperators: OperatorTable = {
  Relu: (operation) => clamp(operation.emitter, operation.value(0), 0, Number.POSITIVE_INFINITY),
  Relu6: (operation) => clamp(operation.emitter, operation.value(0), 0, 6),
  LeakyRelu: (operation) => leakyRelu(operation.emitter, operation.value(0), operation.attributes.float('alpha', 0.2)),
  Prelu: (operation) => prelu(operation.emitter, operation.value(0), operation.constant(1)),
  Elu: (operation) => pointwise(operation.emitter, 'Elu', operation.value(0)),
};

/** One input, one output of the same shape, in whatever layout the input has. */
export function pointwise(emitter: Emitter, op: string, source: Value): Value {
  const layout = nativeLayout(source);
  return emitter.make(op, [emitter.in(source, layout)], {}, { dims: source.dims, dtype: source.dtype, layout });
}

/** min(max(source, low), high), joined with a clamp that the source already is. */
export function clamp(emitter: Emitter, source: Value, low: number, high: number): Value {
  const earlier = source.origin?.kind === 'clamp' ? source.origin : undefined;
  const base = earlier?.source ?? source;
  const floor = Math.min(Math.max(earlier?.low ?? Number.NEGATIVE_INFINITY, low), high);
  const ceiling = Math.max(Math.min(earlier?.high ?? Number.POSITIVE_INFINITY, high), low);
  const layout = nativeLayout(base);
  const input = emitter.in(base, layout);
  const origin = { kind: 'clamp', source: base, low: floor, high: ceiling } as const;
  const result = { dims: base.dims, layout, origin };
  if (floor === 0 && ceiling === Number.POSITIVE_INFINITY) return emitter.make('Relu', [input], {}, result);
  const bound = (value: number) => (Number.isFinite(value) ? emitter.floats([value], []) : '');
  const bounds = [bound(floor), bound(ceiling)];
  return emitter.make('Clip', [input, ...(at(bounds, 1) === '' ? bounds.slice(0, 1) : bounds)], {}, result);
}

/** x where x > 0, slope · x elsewhere; the slope broadcasts as TF does. */
export function prelu(emitter: Emitter, source: Value, slope: Constant): Value {
  const layout = nativeLayout(source);
  const inputs = [emitter.in(source, layout), emitter.constantIn(slope, layout)];
  return emitter.make('PRelu', inputs, {}, { dims: source.dims, layout });
}

function leakyRelu(emitter: Emitter, source: Value, alpha: number): Value {
  const layout = nativeLayout(source);
  return emitter.make(
    'LeakyRelu',
    [emitter.in(source, layout)],
    { alpha: float(alpha) },
    { dims: source.dims, layout },
  );
}

/**
 * Recognises a sum that spells PRelu of x, and returns it:
 * max(x, 0) + a · min(x, 0);  relu(x) + (−a) · relu(−x);  relu(x) + a/2 · (x − |x|).
 */
export function preluOfSum(emitter: Emitter, left: Operand, right: Operand): Value | undefined {
  if (left.kind !== 'value' || right.kind !== 'value') return undefined;
  return spelledPrelu(emitter, left, right) ?? spelledPrelu(emitter, right, left);
}

function spelledPrelu(emitter: Emitter, positive: Value, negative: Value): Value | undefined {
  const top = positive.origin;
  if (top?.kind !== 'clamp' || top.low !== 0 || top.high !== Number.POSITIVE_INFINITY) return undefined;
  if (negative.origin?.kind !== 'scaled') return undefined;
  const { by, source } = negative.origin;
  const below = source.origin;
  const x = top.source;
  if (below?.kind === 'clamp' && below.high === 0 && below.low === Number.NEGATIVE_INFINITY && below.source === x) {
    return prelu(emitter, x, by);
  }
  if (below?.kind === 'clamp' && below.low === 0 && below.high === Number.POSITIVE_INFINITY) {
    const flipped = below.source.origin;
    if (flipped?.kind === 'negated' && flipped.source === x) return prelu(emitter, x, times(by, -1));
  }
  if (below?.kind === 'difference' && below.left === x) {
    const size = below.right.origin;
    if (size?.kind === 'absolute' && size.source === x) return prelu(emitter, x, times(by, 2));
  }
  return undefined;
}

function times(source: Constant, factor: number): Constant {
  return constant(
    source.dims,
    'float32',
    source.data.map((value) => value * factor),
  );
}

/** Applies what a fused operator names after its bias; `extra` is the input that a fused PRelu reads. */
export function fusedActivation(operation: Operation, source: Value, extra: number): Value {
  const { emitter, attributes } = operation;
  let result = source;
  for (const word of attributes.texts('fused_ops')) {
    if (word === 'BiasAdd') continue;
    if (word === 'Relu') result = clamp(emitter, result, 0, Number.POSITIVE_INFINITY);
    else if (word === 'Relu6') result = clamp(emitter, result, 0, 6);
    else if (word === 'Prelu') result = prelu(emitter, result, operation.constant(extra));
    else if (word === 'LeakyRelu') result = leakyRelu(emitter, result, attributes.float('leakyrelu_alpha', 0.2));
    else if (word === 'Sigmoid' || word === 'Elu') result = pointwise(emitter, word, result);
    else throw new Error(`the fused step ${word} is not known`);
  }
  return result;
}
