/** Cutting and joining batches, against running the rows one by one. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runBatched, splitRows } from './batch.ts';
import { type FakeModel, fakeBackend, fakeModelBytes } from './fake.ts';
import type { Tensor } from './tensor.ts';

/** y[n] = [sum of x[n], n-th id + 1n], with the number of rows noted. */
function sums(noted: number[], rowsIn: number | string = 'N'): FakeModel {
  return {
    inputs: [
      { name: 'x', type: 'float32', dims: [rowsIn, 2, 3] },
      { name: 'id', type: 'int64', dims: [rowsIn] },
    ],
    outputs: [
      { name: 'sum', type: 'float32', dims: [rowsIn, 1] },
      { name: 'next', type: 'int64', dims: [rowsIn] },
    ],
    run: ({ x, id }) => {
      const values = (x as Tensor<'float32'>).data;
      const rows = values.length / 6;
      noted.push(rows);
      const sum = Float32Array.from({ length: rows }, (_, row) =>
        values.subarray(row * 6, row * 6 + 6).reduce((a, b) => a + b, 0),
      );
      const next = (id as Tensor<'int64'>).data.map((value) => value + 1n);
      return {
        sum: { type: 'float32', dims: [rows, 1], data: sum },
        next: { type: 'int64', dims: [rows], data: next },
      };
    },
  };
}

function feeds(rows: number): { x: Tensor<'float32'>; id: Tensor<'int64'> } {
  return {
    x: {
      type: 'float32',
      dims: [rows, 2, 3],
      data: Float32Array.from({ length: rows * 6 }, (_, index) => (index * 7) % 13),
    },
    id: { type: 'int64', dims: [rows], data: BigInt64Array.from({ length: rows }, (_, row) => BigInt(row)) },
  };
}

async function session(noted: number[], rowsIn: number | string = 'N') {
  return fakeBackend({ sums: sums(noted, rowsIn) }).load(fakeModelBytes('sums'));
}

test('any cut gives what one run gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      async (rows, maxBatch, concurrency) => {
        const noted: number[] = [];
        const model = await session(noted);
        const whole = await model.run(feeds(rows));
        noted.length = 0;
        expect(await runBatched(model, feeds(rows), { maxBatch, concurrency })).toEqual(whole);
        expect(Math.max(...noted)).toBeLessThanOrEqual(maxBatch);
        expect(Math.max(...noted) - Math.min(...noted)).toBeLessThanOrEqual(1);
        expect(noted.length).toBeGreaterThanOrEqual(Math.min(rows, concurrency));
      },
    ),
  );
});

test('parts cover the rows in order', () => {
  expect(splitRows(5, 16, 2)).toEqual([
    { start: 0, end: 2 },
    { start: 2, end: 5 },
  ]);
  expect(splitRows(3, 1, 8)).toHaveLength(3);
  expect(splitRows(1, 16, 4)).toEqual([{ start: 0, end: 1 }]);
});

test('no rows, no run', async () => {
  const noted: number[] = [];
  const outputs = await runBatched(await session(noted), feeds(0));
  expect(outputs.sum).toEqual({ type: 'float32', dims: [0, 1], data: new Float32Array(0) });
  expect(outputs.next).toEqual({ type: 'int64', dims: [0], data: new BigInt64Array(0) });
  expect(noted).toEqual([]);
});

test('a model made for one row gets one row at a time', async () => {
  const noted: number[] = [];
  const outputs = await runBatched(await session(noted, 1), feeds(3));
  expect(noted).toEqual([1, 1, 1]);
  expect(outputs.next?.data).toEqual(BigInt64Array.of(1n, 2n, 3n));
});

test('feeds that disagree on the rows are refused by name', async () => {
  const uneven = { ...feeds(3), id: feeds(2).id };
  await expect(runBatched(await session([]), uneven)).rejects.toMatchObject({
    code: 'INFERENCE_FAILED',
    message: expect.stringContaining('"id"'),
  });
});

test('an output without a row per item is refused by name', async () => {
  const model: FakeModel = {
    inputs: [{ name: 'x', type: 'float32', dims: ['N'] }],
    outputs: [{ name: 'total', type: 'float32', dims: [1] }],
    run: () => ({ total: { type: 'float32', dims: [1], data: new Float32Array(1) } }),
  };
  const opened = await fakeBackend({ model }).load(fakeModelBytes('model'));
  const x = { type: 'float32', dims: [4], data: new Float32Array(4) } as const;
  await expect(runBatched(opened, { x }, { maxBatch: 2 })).rejects.toMatchObject({
    code: 'INFERENCE_FAILED',
    message: expect.stringContaining('"total"'),
  });
});
