/** A backend whose models are functions: fast, exact, and free of any ONNX runtime. */

import { throwIfAborted, VultusError } from '../errors.ts';
import type { Backend, Session, ValueInfo } from './backend.ts';
import { checkFeeds } from './feeds.ts';
import type { Tensors } from './tensor.ts';

/** A model that is a function. */
export interface FakeModel {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Computes the outputs; must not keep or change the feeds. What it throws surfaces as `INFERENCE_FAILED`. */
  run(feeds: Tensors): Tensors | Promise<Tensors>;
}

/** A fake backend and what tests want to know about it. */
export interface FakeBackend extends Backend {
  /** Names of the models loaded so far, in order; a model loaded twice is listed twice. */
  readonly loads: readonly string[];
  /** Names of the models run so far, in order. */
  readonly runs: readonly string[];
}

/** The bytes that {@link fakeBackend} takes for the model of that name. */
export function fakeModelBytes(name: string): Uint8Array {
  return new TextEncoder().encode(name);
}

/**
 * A backend that runs `models`. `load` finds a model by its bytes (see {@link fakeModelBytes}), else by `options.label`.
 * @param options `concurrency` to report; default 1
 */
export function fakeBackend(
  models: Readonly<Record<string, FakeModel>>,
  options: { readonly concurrency?: number } = {},
): FakeBackend {
  const loads: string[] = [];
  const runs: string[] = [];
  let closed = false;
  return {
    name: 'fake',
    device: { requested: 'cpu', actual: 'cpu' },
    concurrency: options.concurrency ?? 1,
    loads,
    runs,
    async load(bytes, { label } = {}) {
      if (closed) throw new VultusError('CLOSED', 'The backend was closed; open a new one');
      const name = [new TextDecoder().decode(bytes), label ?? ''].find((key) => Object.hasOwn(models, key));
      const model = name === undefined ? undefined : models[name];
      if (name === undefined || !model) {
        throw new VultusError('MODEL_INVALID', `Model ${label ?? '(no label)'} is none of the fake backend's models`);
      }
      loads.push(name);
      return fakeSession(
        label ?? name,
        model,
        () => closed,
        () => runs.push(name),
      );
    },
    async close() {
      closed = true;
    },
  };
}

function fakeSession(label: string, model: FakeModel, backendClosed: () => boolean, onRun: () => void): Session {
  let closed = false;
  return {
    inputs: model.inputs,
    outputs: model.outputs,
    async run(feeds, { signal } = {}) {
      throwIfAborted(signal);
      if (closed || backendClosed()) throw new VultusError('CLOSED', `The session of model ${label} was closed`);
      checkFeeds(label, model.inputs, feeds);
      onRun();
      try {
        const outputs = await model.run(feeds);
        throwIfAborted(signal);
        return outputs;
      } catch (cause) {
        if (cause instanceof VultusError) throw cause;
        throw new VultusError('INFERENCE_FAILED', `Model ${label} failed: ${String(cause)}`, { cause });
      }
    },
    async close() {
      closed = true;
    },
  };
}
