/** Which collections a Qdrant server holds for us: their headers, as points of a small collection of its own. */

import type { CollectionHeader } from '../store.ts';
import { collectionExists, collectionGone } from './memory.ts';
import type { QdrantClient, QdrantPoint } from './qdrant-client.ts';

const registry = 'vultus';

/** More collections than anybody has. */
const most = 10_000;

/** Tries at a name that several claim in the same moment. */
const claims = 6;

/** Headers by name and id. */
export class QdrantRegistry {
  readonly #client: QdrantClient;

  constructor(client: QdrantClient) {
    this.#client = client;
  }

  /** Makes the registry unless it is there. */
  async prepare(): Promise<void> {
    // It has no vectors to speak of.
    await this.#client.createCollection(registry, { vectors: { size: 1, distance: 'Dot' } });
  }

  /**
   * Adds a header. Qdrant knows no unique values: whoever sees the name taken after adding it withdraws, and tries again
   * after a while, so that two never both have it.
   * @throws VultusError `COLLECTION_EXISTS`
   */
  async add(header: CollectionHeader): Promise<void> {
    for (let claim = 1; ; claim++) {
      if ((await this.#named(header.name)).length > 0) throw collectionExists(header.name);
      const { id, ...payload } = header;
      await this.#client.update(registry, [{ upsert: { points: [{ id, vector: [1], payload }] } }]);
      if ((await this.#named(header.name)).length === 1) return;
      await this.remove(id);
      if (claim === claims) throw collectionExists(header.name);
      await new Promise((resolve) => setTimeout(resolve, 100 * Math.random() * claim));
    }
  }

  /** While one collection replaces another both have the name: the newer one is meant. */
  async find(name: string): Promise<CollectionHeader | undefined> {
    return (await this.#named(name)).map(headerOf).at(-1);
  }

  /** @throws VultusError `COLLECTION_NOT_FOUND` */
  async get(id: string): Promise<CollectionHeader> {
    const [point] = await this.#client.points(registry, [id]);
    if (point === undefined) throw collectionGone();
    return headerOf(point);
  }

  /** In the order of their names. */
  async list(): Promise<CollectionHeader[]> {
    const points = await this.#client.scroll(registry, { limit: most, vectors: false });
    const byName = new Map(points.map((point) => [point.payload.name, headerOf(point)]));
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#client.update(registry, [{ set_payload: { payload: { name }, points: [id] } }]);
  }

  async remove(id: string): Promise<void> {
    await this.#client.update(registry, [{ delete: { points: [id] } }]);
  }

  /** Oldest first, since ids sort by time. */
  #named(name: string): Promise<QdrantPoint[]> {
    const filter = { must: [{ key: 'name', match: { value: name } }] };
    return this.#client.scroll(registry, { limit: most, filter, vectors: false });
  }
}

function headerOf({ id, payload }: QdrantPoint): CollectionHeader {
  return { ...(payload as unknown as Omit<CollectionHeader, 'id'>), id };
}
