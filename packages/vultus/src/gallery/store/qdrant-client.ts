/** Qdrant's REST interface (1.12 and later), as much of it as a gallery needs, by `fetch`. */

import { VultusError } from '../../errors.ts';
import { collectionGone, storeClosed } from './memory.ts';

/** How long one request may take. */
const requestMs = 60_000;

/** A server that comes back is found again this soon. */
const retryMostMs = 250;

/** What travels in a payload or a body. */
export type Json = { readonly [key: string]: unknown };

/** A condition on points (Qdrant's `Filter`). */
export interface QdrantFilter {
  readonly must: readonly Json[];
}

/** A stored point. */
export interface QdrantPoint {
  readonly id: string;
  readonly payload: Json;
  readonly vector: readonly number[];
}

/** A point that a search found. */
export interface QdrantHit {
  readonly id: string;
  readonly score: number;
  readonly payload: Json;
}

/** Where the server is and how it lets us in. */
export interface QdrantAddress {
  /** `http://host:6333`, without a slash at the end. */
  readonly base: string;
  readonly apiKey?: string;
  /** How long calls keep trying while the server cannot be reached. */
  readonly patienceMs: number;
}

/** Calls one server. Every call may be repeated without harm, and is, while the server is away. */
export class QdrantClient {
  readonly #address: QdrantAddress;
  readonly #closing = new AbortController();

  constructor(address: QdrantAddress) {
    this.#address = address;
  }

  /** Stops calls that run. */
  close(): void {
    this.#closing.abort();
  }

  /** The server's version, as `1.17.0`. */
  async version(): Promise<string> {
    const { version, title } = (await this.#send('GET', '/', undefined)) as { version?: unknown; title?: unknown };
    if (typeof version === 'string' && String(title).includes('qdrant')) return version;
    throw new VultusError('STORE_UNAVAILABLE', `Expected a Qdrant server at ${this.#address.base}, got something else`);
  }

  /** Makes a collection. @returns false when there is one of that name */
  async createCollection(name: string, body: Json): Promise<boolean> {
    return (await this.#call('PUT', `/collections/${name}`, body, [409])) !== undefined;
  }

  /** @returns false when there was none */
  async deleteCollection(name: string): Promise<boolean> {
    return (await this.#call('DELETE', `/collections/${name}`)) === true;
  }

  /** Makes conditions on a payload field fast, and lets it be counted by {@link QdrantClient.facet}. */
  async indexField(collection: string, field: string, schema: 'keyword'): Promise<void> {
    await this.#call('PUT', `/collections/${collection}/index?wait=true`, { field_name: field, field_schema: schema });
  }

  /** Applies the operations in order; they are in the server's log on return. */
  async update(collection: string, operations: readonly Json[]): Promise<void> {
    await this.#call('POST', `/collections/${collection}/points/batch?wait=true&ordering=strong`, { operations });
  }

  /** The points of these ids, in no particular order. */
  async points(collection: string, ids: readonly string[]): Promise<QdrantPoint[]> {
    const body = { ids, with_payload: true, with_vector: true };
    return (await this.#call('POST', `/collections/${collection}/points?consistency=majority`, body)) as QdrantPoint[];
  }

  /** Points in the order of their ids, from the given one on. */
  async scroll(
    collection: string,
    page: {
      readonly limit: number;
      readonly offset?: string;
      readonly filter?: QdrantFilter;
      readonly vectors?: boolean;
    },
  ): Promise<QdrantPoint[]> {
    const { vectors = true, ...rest } = page;
    const body = { ...rest, with_payload: true, with_vector: vectors };
    const path = `/collections/${collection}/points/scroll?consistency=majority`;
    return ((await this.#call('POST', path, body)) as { points: QdrantPoint[] }).points;
  }

  /** How many points meet the condition. */
  async count(collection: string, filter: QdrantFilter): Promise<number> {
    const result = await this.#call('POST', `/collections/${collection}/points/count`, { filter, exact: true });
    return (result as { count: number }).count;
  }

  /** The distinct values of a payload field that is indexed, at most `limit`. */
  async facet(collection: string, key: string, limit: number): Promise<string[]> {
    const result = await this.#call('POST', `/collections/${collection}/facet`, { key, limit, exact: true });
    return (result as { hits: { value: string }[] }).hits.map((hit) => hit.value);
  }

  /** One list for each search, best first. */
  async query(collection: string, searches: readonly Json[], signal?: AbortSignal): Promise<QdrantHit[][]> {
    const path = `/collections/${collection}/points/query/batch`;
    const result = (await this.#call('POST', path, { searches }, [], signal)) as { points: QdrantHit[] }[];
    return result.map((each) => each.points);
  }

  /** The `result` of an answer; undefined for a status among `expected`. */
  async #call(
    method: string,
    path: string,
    body?: Json,
    expected: readonly number[] = [],
    signal?: AbortSignal,
  ): Promise<unknown> {
    const answer = await this.#send(method, path, body, expected, signal);
    return answer === undefined ? undefined : (answer as { result?: unknown }).result;
  }

  async #send(
    method: string,
    path: string,
    body: Json | undefined,
    expected: readonly number[] = [],
    signal?: AbortSignal,
  ): Promise<unknown> {
    const until = Date.now() + this.#address.patienceMs;
    for (let pause = 20; ; pause = Math.min(retryMostMs, 2 * pause)) {
      if (this.#closing.signal.aborted) throw storeClosed();
      const response = await this.#fetch(method, path, body, signal).catch((cause: unknown) => {
        if (signal?.aborted) throw new VultusError('ABORTED', 'The work was aborted by its signal', { cause });
        if (this.#closing.signal.aborted) throw storeClosed();
        if (Date.now() + pause > until) throw unreachable(this.#address.base, cause);
        return undefined;
      });
      if (response !== undefined && !(response.status === 503 && Date.now() + pause <= until)) {
        return expected.includes(response.status) ? undefined : readAnswer(response);
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async #fetch(method: string, path: string, body: Json | undefined, signal: AbortSignal | undefined): Promise<Reply> {
    const { base, apiKey } = this.#address;
    const signals = [this.#closing.signal, AbortSignal.timeout(requestMs), ...(signal === undefined ? [] : [signal])];
    const response = await fetch(`${base}${path}`, {
      method,
      signal: AbortSignal.any(signals),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(apiKey === undefined ? {} : { 'api-key': apiKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}

interface Reply {
  readonly status: number;
  readonly text: string;
}

function readAnswer({ status, text }: Reply): unknown {
  if (status === 200) return parse(text);
  const said = errorText(text);
  if (status === 404 && /collection/i.test(said)) throw collectionGone();
  const advice =
    status === 401 || status === 403
      ? 'Check the API key'
      : status === 507 || /disk|space/i.test(said)
        ? 'Free some space on the server'
        : "Check the server's log";
  throw new VultusError('STORE_UNAVAILABLE', `Qdrant refused (${status}: ${said}). ${advice}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new VultusError('STORE_UNAVAILABLE', 'Expected JSON from Qdrant, got something else. Check the URL', {
      cause,
    });
  }
}

/** What `{"status": {"error": "…"}}` says. */
function errorText(text: string): string {
  try {
    const { status } = JSON.parse(text) as { status?: { error?: unknown } };
    return String(status?.error ?? text).slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}

function unreachable(base: string, cause: unknown): VultusError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new VultusError(
    'STORE_UNAVAILABLE',
    `Qdrant at ${base} cannot be reached (${reason}). Start it, or check the URL`,
    {
      cause,
    },
  );
}
