/** Where tests of the command line find a broker: VULTUS_AMQP_URL, the standard port of this machine, or one of their own. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { openFrameQueue } from 'vultus';

const localUrl = 'amqp://guest:guest@127.0.0.1:5672';

/** The URL of a broker, or undefined. One of its own goes after the last test of the file that asked. */
export async function brokerUrl(): Promise<string | undefined> {
  const given = process.env.VULTUS_AMQP_URL;
  if (given !== undefined && given !== '') return given;
  return (await answers(localUrl)) ? localUrl : ownBrokerUrl();
}

async function answers(url: string): Promise<boolean> {
  try {
    const queue = await openFrameQueue(url, { connectMs: 2000 });
    await queue.close();
    return true;
  } catch {
    return false;
  }
}

async function ownBrokerUrl(): Promise<string | undefined> {
  const program = fileURLToPath(new URL('../../vultus/dist/testing/rabbitmq-process.js', import.meta.url));
  const broker = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => broker.once('exit', resolve));
  for await (const url of createInterface(broker.stdout)) {
    afterAll(async () => {
      broker.stdin.end();
      await ended;
    });
    return url;
  }
  return undefined;
}
