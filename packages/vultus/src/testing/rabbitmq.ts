/** Where tests find a broker: VULTUS_AMQP_URL, one on this machine's standard port, or one of their own. */

import { afterAll } from 'vitest';
import { connectRabbit, RabbitLayout } from '../video/rabbit-node.ts';
import { greets, ownBroker } from './rabbitmq-server.ts';

const localUrl = 'amqp://guest:guest@127.0.0.1:5672';

/** The URL of a broker that answers, or undefined. One of its own goes after the last test of the file that asked. */
export async function rabbitUrl(): Promise<string | undefined> {
  const given = process.env.VULTUS_AMQP_URL;
  if (given !== undefined && given !== '') return given;
  if ((await greets(5672)) && (await admits())) return localUrl;
  const own = await ownBroker();
  if (own === undefined) return undefined;
  await own.start();
  afterAll(() => own.remove());
  return own.url;
}

/** Deletes queues whose names begin so; `shares` as they were opened with. */
export async function deleteQueues(url: string, prefix: string, shares: number): Promise<void> {
  const connection = await connectRabbit({ url });
  const layout = new RabbitLayout({ url, prefix, shares });
  const numbers = Array.from({ length: shares }, (_, share) => share);
  const shared = numbers.flatMap((share) => [layout.nameOf(share), layout.lockOf(share)]);
  for (const queue of [...shared, layout.parked, layout.workers]) await connection.queueDelete({ queue });
  await connection.close();
}

function admits(): Promise<boolean> {
  return connectRabbit({ url: localUrl, connectMs: 3000 }).then(
    async (connection) => {
      await connection.close();
      return true;
    },
    () => false,
  );
}
