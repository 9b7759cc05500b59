/**
 * A stand-in for a Qdrant server on a free port: the REST calls that a gallery makes, answered in memory in Qdrant's words
 * (checked by hand against the types of @qdrant/js-client-rest 1.19). It is stricter than Qdrant: a field it does not know
 * is refused.
 */

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fromFloat16, toFloat16 } from '../face/float16.ts';

type Json = Record<string, unknown>;

interface Point {
  readonly vector: Float64Array;
  readonly payload: Json;
}

interface Collection {
  readonly size: number;
  readonly half: boolean;
  readonly config: Json;
  readonly indexed: Set<string>;
  readonly points: Map<string, Point>;
}

/** How the stand-in differs from a perfect server. */
export interface QdrantServerOptions {
  readonly apiKey?: string;
  /** Of each hundred points so many are not found unless a search is exact, as by a graph. Default 0. */
  readonly missed?: number;
  readonly version?: string;
}

/** A running stand-in. */
export interface QdrantServer {
  /** `qdrant://127.0.0.1:<port>`. */
  readonly url: string;
  /** What every collection of points was made with, by name. */
  configs(): ReadonlyMap<string, Json>;
  /** How many requests came, by method and path pattern. */
  readonly requests: Map<string, number>;
  /** Refuses connections, keeping its data. */
  stop(): Promise<void>;
  /** Answers again on the same port. */
  start(): Promise<void>;
  /** Forgets all collections. */
  clear(): void;
}

/** A refusal in Qdrant's words. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Starts a stand-in. */
export async function startQdrant(options: QdrantServerOptions = {}): Promise<QdrantServer> {
  const collections = new Map<string, Collection>();
  const requests = new Map<string, number>();
  let port = 0;
  let server: Server | undefined;
  const start = async (): Promise<void> => {
    server = createServer((request, response) => {
      answer(request, collections, options, requests).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    const listening = server.listen(port, '127.0.0.1');
    await new Promise((resolve) => listening.once('listening', resolve));
    port = (server.address() as AddressInfo).port;
  };
  await start();
  return {
    url: `qdrant://${options.apiKey === undefined ? '' : `:${options.apiKey}@`}127.0.0.1:${port}`,
    configs: () => new Map([...collections].map(([name, { config }]) => [name, config])),
    requests,
    start,
    stop: async () => {
      server?.closeAllConnections();
      await new Promise((resolve) => server?.close(resolve));
    },
    clear: () => collections.clear(),
  };
}

async function answer(
  request: IncomingMessage,
  collections: Map<string, Collection>,
  options: QdrantServerOptions,
  requests: Map<string, number>,
): Promise<readonly [number, Json]> {
  try {
    const url = new URL(request.url ?? '/', 'http://here');
    const body = await bodyOf(request);
    if (options.apiKey !== undefined && request.headers['api-key'] !== options.apiKey) {
      throw new Refusal(401, 'Must provide an API key or an Authorization bearer token');
    }
    const { method = 'GET' } = request;
    const pattern = `${method} ${url.pathname.replace(/^\/collections\/[^/]+/, '/collections/{name}')}`;
    requests.set(pattern, (requests.get(pattern) ?? 0) + 1);
    if (pattern === 'GET /')
      return [200, { title: 'qdrant - vector search engine', version: options.version ?? '1.17.0' }];
    const name = decodeURIComponent(url.pathname.split('/')[2] ?? '');
    const call = calls[pattern];
    if (call === undefined) throw new Refusal(404, `No such route: ${pattern}`);
    return [200, { result: call({ collections, name, body, options }), status: 'ok', time: 0.001 }];
  } catch (cause) {
    const status = cause instanceof Refusal ? cause.status : 400;
    return [status, { status: { error: (cause as Error).message }, time: 0.001 }];
  }
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString()) as Json);
}

interface Call {
  readonly collections: Map<string, Collection>;
  readonly name: string;
  readonly body: Json;
  readonly options: QdrantServerOptions;
}

