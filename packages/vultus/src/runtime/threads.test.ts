/** Thread plans by option, environment and machine. */

import { expect, test } from 'vitest';
import { planThreads } from './threads.ts';

test('one worker per thread, from the option, else the environment, else the machine', () => {
  expect(planThreads({}, 4, {})).toEqual({ workers: 4, threadsPerWorker: 1 });
  expect(planThreads({}, 64, {})).toEqual({ workers: 8, threadsPerWorker: 1 });
  expect(planThreads({}, 8, { OMP_NUM_THREADS: '3,2' })).toEqual({ workers: 3, threadsPerWorker: 1 });
  expect(planThreads({}, 8, { VULTUS_THREADS: '2', OMP_NUM_THREADS: '3' })).toEqual({
    workers: 2,
    threadsPerWorker: 1,
  });
  expect(planThreads({ threads: 6 }, 2, { VULTUS_THREADS: '2' })).toEqual({ workers: 6, threadsPerWorker: 1 });
});

test('fewer workers share the threads among themselves', () => {
  expect(planThreads({ threads: 8, workers: 3 }, 8, {})).toEqual({ workers: 3, threadsPerWorker: 2 });
  expect(planThreads({ threads: 1, workers: 4 }, 8, {})).toEqual({ workers: 4, threadsPerWorker: 1 });
});

test('senseless counts are refused where they are ours, ignored where they are not', () => {
  for (const threads of [0, -1, 1.5, Number.NaN, 5000]) {
    expect(() => planThreads({ threads }, 4, {})).toThrowError(/whole number/);
  }
  expect(() => planThreads({}, 4, { VULTUS_THREADS: 'many' })).toThrowError(/VULTUS_THREADS/);
  expect(planThreads({}, 4, { OMP_NUM_THREADS: 'many', VULTUS_THREADS: '' })).toEqual({
    workers: 4,
    threadsPerWorker: 1,
  });
});
