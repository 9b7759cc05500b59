/** The same search in Chromium: in workers over shared memory, and in the page's one thread where there is none. */

import { describe, expect, it } from 'vitest';
import { chromiumPath, openBrowserPage } from '../../testing/browser.ts';
import { openReferenceIndex } from './exact.ts';
import { expectSame } from './vector-index.contract.ts';

/** The page's global; the function below runs in the page and sees nothing else of this file. */
interface PageGlobal {
  readonly vultus: typeof import('../../browser.ts');
}

const executable = chromiumPath();
const reason = executable ? '' : ' (skipped: no Chromium; install it or set VULTUS_CHROMIUM)';
const [dimension, count] = [128, 70_000];

describe.skipIf(!executable)(`in Chromium${reason}`, () => {
  it.each([
    { isolated: true, workers: true },
    { isolated: false, workers: false },
  ])(
    'finds what the reference twin finds, %o',
    async ({ isolated, workers }) => {
      const browser = await openBrowserPage(executable ?? '', { isolated });
      try {
        const seen = await browser.page.evaluate(searchInPage, [dimension, count] as const);
        expect([seen.isShared, seen.started > 0, seen.isSame]).toEqual([isolated, workers, true]);
        // Whoever scans, the page goes on: it has a turn at least every fifth of a second, however long the scans take.
        expect(seen.ticks).toBeGreaterThanOrEqual(Math.floor(seen.elapsed / 200));
        const twin = openReferenceIndex(dimension);
        twin.add(Float32Array.from(seen.vectors));
        const queries = Float32Array.from(seen.queries);
        const wanted = await twin.search({ queries, k: 5, minScore: -1 });
        for (const [i, hits] of wanted.entries()) expectSame(seen.answers[i] ?? [], hits);
        await twin.close();
      } finally {
        await browser.close();
      }
    },
    120_000,
  );
});

async function searchInPage([d, n]: readonly [number, number]) {
  const { openScanIndex } = (globalThis as unknown as PageGlobal).vultus;
  let started = 0;
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      started += 1;
    }
  };
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const units = (rows: number): Float32Array => {
    const vectors = Float32Array.from({ length: rows * d }, next);
    for (let at = 0; at < vectors.length; at += d) {
      const row = vectors.subarray(at, at + d);
      const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
      for (let i = 0; i < d; i++) row[i] = (row[i] as number) / length;
    }
    return vectors;
  };
  // Fewer different rows than rows, so that what goes back to the test stays small; equal ones differ in sign.
  const few = units(2000);
  const index = await openScanIndex({ dimension: d, precision: 'float32' });
  index.add(few);
  for (let row = 2000; row < n; row += 2000) index.add(few.map((x) => -x));
  const queries = units(12);
  let ticks = 0;
  const start = performance.now();
  const timer = setInterval(() => {
    ticks += 1;
  }, 1);
  const answers: { slot: number; score: number }[][] = [];
  for (let i = 0; i < 12; i++) {
    const query = queries.slice(i * d, (i + 1) * d);
    const [hits = []] = await index.search({ queries: query, k: 5, minScore: 0.01, allow: firstOf(2000) });
    answers.push([...hits]);
  }
  const together = await index.search({ queries, k: 5, minScore: 0.01, allow: firstOf(2000) });
  const elapsed = performance.now() - start;
  clearInterval(timer);
  await index.close();
  const isShared = typeof SharedArrayBuffer !== 'undefined';
  const isSame = JSON.stringify(together) === JSON.stringify(answers);
  return { isShared, isSame, started, ticks, elapsed, vectors: [...few], queries: [...queries], answers };

  function firstOf(rows: number): Uint8Array {
    return new Uint8Array(Math.ceil(rows / 8)).fill(255);
  }
}
