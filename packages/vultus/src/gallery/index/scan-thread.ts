/** What a search thread does with its messages, on Node and in the browser alike. */

import { type Kernel, openKernel } from './kernel.ts';
import type { ScanReply, ScanRequest } from './scan-messages.ts';
import { Scan } from './scanner.ts';

/** Makes the message handler of the thread that owns scratch lane `lane`. */
export function scanThread(
  lane: number,
  reply: (reply: ScanReply, transfer: ArrayBuffer[]) => void,
): (request: ScanRequest) => void {
  const memories = new Map<number, { memory: WebAssembly.Memory; kernel: Kernel }>();
  return (request) => {
    if (request.kind === 'arena')
      memories.set(request.id, { memory: request.memory, kernel: openKernel(request.memory) });
    else if (request.kind === 'drop') for (const id of request.ids) memories.delete(id);
    else {
      try {
        const scan = new Scan(memories, lane, request.task);
        const next = new Int32Array(request.next);
        const { pieces } = request.task;
        for (let i = Atomics.add(next, 0, 1); i < pieces.length; i = Atomics.add(next, 0, 1)) {
          scan.take(pieces[i] as (typeof pieces)[number]);
        }
        const found = scan.found();
        const buffers = found.flatMap((each) => [each.sizes.buffer, each.scores.buffer, each.slots.buffer]);
        reply({ id: request.id, found }, buffers as ArrayBuffer[]);
      } catch (cause) {
        reply({ id: request.id, error: String(cause) }, []);
      }
    }
  };
}
