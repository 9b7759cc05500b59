/** A search thread in the browser; its first message is the number of its scratch lane. */

import type { ScanReply, ScanRequest } from './scan-messages.ts';
import { scanThread } from './scan-thread.ts';

const scope = globalThis as unknown as {
  onmessage: ((event: { data: number | ScanRequest }) => void) | null;
  postMessage(reply: ScanReply, transfer: ArrayBuffer[]): void;
};

let handle: ((request: ScanRequest) => void) | undefined;
scope.onmessage = ({ data }) => {
  if (typeof data !== 'number') handle?.(data);
  else handle = scanThread(data, (reply, transfer) => scope.postMessage(reply, transfer));
};
