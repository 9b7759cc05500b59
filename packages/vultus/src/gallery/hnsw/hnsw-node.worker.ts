/** The thread that holds the graph: adding a row takes a millisecond or more, which no event loop should wait for. */

import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { GraphCall, GraphReply, GraphSetup } from './hnsw-messages.ts';

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

const port = parentPort;
if (!port) throw new Error('This file is a worker; open it with new Worker()');

const setup = workerData as GraphSetup;
const threads = availableParallelism();
const opened = open();

port.on('message', (call: GraphCall) => void opened.then((graph) => graph && take(graph, call)));

async function open(): Promise<Graph | undefined> {
  try {
    const loaded = (await import(setup.module)) as Usearch & { readonly default?: Usearch };
    const { Index } = loaded.default ?? loaded;
    const graph = new Index({
      dimensions: setup.dimension,
      metric: 'ip',
      quantization: 'f16',
      connectivity: setup.connectivity,
      expansion_add: setup.expansionAdd,
      expansion_search: setup.expansionSearch,
      multi: false,
    });
    reply({ kind: 'ready' });
    return graph;
  } catch (cause) {
    reply({ kind: 'missing', reason: (cause as Error).message });
    return undefined;
  }
}

function take(graph: Graph, call: GraphCall): void {
  if (call.kind === 'add') {
    graph.add(keysOf(call.slots), call.vectors, threads);
    reply({ kind: 'added', rows: call.slots.length });
  } else if (call.kind === 'remove') {
    graph.remove(keysOf(call.slots));
  } else {
    const count = call.queries.length / setup.dimension;
    const found = graph.search(call.queries, call.take, threads);
    const lists = Array.from({ length: count }, (_, i) => ('keys' in found ? found : found.get(i)));
    reply({ kind: 'found', id: call.id, slots: lists.map(({ keys }) => Int32Array.from(keys, Number)) });
  }
}

function keysOf(slots: Int32Array): BigUint64Array {
  return BigUint64Array.from(slots, BigInt);
}

function reply(message: GraphReply): void {
  port?.postMessage(message);
}
