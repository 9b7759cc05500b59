/** How soon a face enrolled by one process is identified by another, through PostgreSQL. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Gallery } from 'vultus';
import { atMost, contract, faceprint, type Print, randomUnits } from './gallery-figures.ts';
import { median } from './report.ts';

const rounds = 200;

/** A second process enrols; how long until this one identifies it. */
export async function benchFollow(url: string, print: Print): Promise<void> {
  const name = `bench follow ${process.pid}`;
  const gallery = await Gallery.open(url);
  const collection = await gallery.create(name, { contract });
  const child = fork(fileURLToPath(new URL('gallery-enroller.js', import.meta.url)), [url, name]);
  const message = (): Promise<number> =>
    new Promise((resolve) => child.once('message', (value) => resolve(value as number)));
  await message();
  const delays: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const vector = randomUnits(1);
    const started = message();
    child.send([...vector]);
    while ((await collection.identify(faceprint(vector), { threshold: 0.9 })).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const found = performance.timeOrigin + performance.now();
    delays.push(found - (await started));
  }
  child.disconnect();
  await gallery.delete(name);
  await gallery.close();
  const p95 = delays.sort((a, b) => a - b)[Math.floor(0.95 * delays.length)] as number;
  print({ what: 'PostgreSQL, enrol call to identifiable elsewhere, median', value: median(delays), unit: 'ms' });
  print(atMost('PostgreSQL, the same, 95th percentile', p95, 'ms', 50));
}
