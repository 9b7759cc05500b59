/** The far side of `thread-node.ts`: a worker that answers calls with the methods of an object. */

import { parentPort } from 'node:worker_threads';
import { VultusError } from '../errors.ts';
import type { Answer, Call, Failure } from './thread-node.ts';

/** How answers travel. */
export interface ServeOptions {
  /** Buffers of an answer that move instead of being copied. Default none. */
  readonly moved?: (value: unknown) => Iterable<ArrayBuffer>;
  /** Words for what was thrown. Default its message, with code and details if it is a `VultusError`. */
  readonly failure?: (cause: unknown) => Failure;
}

/**
 * Answers calls, one after another, for as long as the thread lives.
 * @param opening the service; while it does not come each call reports why
 */
export function serve(opening: Promise<object>, { moved = () => [], failure = failureOf }: ServeOptions = {}): void {
  const port = parentPort;
  if (!port) throw new Error('This file is a worker; open it with new Worker()');
  // Each call reports it; alone it must not end the thread.
  opening.catch(() => {});
  const reply = (answer: Answer): void => port.postMessage(answer, 'value' in answer ? [...moved(answer.value)] : []);
  // One after another: nothing may be let go of while an earlier call still uses it.
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, method, args }: Call) => {
    last = last
      .then(async () => {
        const service = (await opening) as Record<string, (...args: readonly unknown[]) => unknown>;
        return method === 'ready' ? undefined : service[method]?.(...args);
      })
      .then((value) => reply({ id, value }))
      .catch((cause: unknown) => reply({ id, failure: failure(cause) }));
  });
}

function failureOf(cause: unknown): Failure {
  const message = cause instanceof Error ? cause.message : String(cause);
  return cause instanceof VultusError ? { code: cause.code, message, details: cause.details } : { message };
}