const calls: Readonly<Record<string, (call: Call) => unknown>> = {
  'PUT /collections/{name}': create,
  'DELETE /collections/{name}': ({ collections, name }) => collections.delete(name),
  'PUT /collections/{name}/index': (call) => {
    const { field_name, field_schema } = fields(call.body, 'field_name', 'field_schema');
    if (field_schema !== 'keyword') throw new Refusal(400, 'Format error in JSON body: unknown field_schema');
    collectionOf(call).indexed.add(String(field_name));
    return { operation_id: 1, status: 'completed' };
  },
  'POST /collections/{name}/points/batch': (call) => {
    const { operations } = fields(call.body, 'operations');
    for (const operation of operations as Json[]) update(collectionOf(call), operation);
    return [{ operation_id: 2, status: 'completed' }];
  },
  'POST /collections/{name}/points': (call) => {
    const { points } = collectionOf(call);
    const { ids } = fields(call.body, 'ids', 'with_payload', 'with_vector');
    return (ids as string[]).flatMap((id) => (points.has(id) ? [shown(id, points.get(id) as Point, true)] : []));
  },
  'POST /collections/{name}/points/scroll': scroll,
  'POST /collections/{name}/points/count': (call) => {
    const { filter } = fields(call.body, 'filter', 'exact');
    return { count: [...collectionOf(call).points.values()].filter(({ payload }) => meets(payload, filter)).length };
  },
  'POST /collections/{name}/facet': facet,
  'POST /collections/{name}/points/query/batch': (call) => {
    const { searches } = fields(call.body, 'searches');
    return (searches as Json[]).map((search) => query(collectionOf(call), search, call.options.missed ?? 0));
  },
};

