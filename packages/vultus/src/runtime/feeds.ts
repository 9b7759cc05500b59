/** Checks what a caller feeds a model before a runtime sees it, so that every backend refuses the same things in the same words. */

import { VultusError } from '../errors.ts';
import type { ValueInfo } from './backend.ts';
import { elementCount, type Tensor, type Tensors, tensorArrays } from './tensor.ts';

/**
 * Checks names, element types, shapes and lengths of `feeds` against the inputs that the model declares.
 * @param label which model, for the message
 * @throws VultusError `INFERENCE_FAILED` naming the model and the tensor
 */
export function checkFeeds(label: string, inputs: readonly ValueInfo[], feeds: Tensors): void {
  for (const input of inputs) {
    const tensor = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined;
    if (!tensor) throw refusal(label, input, `it is missing from the feeds (got ${list(Object.keys(feeds))})`);
    const problem = tensorProblem(input, tensor);
    if (problem) throw refusal(label, input, problem);
  }
  const unknown = Object.keys(feeds).find((name) => !inputs.some((input) => input.name === name));
  if (unknown !== undefined) {
    const known = list(inputs.map((input) => input.name));
    throw new VultusError('INFERENCE_FAILED', `Model ${label} has no input "${unknown}"; its inputs are ${known}`, {
      details: { model: label, tensor: unknown },
    });
  }
}

/** `float32 [N, 3, 112, 112]`, as messages print a declared input or output. */
function describeValue(value: Pick<ValueInfo, 'type' | 'dims'>): string {
  return `${value.type} [${value.dims.join(', ')}]`;
}

function tensorProblem(input: ValueInfo, tensor: Tensor): string | undefined {
  const got = describeValue(tensor);
  if (tensor.type !== input.type) return `got ${got}`;
  if (!(tensor.data instanceof tensorArrays[tensor.type])) {
    return `got ${got} whose data is not a ${tensorArrays[tensor.type].name}`;
  }
  if (!tensor.dims.every((size) => Number.isSafeInteger(size) && size >= 0)) return `got the impossible shape ${got}`;
  const fits =
    tensor.dims.length === input.dims.length &&
    input.dims.every((size, axis) => typeof size === 'string' || size < 0 || size === tensor.dims[axis]);
  if (!fits) return `got ${got}`;
  const count = elementCount(tensor.dims);
  return tensor.data.length === count
    ? undefined
    : `got ${got} with ${tensor.data.length} elements instead of ${count}`;
}

function refusal(label: string, input: ValueInfo, problem: string): VultusError {
  const message = `Model ${label} expects input "${input.name}" as ${describeValue(input)}; ${problem}`;
  return new VultusError('INFERENCE_FAILED', message, { details: { model: label, tensor: input.name } });
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ');
}
