/** The other process of the PostgreSQL bench: enrols what it is sent and says when it began. */

import { Gallery } from 'vultus';

const [url = '', name = ''] = process.argv.slice(2);
const gallery = await Gallery.open(url);
const collection = await gallery.open(name);

process.on('message', async (numbers: number[]) => {
  const started = performance.timeOrigin + performance.now();
  await collection.enroll(
    { contract: collection.contract, precision: 'float32', vector: Float32Array.from(numbers) },
    'new',
  );
  process.send?.(started);
});
process.on('disconnect', () => void gallery.close());
process.send?.(0);
