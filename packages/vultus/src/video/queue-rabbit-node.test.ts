/** The queue in RabbitMQ keeps the queue contract, and says what is wrong with a broker. */

import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { deleteQueues, rabbitUrl } from '../testing/rabbitmq.ts';
import { testQueueContract } from './queue.contract.ts';
import { openRabbitQueue } from './queue-rabbit-node.ts';
import { RabbitLayout } from './rabbit-node.ts';

const url = await rabbitUrl();
const shares = 8;
const run = `vultus-test-${randomBytes(4).toString('hex')}`;
const prefixes = new Set<string>();
const open = (name: string) => {
  const prefix = `${run}-${name}`;
  prefixes.add(prefix);
  return openRabbitQueue({ url: url ?? '', prefix, shares, maxMessages: 3 });
};

afterAll(async () => {
  for (const prefix of prefixes) await deleteQueues(url ?? '', prefix, shares);
}, 60_000);

describe.skipIf(url === undefined)(
  `RabbitMQ${url === undefined ? ' (skipped: no broker and no rabbitmq-server)' : ''}`,
  () => {
    testQueueContract('rabbitmq', { open });

    it('says that the broker has the queue with other bounds', async () => {
      await using queue = await open('bounds');
      await queue.publish('door', new Uint8Array(1));
      await using other = await openRabbitQueue({ url: url ?? '', prefix: `${run}-bounds`, shares, maxMessages: 4 });
      await expect(other.publish('door', new Uint8Array(1))).rejects.toMatchObject({
        code: 'QUEUE_UNAVAILABLE',
        message: expect.stringContaining('Use the same prefix, shares and bounds everywhere'),
      });
      const consuming = (async () => {
        for await (const _ of other.consume()) break;
      })();
      await expect(consuming).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    });

    it('refuses a wrong password, without telling it', async () => {
      const wrong = new URL(url ?? '');
      wrong.password = 'secret-word';
      const error: unknown = await openRabbitQueue({ url: wrong.href }).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      expect(String(error)).not.toContain('secret-word');
    });
  },
);

describe('without a broker', () => {
  it('says so', async () => {
    await expect(openRabbitQueue({ url: 'amqp://127.0.0.1:1', connectMs: 500 })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await expect(openRabbitQueue({ url: 'http://x' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(openRabbitQueue({ url: 'amqp://x', shares: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('gives a stream the same share everywhere, and streams many', () => {
    const layout = new RabbitLayout({ url: '' });
    const used = new Set(Array.from({ length: 100 }, (_, i) => layout.shareOf(`camera-${i}`)));
    expect(used.size).toBe(16);
    expect(layout.shareOf('door')).toBe(new RabbitLayout({ url: '' }).shareOf('door'));
  });
});
