/** Search threads on Node. */

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ScanReply, ScanRequest, StartThread } from './scan-messages.ts';

/** How many threads are worth starting. */
export const threadCount = Math.min(16, availableParallelism());

/** The number of the last request; scans count from 0. */
const exitId = -1;

/** Starts a worker thread. */
export const startThread: StartThread = (lane, onReply, onDeath) => {
  const worker = new Worker(createRequire(import.meta.url).resolve('#scan-worker'), { workerData: { lane } });
  let stopping = false;
  let isReady = (): void => {};
  const ready = new Promise<void>((resolve) => {
    isReady = resolve;
  });
  worker.unref();
  worker.on('message', (reply: ScanReply) => (reply.id === exitId ? isReady() : onReply(reply)));
  worker.on('error', (cause) => {
    if (!stopping) onDeath(cause);
  });
  worker.on('exit', () => {
    isReady();
    if (!stopping) onDeath(new Error('The search thread ended'));
  });
  return {
    post: (request) => worker.postMessage(request),
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    stop: async () => {
      stopping = true;
      worker.ref();
      worker.postMessage({ kind: 'exit', id: exitId } satisfies ScanRequest);
      await ready;
      await worker.terminate();
    },
  };
};
