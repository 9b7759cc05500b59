/** The embedding cache: nothing embedded twice, damage healed, contracts and settings kept apart. */

import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Faceprint } from 'vultus';
import { cachedEngine, defaultCacheFolder } from './embedding-cache.ts';

const contract = { id: 'made-up', version: '1', sha256: 'a'.repeat(64), dimension: 4 };
const print: Faceprint = { contract, precision: 'float32', vector: Float32Array.of(0.5, -0.5, 0.5, 0.5) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vultus-cache-'));
  await writeFile(join(folder, 'a.jpg'), 'one picture');
  await writeFile(join(folder, 'b.jpg'), 'no face here');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function counting(of = contract) {
  const seen: string[] = [];
  const embedFile = async (path: string) => {
    seen.push(path);
    return path.endsWith('b.jpg') ? null : { ...print, contract: of };
  };
  return { seen, contract: of, embedFile };
}

it('embeds a picture once, by its bytes and not by its name, and remembers that there is no face', async () => {
  const engine = counting();
  const options = { folder: join(folder, 'cache') };
  await copyFile(join(folder, 'a.jpg'), join(folder, 'copy.jpg'));
  for (const name of ['a.jpg', 'copy.jpg', 'a.jpg']) {
    expect(await cachedEngine(engine, options).embedFile(join(folder, name))).toEqual(print);
  }
  expect(await cachedEngine(engine, options).embedFile(join(folder, 'b.jpg'))).toBeNull();
  expect(await cachedEngine(engine, options).embedFile(join(folder, 'b.jpg'))).toBeNull();
  expect(engine.seen.length).toBe(2);
});

it('keeps contracts and settings apart', async () => {
  const [one, other] = [counting(), counting({ ...contract, sha256: 'b'.repeat(64) })];
  const cache = join(folder, 'cache');
  const file = join(folder, 'a.jpg');
  await cachedEngine(one, { folder: cache }).embedFile(file);
  await cachedEngine(other, { folder: cache }).embedFile(file);
  await cachedEngine(one, { folder: cache, settings: 'another detector' }).embedFile(file);
  expect([one.seen.length, other.seen.length]).toEqual([2, 1]);
});

it('embeds again where the kept faceprint is damaged', async () => {
  const engine = counting();
  const cache = join(folder, 'cache');
  const file = join(folder, 'a.jpg');
  await cachedEngine(engine, { folder: cache }).embedFile(file);
  const kept = (await readdir(cache, { recursive: true })).filter((name) => name.endsWith('.vfp'));
  await writeFile(join(cache, kept[0] as string), 'VFP1 but broken');
  expect(await cachedEngine(engine, { folder: cache }).embedFile(file)).toEqual(print);
  expect(engine.seen.length).toBe(2);
});

it('lies where caches lie', () => {
  expect(defaultCacheFolder({ XDG_CACHE_HOME: join('x', 'cache') })).toBe(join('x', 'cache', 'vultus', 'eval'));
  expect(defaultCacheFolder({})).toMatch(/\.cache/);
});
