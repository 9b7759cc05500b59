/** Search threads on Node. */

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ScanReply, StartThread } from './scan-messages.ts';

/** How many threads are worth starting. */
export const threadCount = Math.min(16, availableParallelism());

/** Starts a worker thread. */
export const startThread: StartThread = (lane, onReply, onDeath) => {
  const worker = new Worker(createRequire(import.meta.url).resolve('#scan-worker'), { workerData: { lane } });
  let stopping = false;
  worker.unref();
  worker.on('message', (reply: ScanReply) => onReply(reply));
  worker.on('error', onDeath);
  worker.on('exit', () => {
    if (!stopping) onDeath(new Error('The search thread ended'));
  });
  return {
    post: (request) => worker.postMessage(request),
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    stop: async () => {
      stopping = true;
      await worker.terminate();
    },
  };
};
