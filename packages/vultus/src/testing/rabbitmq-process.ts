/**
 * A process that runs a broker for the tests of other packages: it prints the broker's URL, or nothing where RabbitMQ
 * cannot be run, and takes the broker with it when its standard input ends.
 */

import { ownBroker } from './rabbitmq-server.ts';

const broker = await ownBroker();
if (broker !== undefined) {
  // Ctrl-C reaches this process, too: the end of the input that follows it lets the broker go in order.
  process.on('SIGINT', () => undefined);
  await broker.start();
  process.stdout.write(`${broker.url}\n`);
  for await (const _ of process.stdin);
  await broker.remove();
}
