/** The options by which cameras and workers find their queue. */

import type { FrameQueue } from 'vultus';
import type { CommandRun, OwnOption } from './command.ts';
import { UsageError } from './exit.ts';
import { whole } from './options.ts';

/** All of them as a command declares them. */
export const queueOptions: readonly OwnOption[] = [
  { flags: '--url <url>', help: 'the broker, amqp://user@host:5672 (default: the variable VULTUS_AMQP_URL)' },
  { flags: '--prefix <word>', help: 'begins the names of the queues (default: vultus)' },
  {
    flags: '--shares <n>',
    help: 'shares of the queue, the most workers that can be busy; the same everywhere (default: 16)',
    parse: whole(1),
  },
  {
    flags: '--max-messages <n>',
    help: 'messages that a share holds before cameras are refused; the same everywhere (default: 500)',
    parse: whole(1),
  },
];

/** Runs `work` with the queue that the options name, open. @throws UsageError without a URL */
export async function withQueue<Result>(
  { values, terminal }: CommandRun,
  { openFrameQueue }: Pick<typeof import('vultus'), 'openFrameQueue'>,
  work: (queue: FrameQueue) => Promise<Result>,
): Promise<Result> {
  const { prefix, shares, maxMessages } = values;
  const url = values.url ?? process.env.VULTUS_AMQP_URL;
  if (typeof url !== 'string' || url === '') {
    throw new UsageError('Expected --url amqp://host:5672, or the variable VULTUS_AMQP_URL');
  }
  const queue = await openFrameQueue(url, {
    ...(typeof prefix === 'string' ? { prefix } : {}),
    ...(typeof shares === 'number' ? { shares } : {}),
    ...(typeof maxMessages === 'number' ? { maxMessages } : {}),
    onEvent: (event) =>
      terminal.note(event.type === 'connected' ? 'the broker is back' : `the broker is away: ${event.reason}`),
  });
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}
