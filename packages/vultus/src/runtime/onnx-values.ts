/** Translates between the tensors of the backend seam and those of ONNX Runtime, Node and web alike. */

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { VultusError } from '../errors.ts';
import type { ValueInfo } from './backend.ts';
import { isTensorType, type Tensor, type Tensors, tensorArrays } from './tensor.ts';

/** The part of an ONNX Runtime package that Vultus calls. */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: OrtTensor.Type, data: OrtTensor.DataType, dims: readonly number[]) => OrtTensor;
  readonly env: {
    logLevel?: 'verbose' | 'info' | 'warning' | 'error' | 'fatal';
    readonly wasm?: { numThreads?: number };
  };
}

/**
 * Inputs or outputs as the runtime reports them.
 * @throws VultusError `MODEL_INVALID` when one is not a tensor, or of an element type that the seam has no word for
 */
export function valueInfos(values: readonly InferenceSession.ValueMetadata[]): ValueInfo[] {
  return values.map((value) => {
    const type = value.isTensor ? value.type : 'no tensor';
    if (!value.isTensor || !isTensorType(type)) {
      const known = Object.keys(tensorArrays).join(', ');
      throw new VultusError('MODEL_INVALID', `"${value.name}" is of type ${type}; expected one of ${known}`);
    }
    // Browsers report an unnamed free dimension as an empty string.
    return { name: value.name, type, dims: value.shape.map((size) => (size === '' ? -1 : size)) };
  });
}

/** Feeds as runtime tensors; the arrays are shared, not copied. */
export function toOrtFeeds(ort: OrtModule, feeds: Tensors): Record<string, OrtTensor> {
  const result: Record<string, OrtTensor> = {};
  for (const [name, tensor] of Object.entries(feeds))
    result[name] = new ort.Tensor(tensor.type, tensor.data, tensor.dims);
  return result;
}

/**
 * Results as seam tensors; the arrays are shared, not copied.
 * @throws VultusError `INFERENCE_FAILED` for a result of an element type that the seam has no word for
 */
export function fromOrtResults(results: Readonly<Record<string, OrtTensor>>): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(results)) {
    const { type, dims, data } = tensor;
    if (!isTensorType(type) || !(data instanceof tensorArrays[type])) {
      throw new VultusError('INFERENCE_FAILED', `Output "${name}" is of type ${type}, which is not supported`);
    }
    outputs[name] = { type, dims: [...dims], data } as Tensor;
  }
  return outputs;
}
