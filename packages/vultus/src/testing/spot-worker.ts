/** A process that works on spot frames until it is killed: broker URL, prefix, shares and event file are its arguments. */

import { openSqliteEvents } from '../video/events-sqlite-node.ts';
import { openRabbitQueue } from '../video/queue-rabbit-node.ts';
import { runWorker } from '../video/worker-node.ts';
import { identifySpot, spotEngine } from './spot-engine.ts';

const [url = '', prefix = '', shares = '', events = ''] = process.argv.slice(2);
const queue = await openRabbitQueue({ url, prefix, shares: Number(shares) });
const store = await openSqliteEvents(events);
process.stdout.write('ready\n');
await runWorker({
  ...{ queue, store, engine: spotEngine, identify: identifySpot, threshold: 0.9 },
  onNote: (note) => process.stderr.write(`${note}\n`),
});
