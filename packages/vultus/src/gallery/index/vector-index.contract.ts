/** What every exact index must do: equal a float64 brute force, ties aside, while slots come and go. */

import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { bestHits, dot, isAllowed } from './exact.ts';
import type { Hit, SearchRequest, VectorIndex } from './vector-index.ts';

/** Registers the suite. `stored` is what the index keeps of a vector: rounded to its precision. */
export function vectorIndexContract(
  name: string,
  open: (dimension: number) => Promise<VectorIndex>,
  stored: (vector: Float32Array) => Float32Array = (vector) => vector,
): void {
  describe(`index contract: ${name}`, () => {
    const opened: VectorIndex[] = [];
    const fresh = async (dimension: number): Promise<VectorIndex> => {
      const index = await open(dimension);
      opened.push(index);
      return index;
    };
    afterEach(async () => {
      for (const index of opened.splice(0)) await index.close();
    });

    it('finds nothing in an empty index', async () => {
      const index = await fresh(8);
      expect(await index.search({ queries: randomUnits(2, 8, 1), k: 3, minScore: -1 })).toEqual([[], []]);
      expect([index.size, index.capacity]).toEqual([0, 0]);
    });

    it('equals brute force after any sequence of adds and removals', async () => {
      const step = fc.oneof(
        {
          weight: 3,
          arbitrary: fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 40 }) }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }) },
        {
          weight: 2,
          arbitrary: fc.record({ kind: fc.constant('search' as const), k: fc.integer({ min: 1, max: 20 }) }),
        },
      );
      const property = fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer(),
        fc.constantFrom(3, 16, 64, 100),
        async (steps, seed, d) => {
          const index = await open(d);
          try {
            const twin = new Map<number, Float32Array>();
            for (const [i, each] of steps.entries()) await take(index, twin, each, seed + i);
            await check(index, twin, { queries: randomUnits(3, d, seed ^ 7), k: 10, minScore: -1 });
          } finally {
            await index.close();
          }
        },
      );
      await fc.assert(property, { numRuns: 40 });
    });

    async function take(
      index: VectorIndex,
      twin: Map<number, Float32Array>,
      step: { kind: 'add'; count: number } | { kind: 'remove'; at: number } | { kind: 'search'; k: number },
      seed: number,
    ): Promise<void> {
      const d = index.dimension;
      if (step.kind === 'add') fill(index, twin, randomUnits(step.count, d, seed));
      else if (step.kind === 'search')
        await check(index, twin, { queries: randomUnits(2, d, seed), k: step.k, minScore: -1 });
      else {
        const slot = [...twin.keys()][step.at % Math.max(1, twin.size)];
        if (slot === undefined) return;
        index.remove(slot);
        twin.delete(slot);
      }
      expect(index.size).toBe(twin.size);
    }

    function fill(index: VectorIndex, twin: Map<number, Float32Array>, vectors: Float32Array): void {
      const d = index.dimension;
      const slots = index.add(vectors);
      for (const [i, slot] of slots.entries()) {
        expect(twin.has(slot)).toBe(false);
        expect(slot).toBeLessThan(index.capacity);
        twin.set(slot, stored(vectors.slice(i * d, (i + 1) * d)));
      }
    }

    async function check(index: VectorIndex, twin: Map<number, Float32Array>, request: SearchRequest): Promise<void> {
      const d = index.dimension;
      const lists = await index.search(request);
      expect(lists).toHaveLength(request.queries.length / d);
      for (const [i, got] of lists.entries()) {
        expectSame(got, bruteForce(twin, request.queries.slice(i * d, (i + 1) * d), request));
      }
    }

    it.each([[128], [512]])('equals brute force on 3,000 clustered vectors of %i components', async (d) => {
      const index = await fresh(d);
      const twin = new Map<number, Float32Array>();
      fill(index, twin, clustered(3000, d, 5));
      for (const k of [1, 10, 100]) await check(index, twin, { queries: clustered(12, d, 5), k, minScore: -1 });
    });

    it('keeps to the lowest score', async () => {
      const index = await fresh(64);
      const twin = new Map<number, Float32Array>();
      fill(index, twin, clustered(500, 64, 3));
      for (const minScore of [0, 0.3, 0.9, 1])
        await check(index, twin, { queries: clustered(5, 64, 3), k: 50, minScore });
    });

    it('returns at most so many of one group', async () => {
      const index = await fresh(32);
      const twin = new Map<number, Float32Array>();
      fill(index, twin, clustered(900, 32, 9));
      const groupOf = (slot: number): number => slot % 7;
      for (const perGroup of [1, 2, 200]) {
        for (const k of [1, 5, 7, 20])
          await check(index, twin, { queries: clustered(4, 32, 9), k, minScore: -1, groupOf, perGroup });
      }
    });

    it('looks at allowed slots only', async () => {
      const index = await fresh(32);
      const twin = new Map<number, Float32Array>();
      fill(index, twin, clustered(900, 32, 11));
      for (const rest of [2, 300]) {
        const allow = new Uint8Array(113);
        for (let slot = 0; slot < 900; slot += rest)
          allow[slot >> 3] = (allow[slot >> 3] as number) | (1 << (slot & 7));
        await check(index, twin, { queries: clustered(4, 32, 11), k: 10, minScore: -1, allow });
      }
      await check(index, twin, { queries: clustered(1, 32, 11), k: 10, minScore: -1, allow: new Uint8Array(1) });
    });

    it('finds the same vector many times over', async () => {
      const index = await fresh(16);
      const one = randomUnits(1, 16, 2);
      for (let i = 0; i < 300; i++) index.add(one);
      const [hits = []] = await index.search({ queries: one, k: 250, minScore: 0.5 });
      expect(hits).toHaveLength(250);
      expect(new Set(hits.map((hit) => hit.slot)).size).toBe(250);
    });

    it('handles one-hot, opposite and nearly equal vectors', async () => {
      const d = 64;
      const index = await fresh(d);
      const twin = new Map<number, Float32Array>();
      const vectors = new Float32Array(200 * d);
      for (let i = 0; i < 200; i++) vectors[i * d + (i % d)] = i % 2 === 0 ? 1 : -1;
      fill(index, twin, vectors);
      const near = clustered(200, d, 21, 1e-4);
      fill(index, twin, near);
      await check(index, twin, { queries: vectors.slice(0, 5 * d), k: 30, minScore: -1 });
      await check(index, twin, { queries: near.slice(0, 5 * d), k: 30, minScore: -1 });
    });

    it('answers for the moment a search began while slots change', async () => {
      const d = 64;
      const index = await fresh(d);
      const twin = new Map<number, Float32Array>();
      fill(index, twin, clustered(6000, d, 31));
      const queries = clustered(3, d, 31);
      for (let round = 0; round < 8; round++) {
        const before = new Map(twin);
        const release = index.hold();
        const searching = index.search({ queries, k: 40, minScore: -1 });
        // The very answers are removed, and others that would be better come in their place.
        for (const slot of bruteForce(before, queries.slice(0, d), { k: 20, minScore: -1 }).map((hit) => hit.slot)) {
          index.remove(slot);
          twin.delete(slot);
        }
        const added = clustered(20, d, 31);
        for (const [i, slot] of index.add(added).entries()) {
          expect(before.has(slot)).toBe(false);
          twin.set(slot, stored(added.slice(i * d, (i + 1) * d)));
        }
        for (const [i, got] of (await searching).entries()) {
          expectSame(got, bruteForce(before, queries.slice(i * d, (i + 1) * d), { k: 40, minScore: -1 }));
        }
        release();
      }
      await check(index, twin, { queries, k: 10, minScore: -1 });
    });

    it('gives freed slots away again', async () => {
      const index = await fresh(16);
      for (let round = 0; round < 50; round++) {
        for (const slot of index.add(randomUnits(20, 16, round))) index.remove(slot);
        await index.search({ queries: randomUnits(1, 16, 1), k: 1, minScore: -1 });
      }
      expect(index.size).toBe(0);
      expect(index.capacity).toBeLessThanOrEqual(40);
    });

    it('gives vectors back', async () => {
      const index = await fresh(48);
      const vectors = randomUnits(10, 48, 77);
      const slots = index.add(vectors);
      for (const [i, slot] of slots.entries()) {
        expect(index.vector(slot)).toEqual(stored(vectors.slice(i * 48, (i + 1) * 48)));
      }
    });

    it('stops when asked and when closed', async () => {
      const index = await fresh(64);
      index.add(clustered(5000, 64, 41));
      const request = { queries: clustered(4, 64, 41), k: 5, minScore: -1 };
      await expect(index.search({ ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      const searching = index.search(request).then(
        () => 'done',
        (cause: { code?: string }) => cause.code,
      );
      await index.close();
      expect(['done', 'CLOSED']).toContain(await searching);
      await expect(index.search(request)).rejects.toMatchObject({ code: 'CLOSED' });
      await index.close();
    });
  });
}

