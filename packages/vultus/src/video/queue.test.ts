/** The queue within a process keeps the queue contract. */

import { testQueueContract } from './queue.contract.ts';
import type { FrameQueue } from './queue.ts';
import { openMemoryQueue } from './queue-memory.ts';

const opened = new Map<string, FrameQueue>();

testQueueContract('memory', {
  open: async (name) => {
    const queue = opened.get(name) ?? openMemoryQueue({ maxMessages: 3 });
    opened.set(name, queue);
    return queue;
  },
});
