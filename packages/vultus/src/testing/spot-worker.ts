/**
 * A process that works on spot frames until it is killed: broker URL, prefix, shares and event file are its arguments,
 * and perhaps the name of somebody whose sight kills it at once, as a crash in native code would.
 */

import type { Image } from '../image/image.ts';
import { openSqliteEvents } from '../video/events-sqlite-node.ts';
import { openRabbitQueue } from '../video/queue-rabbit-node.ts';
import type { WatchEngine } from '../video/watcher.ts';
import { runWorker } from '../video/worker-node.ts';
import { identifySpot, showsSpot, spotEngine, type spotPeople } from './spot-engine.ts';

const [url = '', prefix = '', shares = '', events = '', deadly] = process.argv.slice(2);

async function survive(frame: Image): Promise<void> {
  if (deadly === undefined || !showsSpot(frame, deadly as keyof typeof spotPeople)) return;
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
}

const engine: WatchEngine = {
  detect: async (frame, ...rest) => survive(frame).then(() => spotEngine.detect(frame, ...rest)),
  read: (async (frame: Image, ...rest: [never, never]) =>
    survive(frame).then(() => spotEngine.read(frame, ...rest))) as unknown as WatchEngine['read'],
};
const queue = await openRabbitQueue({ url, prefix, shares: Number(shares) });
const store = await openSqliteEvents(events);
process.stdout.write('ready\n');
await runWorker({
  ...{ queue, store, engine, identify: identifySpot, threshold: 0.9 },
  onNote: (note) => process.stderr.write(`${note}\n`),
});