function create({ collections, name, body }: Call): boolean {
  if (!/^[^/\\<>:"|?*\0]{1,255}$/.test(name)) throw new Refusal(422, `Validation error in path parameters: [${name}]`);
  if (collections.has(name)) throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`);
  const known = ['vectors', 'hnsw_config', 'quantization_config', 'shard_number', 'replication_factor'];
  const { vectors, hnsw_config = {}, quantization_config } = fields(body, ...known);
  const { size, distance, datatype = 'float32' } = fields(vectors as Json, 'size', 'distance', 'datatype', 'on_disk');
  fields(hnsw_config as Json, 'm', 'ef_construct');
  if (quantization_config !== undefined) {
    fields(fields(quantization_config as Json, 'scalar').scalar as Json, 'type', 'always_ram');
  }
  if (distance !== 'Dot' || !['float32', 'float16', 'uint8'].includes(String(datatype))) {
    throw new Refusal(400, 'Format error in JSON body: vectors');
  }
  const half = datatype === 'float16';
  collections.set(name, { size: Number(size), half, config: body, indexed: new Set(), points: new Map() });
  return true;
}

function update(collection: Collection, operation: Json): void {
  const [kind, given] = Object.entries(operation)[0] as [string, Json];
  if (kind === 'upsert') {
    const { points } = fields(given, 'points');
    const made = (points as Json[]).map((point) => pointOf(collection, point));
    for (const [id, point] of made) collection.points.set(id, point);
  } else if (kind === 'delete') {
    for (const id of fields(given, 'points').points as string[]) collection.points.delete(id);
  } else if (kind === 'set_payload' || kind === 'overwrite_payload') {
    const { payload, points } = fields(given, 'payload', 'points');
    for (const id of points as string[]) {
      const point = collection.points.get(id);
      const before = kind === 'set_payload' ? point?.payload : {};
      if (point !== undefined) collection.points.set(id, { ...point, payload: { ...before, ...(payload as Json) } });
    }
  } else {
    throw new Refusal(400, `Format error in JSON body: unknown operation ${kind}`);
  }
}

function pointOf(collection: Collection, point: Json): [string, Point] {
  const { id, vector, payload } = fields(point, 'id', 'vector', 'payload');
  const numbers = vector as number[];
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(id))) {
    throw new Refusal(400, `Format error in JSON body: value ${String(id)} is not a valid point ID`);
  }
  if (numbers.length !== collection.size) {
    throw new Refusal(
      400,
      `Wrong input: Vector dimension error: expected dim: ${collection.size}, got ${numbers.length}`,
    );
  }
  const round = collection.half ? (x: number) => fromFloat16(toFloat16(x)) : Math.fround;
  return [String(id), { vector: Float64Array.from(numbers, round), payload: payload as Json }];
}

function scroll(call: Call): Json {
  const {
    limit = 10,
    offset,
    filter,
    with_vector,
  } = fields(call.body, 'limit', 'offset', 'filter', 'with_payload', 'with_vector');
  const found = [...collectionOf(call).points]
    .filter(([id, { payload }]) => (offset === undefined || id >= String(offset)) && meets(payload, filter))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const page = found.slice(0, Number(limit));
  return {
    points: page.map(([id, point]) => shown(id, point, with_vector === true)),
    next_page_offset: found[Number(limit)]?.[0] ?? null,
  };
}

function facet(call: Call): Json {
  const { key, limit = 10 } = fields(call.body, 'key', 'limit', 'exact');
  const collection = collectionOf(call);
  if (!collection.indexed.has(String(key))) {
    throw new Refusal(
      400,
      `Bad request: Index required but not found for "${String(key)}" of one of the following types: [keyword]`,
    );
  }
  const counts = new Map<unknown, number>();
  for (const { payload } of collection.points.values()) {
    const value = payload[String(key)];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const hits = [...counts].map(([value, count]) => ({ value, count }));
  return { hits: hits.sort((a, b) => b.count - a.count).slice(0, Number(limit)) };
}

function query(collection: Collection, search: Json, missed: number): Json {
  const known = ['query', 'filter', 'params', 'limit', 'score_threshold', 'with_payload'];
  const {
    query: probe,
    filter,
    params = {},
    limit = 10,
    score_threshold = Number.NEGATIVE_INFINITY,
  } = fields(search, ...known);
  const { exact = false } = fields(params as Json, 'exact', 'hnsw_ef', 'quantization');
  const numbers = probe as number[];
  const hits: Json[] = [];
  for (const [id, { vector, payload }] of collection.points) {
    if (!meets(payload, filter)) continue;
    if (exact !== true && Number.parseInt(id.slice(-6), 16) % 100 < missed) continue;
    const score = Math.fround(vector.reduce((sum, x, i) => sum + x * (numbers[i] as number), 0));
    if (score >= Number(score_threshold)) hits.push({ id, version: 1, score, payload });
  }
  hits.sort((a, b) => Number(b.score) - Number(a.score));
  return { points: hits.slice(0, Number(limit)) };
}

function shown(id: string, { vector, payload }: Point, withVector: boolean): Json {
  return { id, payload, ...(withVector ? { vector: [...vector] } : {}) };
}

/** `must` conditions with `match` and `range`; an array meets what one of its elements meets. */
function meets(payload: Json, filter: unknown): boolean {
  if (filter === undefined) return true;
  const { must } = fields(filter as Json, 'must');
  return (must as Json[]).every((condition) => {
    const { key, match, range } = fields(condition, 'key', 'match', 'range');
    const value = valueAt(payload, String(key));
    return (Array.isArray(value) ? value : [value]).some((each) => {
      if (range !== undefined) {
        const { gte, lte } = fields(range as Json, 'gte', 'lte');
        return typeof each === 'number' && each >= Number(gte) && each <= Number(lte);
      }
      const { value: wanted, any } = fields(match as Json, 'value', 'any');
      return any === undefined ? each === wanted : (any as unknown[]).includes(each);
    });
  });
}

/** A JSON path: `metadata.team`, `metadata."a.b"`. */
function valueAt(payload: Json, path: string): unknown {
  const keys = path.match(/"[^"]*"|[^."]+/g) ?? [];
  return keys.reduce<unknown>((value, key) => (value as Json | undefined)?.[key.replaceAll('"', '')], payload);
}

function collectionOf({ collections, name }: Call): Collection {
  const collection = collections.get(name);
  if (collection === undefined) throw new Refusal(404, `Not found: Collection \`${name}\` doesn't exist!`);
  return collection;
}

/** The body, refused when it has a field that is not expected. */
function fields(body: Json, ...known: readonly string[]): Json {
  const stranger = Object.keys(body).find((key) => !known.includes(key));
  if (stranger === undefined) return body;
  throw new Refusal(400, `Format error in JSON body: unknown field \`${stranger}\``);
}
