/** The inference workers of a backend: one queue, the next free worker takes the next run, models spread only under load. */

import { throwIfAborted, VultusError } from '../errors.ts';
import { whenAborted } from './abort.ts';
import type { ModelSignature, PlainSessionOptions } from './onnx-node.messages.ts';
import { InferenceThread, threadError, WorkerFailure } from './onnx-node.thread.ts';
import type { Tensors } from './tensor.ts';

/** A model as the pool keeps it: its bytes stay, so that another worker (or one that replaces a dead one) can open it. */
export interface PooledModel {
  readonly number: number;
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly options: PlainSessionOptions;
}

interface Job {
  readonly model: PooledModel;
  readonly feeds: Tensors;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: VultusError) => void;
}

/** A place for one thread; the thread comes when there is work for it and is replaced when it dies. */
interface Slot {
  thread: InferenceThread | undefined;
  busy: boolean;
}

/** A fixed number of workers that share a queue. */
export class InferencePool {
  readonly #file: string | URL;
  readonly #runtime: string;
  readonly #slots: readonly Slot[];
  readonly #queue: Job[] = [];
  /** Models on their way into a further worker, or that a further worker refused: neither is tried again meanwhile. */
  readonly #settledSpread = new Set<number>();
  #nextModel = 0;
  #idle: (() => void)[] = [];
  #closed = false;

  /** @param file the worker's JavaScript; @param runtime file of the ONNX Runtime package */
  constructor(file: string | URL, runtime: string, workers: number) {
    this.#file = file;
    this.#runtime = runtime;
    this.#slots = Array.from({ length: workers }, () => ({ thread: undefined, busy: false }));
  }

  /** Starts the first worker. @throws VultusError `DEPENDENCY_MISSING` when it cannot load the runtime */
  async start(): Promise<void> {
    const slot = this.#slots[0];
    try {
      if (slot) await this.#thread(slot).ready();
    } catch (error) {
      throw threadError(error, 'DEPENDENCY_MISSING', `The ONNX runtime ${this.#runtime} cannot be loaded`, {});
    }
  }

  /** Opens a model in one worker. */
  async open(
    label: string,
    bytes: Uint8Array,
    options: PlainSessionOptions,
  ): Promise<{ model: PooledModel; signature: ModelSignature }> {
    const model = { number: this.#nextModel++, label, bytes, options };
    const slot = await this.#freeSlot();
    try {
      return { model, signature: await this.#openIn(slot, model) };
    } catch (error) {
      // A worker that answers judged the model; one that died did not.
      const code = error instanceof WorkerFailure ? 'MODEL_INVALID' : 'INFERENCE_FAILED';
      throw threadError(error, code, `Model ${label} cannot be opened`, { model: label });
    }
  }

  /** Runs a model in the next free worker; an aborted run leaves the queue, or its result is dropped. */
  run(model: PooledModel, feeds: Tensors, signal?: AbortSignal): Promise<Tensors> {
    let forget = () => {};
    const result = new Promise<Tensors>((resolve, reject) => {
      throwIfAborted(signal);
      const job: Job = { model, feeds, resolve, reject };
      if (signal) {
        forget = whenAborted(signal, (error) => {
          this.#drop(job);
          reject(error);
        });
      }
      this.#queue.push(job);
      this.#pump();
    });
    return signal ? result.finally(forget) : result;
  }

  /** Closes a model in every worker that has it. */
  async release(model: PooledModel): Promise<void> {
    this.#settledSpread.delete(model.number);
    await Promise.all(this.#slots.map((slot) => slot.thread?.release(model.number)));
  }

  /** Drops what is queued with `CLOSED`, lets running work finish, ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0))
      job.reject(new VultusError('CLOSED', 'The backend was closed while the run waited'));
    this.#wakeOpeners();
    await Promise.all(this.#slots.map((slot) => slot.thread?.close()));
  }

  /** Hands queued runs to free workers; where none that has the model is free, lets one more worker open it. */
  #pump(): void {
    for (let place = 0; place < this.#queue.length && this.#hasFreeSlot(); ) {
      const job = this.#queue[place];
      const slot = job && this.#slots.find((one) => !one.busy && one.thread?.models.has(job.model.number));
      if (job && slot) {
        this.#queue.splice(place, 1);
        void this.#runIn(slot, job);
      } else {
        place++;
      }
    }
    for (let place = 0; place < this.#queue.length && this.#hasFreeSlot(); place++) {
      const job = this.#queue[place];
      const slot = job && !this.#settledSpread.has(job.model.number) && this.#emptiestFreeSlot();
      if (job && slot) void this.#spread(slot, job.model);
    }
    this.#wakeOpeners();
  }

  async #runIn(slot: Slot, job: Job): Promise<void> {
    slot.busy = true;
    const { label, number } = job.model;
    try {
      job.resolve(await this.#thread(slot).run(number, job.feeds));
    } catch (error) {
      job.reject(threadError(error, 'INFERENCE_FAILED', `Model ${label} failed to run`, { model: label }));
    }
    this.#free(slot);
  }

  /** Opens a model in one more worker, for the runs that wait. */
  async #spread(slot: Slot, model: PooledModel): Promise<void> {
    this.#settledSpread.add(model.number);
    try {
      await this.#openIn(slot, model);
      this.#settledSpread.delete(model.number);
    } catch (error) {
      // The runs go on where the model is open already; only when that is nowhere must they fail.
      if (!this.#slots.some((other) => other.thread?.models.has(model.number))) {
        this.#settledSpread.delete(model.number);
        this.#failQueued(
          model,
          threadError(error, 'INFERENCE_FAILED', `Model ${model.label} cannot be opened again`, {}),
        );
      }
    }
    this.#pump();
  }

  async #openIn(slot: Slot, model: PooledModel): Promise<ModelSignature> {
    slot.busy = true;
    try {
      return await this.#thread(slot).open(model.number, model.bytes, model.options);
    } finally {
      this.#free(slot);
    }
  }

  #failQueued(model: PooledModel, error: VultusError): void {
    for (const job of this.#queue.filter((queued) => queued.model === model)) {
      this.#drop(job);
      job.reject(error);
    }
  }

  #drop(job: Job): void {
    const place = this.#queue.indexOf(job);
    if (place >= 0) this.#queue.splice(place, 1);
  }

  #free(slot: Slot): void {
    slot.busy = false;
    this.#pump();
  }

  #thread(slot: Slot): InferenceThread {
    if (this.#closed) throw new VultusError('CLOSED', 'The backend was closed; open a new one');
    if (slot.thread) return slot.thread;
    const thread = new InferenceThread(this.#file, { runtime: this.#runtime }, () => {
      if (slot.thread === thread) slot.thread = undefined;
    });
    slot.thread = thread;
    return thread;
  }

  #hasFreeSlot(): boolean {
    return this.#slots.some((slot) => !slot.busy);
  }

  /** A free place, the one with the fewest models first: models opened together load side by side. */
  #emptiestFreeSlot(): Slot | undefined {
    const free = this.#slots.filter((slot) => !slot.busy);
    const models = (slot: Slot) => slot.thread?.models.size ?? Number.POSITIVE_INFINITY;
    return free.sort((a, b) => models(a) - models(b))[0];
  }

  async #freeSlot(): Promise<Slot> {
    for (;;) {
      if (this.#closed) throw new VultusError('CLOSED', 'The backend was closed; open a new one');
      const slot = this.#emptiestFreeSlot();
      if (slot) {
        slot.busy = true;
        return slot;
      }
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  #wakeOpeners(): void {
    for (const wake of this.#idle.splice(0)) wake();
  }
}
