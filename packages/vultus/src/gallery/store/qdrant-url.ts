/** What stands in a `qdrant://` URL. */

import { VultusError } from '../../errors.ts';

/** How collections are laid out and searched. */
export interface QdrantSettings {
  /** Parts into which a collection is divided, over all machines; undefined: the server's default. */
  readonly shards: number | undefined;
  /** Copies of each part. */
  readonly replicas: number | undefined;
  /** Neighbours of a node of the graph. */
  readonly m: number;
  readonly efConstruct: number;
  /** Candidates looked at by a search. */
  readonly ef: number;
  /** Searches compare with every vector unless told otherwise. */
  readonly exact: boolean;
  /** Keeps int8 copies in memory to search by; results are scored again from the full vectors. */
  readonly quantise: boolean;
  /** Leaves full vectors on disk. */
  readonly onDisk: boolean;
}

/** A URL taken apart. */
export interface QdrantUrl {
  /** `http://host:6333`. */
  readonly base: string;
  readonly apiKey?: string;
  readonly settings: QdrantSettings;
}

/** @throws VultusError `INVALID_ARGUMENT` for a setting that does not exist or is out of range; the key is not repeated */
export function qdrantUrl(text: string): QdrantUrl {
  const url = parsed(text);
  const given = new Map(url.searchParams);
  const take = (name: string): string | undefined => {
    const value = given.get(name);
    given.delete(name);
    return value;
  };
  const settings: QdrantSettings = {
    shards: whole('shards', take('shards'), 1, 10_000),
    replicas: whole('replicas', take('replicas'), 1, 100),
    m: whole('m', take('m'), 2, 512) ?? 32,
    efConstruct: whole('ef_construct', take('ef_construct'), 4, 10_000) ?? 256,
    ef: whole('ef', take('ef'), 1, 10_000) ?? 512,
    exact: word('index', take('index'), ['hnsw', 'exact']) === 'exact',
    quantise: word('quantization', take('quantization'), ['none', 'int8']) === 'int8',
    onDisk: word('vectors', take('vectors'), ['memory', 'disk']) === 'disk',
  };
  const [stranger] = given.keys();
  if (stranger !== undefined) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `A qdrant URL has no setting ${JSON.stringify(stranger)}. See docs/scaling.md`,
    );
  }
  const secure = url.protocol === 'https:';
  const base = `${url.protocol}//${url.hostname}:${url.port || (secure ? '443' : '6333')}`;
  return { base, ...(url.password === '' ? {} : { apiKey: decodeURIComponent(url.password) }), settings };
}

function parsed(text: string): URL {
  try {
    const url = new URL(text.replace(/^qdrants:/, 'https:').replace(/^qdrant:/, 'http:'));
    if (url.pathname === '/' || url.pathname === '') return url;
  } catch {
    // Told below.
  }
  throw new VultusError(
    'INVALID_ARGUMENT',
    'Expected a URL such as qdrant://host:6333, or qdrants://:api-key@host:443 for TLS, without a path',
  );
}

function whole(name: string, text: string | undefined, least: number, most: number): number | undefined {
  const value = text === undefined ? undefined : Number(text);
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected ${name} to be a whole number from ${least} to ${most}, got ${text}`,
  );
}

function word(name: string, text: string | undefined, words: readonly [string, string]): string {
  if (text === undefined || words.includes(text)) return text ?? words[0];
  throw new VultusError(
    'INVALID_ARGUMENT',
    `Expected ${name} to be ${words.join(' or ')}, got ${JSON.stringify(text)}`,
  );
}
