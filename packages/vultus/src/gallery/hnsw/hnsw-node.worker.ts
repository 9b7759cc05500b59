/** The thread that holds the graph: adding a row takes a millisecond or more, which no event loop should wait for. */

import { availableParallelism } from 'node:os';
import { workerData } from 'node:worker_threads';
import { VultusError } from '../../errors.ts';
import { serve } from '../../runtime/serve-node.ts';
import type { GraphSetup, GraphWork } from './hnsw-messages.ts';

/** What we use of usearch 2. */
interface Graph {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  remove(keys: BigUint64Array): unknown;
  search(queries: Float32Array, take: number, threads: number): Matches | { get(i: number): Matches };
}

interface Matches {
  readonly keys: BigUint64Array;
}

type Usearch = { readonly Index: new (config: Readonly<Record<string, unknown>>) => Graph };

const setup = workerData as GraphSetup;
const threads = availableParallelism();

serve(open());

async function open(): Promise<GraphWork> {
  const graph = new (await findIndex())({
    dimensions: setup.dimension,
    metric: 'ip',
    quantization: 'f16',
    connectivity: setup.connectivity,
    expansion_add: setup.expansionAdd,
    expansion_search: setup.expansionSearch,
    multi: false,
  });
  return {
    add(slots, vectors) {
      graph.add(keysOf(slots), vectors, threads);
    },
    remove(slots) {
      graph.remove(keysOf(slots));
    },
    search(queries, take) {
      const found = graph.search(queries, take, threads);
      const lists = Array.from({ length: queries.length / setup.dimension }, (_, i) =>
        'keys' in found ? found : found.get(i),
      );
      return lists.map(({ keys }) => Int32Array.from(keys, Number));
    },
    close() {},
  };
}

async function findIndex(): Promise<Usearch['Index']> {
  const { module } = setup;
  try {
    const loaded = (await import(module)) as Usearch & { readonly default?: Usearch };
    return (loaded.default ?? loaded).Index;
  } catch (cause) {
    throw new VultusError(
      'DEPENDENCY_MISSING',
      `Searching by a graph needs the package ${module} (${(cause as Error).message}). Run: npm install ${module}`,
    );
  }
}

function keysOf(slots: Int32Array): BigUint64Array {
  return BigUint64Array.from(slots, BigInt);
}
