/** Abort signals for many concurrent runs: one listener per signal, however many runs wait on it. */

import { VultusError } from '../errors.ts';

/** Callbacks by signal; a listener each would trip Node's leak warning at the eleventh. */
const waiting = new WeakMap<AbortSignal, Set<(error: VultusError) => void>>();

/**
 * Calls `onAbort` once with the `ABORTED` error when the signal fires, which must not have happened yet.
 * @returns a function that takes the callback back
 */
export function whenAborted(signal: AbortSignal, onAbort: (error: VultusError) => void): () => void {
  const known = waiting.get(signal);
  const callbacks = known ?? new Set();
  if (!known) {
    waiting.set(signal, callbacks);
    const fire = () => {
      const error = new VultusError('ABORTED', 'The work was aborted by its signal', { cause: signal.reason });
      for (const callback of [...callbacks]) callback(error);
      callbacks.clear();
    };
    signal.addEventListener('abort', fire, { once: true });
  }
  callbacks.add(onAbort);
  return () => {
    callbacks.delete(onAbort);
  };
}
