/** How many threads inference may use: the option, else the environment, else the machine. */

import { VultusError } from '../errors.ts';

/** What the caller asked for; both absent means the default. */
export interface ThreadOptions {
  /** Threads in all, over all workers; default `VULTUS_THREADS`, `OMP_NUM_THREADS`, else the cores, 8 at most. */
  readonly threads?: number;
  /** Workers among which runs are shared; default one per thread. */
  readonly workers?: number;
}

/** Workers, and the threads that each may use inside one operator. */
export interface ThreadPlan {
  readonly workers: number;
  readonly threadsPerWorker: number;
}

/** Beyond this, further cores help only when asked for: each worker holds its own copy of the models it runs. */
const defaultMost = 8;

/**
 * Divides the threads among workers.
 * @param cores what the machine offers; @param env the environment
 * @throws VultusError `INVALID_ARGUMENT` for a count that is not a whole number ≥ 1
 */
export function planThreads(
  options: ThreadOptions,
  cores: number,
  env: Readonly<Record<string, string | undefined>>,
): ThreadPlan {
  const threads =
    positive(options.threads, 'threads') ??
    positive(env.VULTUS_THREADS ? Number(env.VULTUS_THREADS) : undefined, 'VULTUS_THREADS') ??
    openMpThreads(env.OMP_NUM_THREADS) ??
    Math.max(1, Math.min(cores, defaultMost));
  const workers = positive(options.workers, 'workers') ?? threads;
  return { workers, threadsPerWorker: Math.max(1, Math.floor(threads / workers)) };
}

function positive(value: number | undefined, name: string): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= 1024)) return value;
  throw new VultusError('INVALID_ARGUMENT', `${name} is ${value}; expected a whole number from 1 to 1024`);
}

/** OpenMP allows a list, one number per nesting level; the first counts. Other software owns the variable: nonsense is ignored. */
function openMpThreads(text: string | undefined): number | undefined {
  const first = Number.parseInt(text ?? '', 10);
  return first >= 1 && first <= 1024 ? first : undefined;
}