/** The answer by definition: every vector, float64, sorted. */
export function bruteForce(
  vectors: ReadonlyMap<number, Float32Array>,
  query: Float32Array,
  request: Pick<SearchRequest, 'k' | 'minScore' | 'groupOf' | 'perGroup' | 'allow'>,
): Hit[] {
  const hits: Hit[] = [];
  for (const [slot, vector] of vectors) {
    const score = dot(query, vector);
    if (score >= request.minScore && isAllowed(request.allow, slot)) hits.push({ slot, score });
  }
  return bestHits(hits, request);
}

/** Equal scores in order, and equal slots wherever the score is not a tie. */
export function expectSame(got: readonly Hit[], wanted: readonly Hit[]): void {
  expect(got.map((hit) => hit.score)).toEqual(wanted.map((hit) => expect.closeTo(hit.score, 12) as number));
  for (const [i, hit] of wanted.entries()) {
    const tied = wanted.some((other, j) => j !== i && Math.abs(other.score - hit.score) < 1e-12);
    if (!tied && i < wanted.length - 1) expect(got[i]?.slot).toBe(hit.slot);
  }
}

/** Uniform random directions, the same for the same seed. */
export function randomUnits(count: number, dimension: number, seed: number): Float32Array {
  const random = gaussian(seed);
  const vectors = Float32Array.from({ length: count * dimension }, random);
  return normaliseRows(vectors, dimension);
}

/** Ten vectors around each of count/10 centres: the shape of a gallery of people. */
export function clustered(count: number, dimension: number, seed: number, spread = 0.05): Float32Array {
  const centres = randomUnits(Math.ceil(count / 10), dimension, seed);
  const random = gaussian(seed + 1);
  const vectors = new Float32Array(count * dimension);
  for (let i = 0; i < vectors.length; i++) {
    const row = Math.floor(i / dimension);
    vectors[i] = (centres[Math.floor(row / 10) * dimension + (i % dimension)] as number) + spread * random();
  }
  return normaliseRows(vectors, dimension);
}

function normaliseRows(vectors: Float32Array, dimension: number): Float32Array {
  for (let at = 0; at < vectors.length; at += dimension) {
    const row = vectors.subarray(at, at + dimension);
    const length = Math.sqrt(dot(row, row));
    for (let i = 0; i < dimension; i++) row[i] = (row[i] as number) / length;
  }
  return vectors;
}

/** Normal deviates by Box and Muller over a 32-bit mixing generator (mulberry32). */
function gaussian(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
