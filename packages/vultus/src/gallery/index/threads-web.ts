/** Search threads in the browser. */

import type { ScanReply, StartThread } from './scan-messages.ts';

/** How many threads are worth starting; none without shared memory. */
export const threadCount = typeof SharedArrayBuffer === 'undefined' ? 0 : Math.min(8, navigator.hardwareConcurrency);

/** Starts a dedicated worker. */
export const startThread: StartThread = (lane, onReply, onDeath) => {
  const worker = new Worker(new URL('scan-web.worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => onReply(data as ScanReply);
  worker.onerror = (event) => onDeath(event.message);
  worker.postMessage(lane);
  return {
    post: (request) => worker.postMessage(request),
    hold: () => {},
    stop: async () => worker.terminate(),
  };
};
