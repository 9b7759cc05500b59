/** What a search thread does with its messages, on Node and in the browser alike. */

import { type Gemm, GemmScan, GemmSpace } from './gemm.ts';
import { type Kernel, openKernel } from './kernel.ts';
import type { ScanReply, ScanRequest } from './scan-messages.ts';
import { type Found, Scan, type ScanTask } from './scanner.ts';

/**
 * Makes the message handler of the thread that owns scratch lane `lane`.
 * @param openGemm asked once, at the first batch that is worth it
 */
export function scanThread(
  lane: number,
  reply: (reply: ScanReply, transfer: ArrayBuffer[]) => void,
  openGemm: () => Promise<Gemm | undefined> = async () => undefined,
): (request: ScanRequest) => void {
  const memories = new Map<number, { memory: WebAssembly.Memory; kernel: Kernel }>();
  let space: Promise<GemmSpace | undefined> | undefined;

  async function found(task: ScanTask, next: Int32Array): Promise<Found[]> {
    const { pieces, coarse } = task;
    const take = async (scan: { take(piece: (typeof pieces)[number]): void | Promise<void> }): Promise<void> => {
      for (let i = Atomics.add(next, 0, 1); i < pieces.length; i = Atomics.add(next, 0, 1)) {
        await scan.take(pieces[i] as (typeof pieces)[number]);
      }
    };
    if (coarse !== undefined) space ??= openGemm().then((gemm) => gemm && new GemmSpace(gemm));
    const ready = coarse === undefined ? undefined : await space;
    if (coarse === undefined || ready === undefined) {
      const scan = new Scan(memories, lane, task);
      await take(scan);
      return scan.found();
    }
    const scan = new GemmScan(memories, ready, task, coarse);
    await take(scan);
    return [scan.found()];
  }

  async function handle(request: ScanRequest): Promise<void> {
    if (request.kind === 'arena')
      memories.set(request.id, { memory: request.memory, kernel: openKernel(request.memory) });
    else if (request.kind === 'drop') for (const id of request.ids) memories.delete(id);
    else if (request.kind === 'exit') {
      // An ONNX session must be released before its thread ends.
      await (await space)?.gemm.close();
      reply({ id: request.id, found: [] }, []);
    } else {
      try {
        const all = await found(request.task, new Int32Array(request.next));
        const buffers = all.flatMap((each) => [each.sizes.buffer, each.scores.buffer, each.slots.buffer]);
        reply({ id: request.id, found: all }, buffers as ArrayBuffer[]);
      } catch (cause) {
        reply({ id: request.id, error: String(cause) }, []);
      }
    }
  }

  // One after another: a thread has one lane of scratch.
  let last: Promise<void> = Promise.resolve();
  return (request) => {
    last = last.then(() => handle(request));
  };
}
