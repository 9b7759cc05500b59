/** The gallery in a Qdrant server or cluster, for more people than one machine holds. */

import { VultusError } from '../../errors.ts';
import type { NearestRequest, NearRow, RowPage, SearchStore } from '../remote/search-store.ts';
import type { CollectionHeader, CollectionStats, StoredRow, Write } from '../store.ts';
import { encodedLength } from '../vector.ts';
import { collectionExists } from './memory.ts';
import { QdrantClient } from './qdrant-client.ts';
import { QdrantRegistry } from './qdrant-registry.ts';
import { describedRow, filterOf, operationsOf, storedRow } from './qdrant-rows.ts';
import { type QdrantSettings, qdrantUrl } from './qdrant-url.ts';

/** The first version that can count distinct identities. */
const leastVersion = [1, 12] as const;

const identitiesPerQuestion = 1000;

/** How to open a Qdrant store. */
export interface QdrantStoreOptions {
  /**
   * `qdrant://host:6333`, or `qdrants://:api-key@host` for TLS; with `shards`, `replicas`, `index` (`hnsw` or `exact`),
   * `m`, `ef_construct`, `ef`, `quantization` (`none` or `int8`) and `vectors` (`memory` or `disk`).
   */
  readonly url: string;
  /** How long calls keep trying while the server cannot be reached. Default 15,000. */
  readonly patienceMs?: number;
}

/** @throws VultusError `STORE_UNAVAILABLE`, `INVALID_ARGUMENT` */
export async function openQdrantStore({ url, patienceMs = 15_000 }: QdrantStoreOptions): Promise<SearchStore> {
  const { settings, ...address } = qdrantUrl(url);
  const client = new QdrantClient({ ...address, patienceMs });
  const version = await client.version();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1])) {
    throw new VultusError(
      'STORE_UNAVAILABLE',
      `Expected Qdrant ${leastVersion.join('.')} or later, got ${version}. Update it`,
    );
  }
  const registry = new QdrantRegistry(client);
  await registry.prepare();
  return new QdrantStore(client, registry, settings);
}

class QdrantStore implements SearchStore {
  readonly kind = 'qdrant';
  readonly atomic = 'shard';
  readonly exact: boolean;
  readonly #client: QdrantClient;
  readonly #registry: QdrantRegistry;
  readonly #settings: QdrantSettings;
  /** Headers never change but for their names. */
  readonly #headers = new Map<string, CollectionHeader>();

  constructor(client: QdrantClient, registry: QdrantRegistry, settings: QdrantSettings) {
    this.#client = client;
    this.#registry = registry;
    this.#settings = settings;
    this.exact = settings.exact;
  }

  async create(header: CollectionHeader): Promise<void> {
    assertKept(header);
    const points = pointsOf(header.id);
    await this.#client.createCollection(points, layout(header, this.#settings));
    for (const field of ['identity', 'role']) await this.#client.indexField(points, field, 'keyword');
    try {
      await this.#registry.add(header);
    } catch (cause) {
      await this.#client.deleteCollection(points);
      throw cause;
    }
  }

  find(name: string): Promise<CollectionHeader | undefined> {
    return this.#registry.find(name);
  }

  list(): Promise<CollectionHeader[]> {
    return this.#registry.list();
  }

  async stats(id: string): Promise<CollectionStats> {
    const { contract, precision } = await this.#header(id);
    const rows = await this.#client.count(pointsOf(id), { must: [] });
    const faceprints = await this.count(id);
    const identities = rows === 0 ? [] : await this.#client.facet(pointsOf(id), 'identity', rows);
    return { identities: identities.length, faceprints, bytes: rows * encodedLength(contract.dimension, precision) };
  }

  async rename(id: string, name: string, replace = false): Promise<void> {
    await this.#registry.get(id);
    const holder = await this.#registry.find(name);
    if (holder?.id === id) return;
    if (holder !== undefined && !replace) throw collectionExists(name);
    await this.#registry.rename(id, name);
    if (holder !== undefined) await this.drop(holder.id);
  }

  async drop(id: string): Promise<boolean> {
    const dropped = await this.#client.deleteCollection(pointsOf(id));
    this.#headers.delete(id);
    await this.#registry.remove(id);
    return dropped;
  }

  async prepare(header: CollectionHeader): Promise<void> {
    assertKept(header);
  }

