/** Batches go through the matrix product where there is one, and the answers stay exact. */

import { describe, expect, it } from 'vitest';
import { segmentRows } from './arena.ts';
import { openScanIndex } from './engine.ts';
import { openReferenceIndex } from './exact.ts';
import { type Gemm, isExact } from './gemm.ts';
import { openGemm } from './gemm-node.ts';
import { clustered, expectSame, randomUnits } from './vector-index.contract.ts';

/** The product by definition, with sums kept in so many bits; 32 is exact. */
function plainGemm(bits: 16 | 32): Gemm {
  const Sums = bits === 16 ? Int16Array : Int32Array;
  return {
    run: async (rows, queries, sums, inner) => {
      const width = queries.length / inner;
      for (let at = 0; at < sums.length; at++) {
        const sum = new Sums(1);
        for (let i = 0; i < inner; i++) {
          const row = rows[Math.floor(at / width) * inner + i] as number;
          sum[0] = (sum[0] as number) + (row - 128) * (queries[i * width + (at % width)] as number);
        }
        sums[at] = sum[0] as number;
      }
    },
    close: async () => {},
  };
}

describe('the matrix product', () => {
  it('is right on this machine', async ({ skip }) => {
    const gemm = await openGemm();
    if (gemm === undefined) return skip('onnxruntime-node is not installed');
    expect(await isExact(gemm)).toBe(true);
    await gemm.close();
  });

  it('is told from one that overflows', async () => {
    expect([await isExact(plainGemm(32)), await isExact(plainGemm(16))]).toEqual([true, false]);
  });
});

describe('batches over more than one segment', () => {
  const dimension = 64;
  const count = segmentRows + 9000;

  it('equal the reference twin, with removed rows, floors, groups and masks', async () => {
    const index = await openScanIndex({ dimension, precision: 'float32' });
    const twin = openReferenceIndex(dimension);
    const vectors = clustered(count, dimension, 5);
    for (const each of [index, twin]) {
      each.add(vectors);
      for (let slot = 0; slot < count; slot += 7) each.remove(slot);
    }
    const queries = clustered(17, dimension, 5);
    const allow = new Uint8Array(Math.ceil(count / 8) - 40).map((_, i) => (i * 151) & 255);
    for (const request of [
      { k: 10, minScore: 0.25 },
      { k: 3, minScore: 0.9 },
      { k: 5, minScore: 0.3, groupOf: (slot: number) => slot % 50, perGroup: 1 },
      { k: 4, minScore: 0.3, allow },
    ]) {
      const [got, wanted] = [await index.search({ queries, ...request }), await twin.search({ queries, ...request })];
      for (const [i, hits] of wanted.entries()) expectSame(got[i] ?? [], hits);
    }
    await index.close();
    await twin.close();
  }, 120_000);

  it('go on when a search is given up, and end cleanly', async () => {
    const index = await openScanIndex({ dimension, precision: 'int8' });
    index.add(randomUnits(count, dimension, 3));
    const queries = randomUnits(64, dimension, 4);
    const giveUp = new AbortController();
    const given = index.search({ queries, k: 1, minScore: -1, signal: giveUp.signal });
    giveUp.abort();
    await expect(given).rejects.toMatchObject({ code: 'ABORTED' });
    const answered = index.search({ queries, k: 1, minScore: -1 });
    expect(await answered).toHaveLength(64);
    const closed = index.search({ queries, k: 1, minScore: -1 }).catch((cause: { code: string }) => cause.code);
    await index.close();
    expect(await closed).toBe('CLOSED');
  }, 120_000);
});
