/** A worker thread as its owner sees it: calls out, answers matched by number, alive only while it owes one. */

import { Worker } from 'node:worker_threads';
import { type ErrorCode, VultusError } from '../errors.ts';

/** A call of a method of the thread's service; see `serve-node.ts` for the other side. */
export interface Call {
  readonly id: number;
  /** `ready` is answered once the service is there. */
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The answer to the call of that id. */
export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly failure: Failure });

/** An error on its way between threads. */
export interface Failure {
  /** Absent for what is no `VultusError`. */
  readonly code?: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** How to start a thread, and what its failures are called. */
export interface ThreadOptions {
  /** The worker's compiled JavaScript. */
  readonly file: string | URL;
  /** What it finds in `workerData`. */
  readonly data: unknown;
  readonly name?: string;
  /** Default none: loaders and inspector flags of the parent are of no use to a worker and cost its start. */
  readonly execArgv?: readonly string[];
  /** What calls reject with once the thread is gone though nobody closed it. */
  readonly lost: (cause: Error) => Error;
  /** What a call rejects with that the service refused. Default a `VultusError`, `INFERENCE_FAILED` where it has no code. */
  readonly refused?: (failure: Failure) => Error;
  /** The thread is gone, for whatever reason; called once. */
  readonly onEnd?: () => void;
}

/** The names of a service's methods. */
export type MethodOf<S> = { [M in keyof S]: S[M] extends (...args: never[]) => unknown ? M : never }[keyof S] & string;

type ArgumentsOf<F> = F extends (...args: infer A) => unknown ? A : never;
type AnswerOf<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that serves the methods of `S`, one call after another; what passes is copied, as `postMessage` does. */
export class Thread<S extends { close(): unknown }> {
  readonly #worker: Worker;
  readonly #options: ThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #ended: Error | undefined;
  #isGone = false;
  #closing: Promise<void> | undefined;

  constructor(options: ThreadOptions) {
    const { file, data, name, execArgv = [] } = options;
    this.#options = options;
    this.#worker = new Worker(file, {
      workerData: data,
      execArgv: [...execArgv],
      ...(name === undefined ? {} : { name }),
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.#end(cause instanceof Error ? cause : new Error(String(cause))));
    this.#worker.on('exit', (code) => this.#end(new Error(`the thread stopped (exit code ${code})`)));
  }

  /** Waits until the service is there, or rejects with what keeps it from coming. */
  ready(): Promise<void> {
    return this.#ask('ready', [], []) as Promise<void>;
  }

  /** Calls a method of the service. */
  call<M extends MethodOf<S>>(method: M, ...args: ArgumentsOf<S[M]>): Promise<AnswerOf<S[M]>> {
    return this.send(method, args, []);
  }

  /** {@link Thread.call} with buffers that move instead of being copied. */
  send<M extends MethodOf<S>>(
    method: M,
    args: ArgumentsOf<S[M]>,
    moved: readonly ArrayBuffer[],
  ): Promise<AnswerOf<S[M]>> {
    return this.#ask(method, args, moved) as Promise<AnswerOf<S[M]>>;
  }

  /** Lets the thread finish what it was asked and close its service, then ends it. Later calls reject with `after`. */
  close(after: Error): Promise<void> {
    this.#closing ??= this.#close(after);
    return this.#closing;
  }

  /** {@link Thread.close} without waiting: calls under way reject with `after`. */
  async stop(after: Error): Promise<void> {
    this.#abandon(after);
    await this.#worker.terminate();
  }

  async #close(after: Error): Promise<void> {
    if (this.#isGone) return;
    // A thread that dies before it answers is gone as well, which is all that was wanted.
    const closed = this.#ask('close', [], []).catch(() => undefined);
    this.#ended = after;
    await closed;
    // Left to end by itself, a thread would first compile the rest of what it began to load: seconds after a quick use.
    await this.#worker.terminate();
  }

  #ask(method: string, args: readonly unknown[], moved: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ id, method, args } satisfies Call, [...moved]);
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('value' in answer) waiting?.resolve(answer.value);
    else waiting?.reject((this.#options.refused ?? asError)(answer.failure));
  }

  #end(cause: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#abandon(this.#options.lost(cause));
    this.#options.onEnd?.();
  }

  #abandon(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

function asError({ code = 'INFERENCE_FAILED', message, details }: Failure): VultusError {
  return new VultusError(code, message, details === undefined ? {} : { details });
}