  async write(id: string, writes: readonly Write[]): Promise<void> {
    const header = await this.#header(id);
    const described = writes.flatMap((write) => (write.kind === 'describe' ? [write.id] : []));
    const known = described.length === 0 ? [] : await this.#client.points(pointsOf(id), described);
    for (const operation of operationsOf(header, writes, known)) await this.#client.update(pointsOf(id), [operation]);
  }

  /** None is kept. */
  async chip(): Promise<undefined> {
    return undefined;
  }

  async row(id: string, faceprintId: string): Promise<StoredRow | undefined> {
    const header = await this.#header(id);
    const [point] = await this.#client.points(pointsOf(id), [faceprintId]);
    return point === undefined ? undefined : storedRow(header, point);
  }

  async rows(id: string, { after, limit, identity }: RowPage): Promise<StoredRow[]> {
    const header = await this.#header(id);
    const points = await this.#client.scroll(pointsOf(id), {
      // A page begins with the point that it is counted from.
      limit: after === undefined ? limit : limit + 1,
      ...(after === undefined ? {} : { offset: after }),
      ...(identity === undefined ? {} : { filter: filterOf({ identities: [identity] }) }),
    });
    return points
      .filter((point) => point.id !== after)
      .slice(0, limit)
      .map((point) => storedRow(header, point));
  }

  count(id: string, identity?: string): Promise<number> {
    const filter = filterOf({ role: 'faceprint', ...(identity === undefined ? {} : { identities: [identity] }) });
    return this.#client.count(pointsOf(id), filter);
  }

  async *identities(id: string): AsyncGenerator<string> {
    const rows = await this.#client.count(pointsOf(id), { must: [] });
    if (rows > 0) yield* await this.#client.facet(pointsOf(id), 'identity', rows);
  }

  async aggregatesOf(id: string, identities: readonly string[]): Promise<StoredRow[]> {
    const header = await this.#header(id);
    const found: StoredRow[] = [];
    for (let from = 0; from < identities.length; from += identitiesPerQuestion) {
      const some = identities.slice(from, from + identitiesPerQuestion);
      const filter = filterOf({ role: 'aggregate', identities: some });
      const points = await this.#client.scroll(pointsOf(id), { limit: some.length, filter });
      found.push(...points.map((point) => storedRow(header, point)));
    }
    return found;
  }

  async nearest(id: string, request: NearestRequest): Promise<NearRow[][]> {
    const { queries, limit, minScore, exact, signal } = request;
    const { ef, quantise } = this.#settings;
    const rescore = quantise ? { quantization: { rescore: true, oversampling: 4 } } : {};
    const params = exact ? { exact: true } : { hnsw_ef: Math.max(ef, limit), ...rescore };
    const searches = queries.map((query) => ({
      query: [...query],
      filter: filterOf(request),
      params,
      limit,
      score_threshold: minScore,
      with_payload: true,
    }));
    const lists = await this.#client.query(pointsOf(id), searches, signal);
    return lists.map((hits) => hits.map((hit) => ({ row: describedRow(hit), score: hit.score })));
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  async #header(id: string): Promise<CollectionHeader> {
    const known = this.#headers.get(id) ?? (await this.#registry.get(id));
    this.#headers.set(id, known);
    return known;
  }
}

/** The name of the collection of points. */
function pointsOf(id: string): string {
  return `vultus-${id}`;
}

function layout(
  { contract, precision }: CollectionHeader,
  settings: QdrantSettings,
): { readonly [key: string]: unknown } {
  const { shards, replicas, m, efConstruct, quantise, onDisk } = settings;
  return {
    vectors: { size: contract.dimension, distance: 'Dot', datatype: precision, on_disk: onDisk },
    hnsw_config: { m, ef_construct: efConstruct },
    ...(quantise ? { quantization_config: { scalar: { type: 'int8', always_ram: true } } } : {}),
    ...(shards === undefined ? {} : { shard_number: shards }),
    ...(replicas === undefined ? {} : { replication_factor: replicas }),
  };
}

function assertKept({ precision, keyId }: CollectionHeader): void {
  if (keyId !== undefined) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      'Qdrant cannot search what is sealed. Keep encrypted collections in SQLite or PostgreSQL',
    );
  }
  if (precision === 'int8') {
    throw new VultusError(
      'INVALID_ARGUMENT',
      'Qdrant keeps float32 or float16 vectors. Take one of these, and quantization=int8 in the URL for int8 copies in memory',
    );
  }
}
