/** A process that enrols until it is killed, and prints the ids of each batch once it is acknowledged. */

import { Gallery } from '../gallery/gallery.ts';

const contract = { id: 'test', version: '1', sha256: '45'.repeat(32), dimension: 128 };
const gallery = await Gallery.open(process.argv[2] ?? '');
const collection = await gallery.ensure('people', { contract });

for (let batch = 0; ; batch++) {
  const identity = `${process.pid} ${batch}`;
  const items = Array.from({ length: 5 }, () => {
    const vector = Float32Array.from({ length: 128 }, () => Math.random() - 0.5);
    return { faceprint: { contract, precision: 'float32' as const, vector }, identity };
  });
  const ids = await collection.enrollMany(items);
  process.stdout.write(`${ids.join(' ')}\n`);
}
