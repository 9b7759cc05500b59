/** The session pool opens lazily, once, and forgets what failed. */

import { expect, test } from 'vitest';
import { type FakeModel, fakeBackend, fakeModelBytes } from './fake.ts';
import { SessionPool } from './sessions.ts';

const nothing: FakeModel = { inputs: [], outputs: [], run: () => ({}) };
const models = { a: nothing, b: nothing, c: nothing };

function setUp() {
  const backend = fakeBackend(models, { concurrency: 2 });
  const pool = new SessionPool(backend, async (key) => ({ model: fakeModelBytes(key) }));
  return { backend, pool };
}

test('concurrent callers share one open', async () => {
  const { backend, pool } = setUp();
  expect(pool.opened).toEqual([]);
  const [first, second] = await Promise.all([pool.session('a'), pool.session('a')]);
  expect(first).toBe(second);
  expect(backend.loads).toEqual(['a']);
  expect(pool.opened).toEqual(['a']);
});

test('preload opens all, once each, and reports', async () => {
  const { backend, pool } = setUp();
  const seen: [string, number, number][] = [];
  await pool.preload(['a', 'b', 'a', 'c'], (...progress) => seen.push(progress));
  expect([...backend.loads].sort()).toEqual(['a', 'b', 'c']);
  expect(seen.map(([, done, total]) => [done, total])).toEqual([
    [1, 3],
    [2, 3],
    [3, 3],
  ]);
});

test('unload closes; the next call opens afresh', async () => {
  const { backend, pool } = setUp();
  const before = await pool.session('a');
  await pool.session('b');
  await pool.unload(['a', 'never-opened']);
  expect(pool.opened).toEqual(['b']);
  await expect(before.run({})).rejects.toMatchObject({ code: 'CLOSED' });
  expect(await (await pool.session('a')).run({})).toEqual({});
  expect(backend.loads).toEqual(['a', 'b', 'a']);
});

test('a failed open is told to its callers and tried again by the next', async () => {
  const backend = fakeBackend(models);
  let readable = false;
  const pool = new SessionPool(backend, async (key) => ({
    model: fakeModelBytes(readable ? key : 'damaged'),
    options: { label: 'x' },
  }));
  await expect(pool.session('a')).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  readable = true;
  await pool.session('a');
  expect(pool.opened).toEqual(['a']);
});

test('closing twice is harmless, using it afterwards is refused', async () => {
  const { pool } = setUp();
  const session = await pool.session('a');
  await Promise.all([pool.close(), pool.close()]);
  await expect(session.run({})).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(pool.session('a')).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(pool.preload(['b'])).rejects.toMatchObject({ code: 'CLOSED' });
});
