/** A search thread on Node. */

import { parentPort, workerData } from 'node:worker_threads';
import { openGemm } from './gemm-node.ts';
import { scanThread } from './scan-thread.ts';

const port = parentPort;
if (!port) throw new Error('This file is a worker; open it with new Worker()');

const { lane } = workerData as { readonly lane: number };
port.on(
  'message',
  scanThread(lane, (reply, transfer) => port.postMessage(reply, transfer), openGemm),
);
