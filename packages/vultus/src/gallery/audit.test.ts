/** The audit finds what is missed, and nothing where nothing is. */

import { expect, it } from 'vitest';
import { startQdrant } from '../testing/qdrant-server.ts';
import { auditSearch } from './audit.ts';
import { Gallery } from './gallery.ts';
import { randomUnits } from './index/vector-index.contract.ts';
import { RemoteGallery } from './remote/gallery.ts';

const contract = { id: 'test', version: '1', sha256: '45'.repeat(32), dimension: 64 };
const items = Array.from({ length: 400 }, (_, i) => ({
  faceprint: { contract, precision: 'float32' as const, vector: randomUnits(1, 64, i + 1) },
  identity: `P${i}`,
}));

it('says that an exact collection misses nothing', async () => {
  const gallery = await Gallery.open();
  const people = await gallery.ensure('people', { contract });
  await people.enrollMany(items);
  const lines = await auditSearch(people, { probes: 20, cosines: [0.5, 0.9] });
  expect(lines).toMatchObject([
    { cosine: 0.5, probes: 20, recallAt1: 1, recallAtK: 1 },
    { cosine: 0.9, probes: 20, mateFound: 1, mateFoundExactly: 1 },
  ]);
  await gallery.close();
});

it('counts what a server does not find unless asked for everything', async () => {
  const server = await startQdrant({ missed: 30 });
  const gallery = await RemoteGallery.open(server.url);
  const people = await gallery.ensure('people', { contract });
  await people.enrollMany(items);
  const done: number[] = [];
  const [line] = await auditSearch(people, { probes: 200, cosines: [0.9], onProgress: (count) => done.push(count) });
  expect(line?.mateFoundExactly).toBe(1);
  expect(line?.mateFound).toBeGreaterThan(0.55);
  expect(line?.mateFound).toBeLessThan(0.85);
  expect(line?.recallAt1).toBe(line?.mateFound);
  expect(done.at(-1)).toBe(200);
  const stop = auditSearch(people, { signal: AbortSignal.abort() });
  await expect(stop).rejects.toMatchObject({ code: 'ABORTED' });
  await gallery.close();
  await server.stop();
});
