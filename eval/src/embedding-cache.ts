/** Faceprints on disk, so that no picture is embedded twice under one contract: by the digest of the picture's bytes. */

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { decodeFaceprint, type EmbeddingContract, encodeFaceprint, type Faceprint, VultusError } from 'vultus';
import type { EmbeddingEngine } from './embeddings.ts';

/** Where a cache lies and what it depends on besides picture and contract. */
export interface EmbeddingCacheOptions {
  /** Its folder; made when absent. */
  readonly folder: string;
  /** How faces are found (detectors, their settings): another word, another part of the cache. */
  readonly settings?: string;
}

/** `$XDG_CACHE_HOME/vultus/eval`, else `~/.cache/vultus/eval`. */
export function defaultCacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vultus', 'eval');
}

/** Answers kept by the digest of a picture's bytes. */
export interface PictureCache<Answer> {
  /** The kept answer; `undefined` for a picture not seen yet, or an answer that is not legible. */
  get(picture: Uint8Array): Promise<Answer | undefined>;
  /** Keeps an answer; written beside and renamed, so that a killed run leaves no half of one. */
  set(picture: Uint8Array, answer: Answer): Promise<void>;
}

/** One part of a cache: one contract, one way of finding faces. `null` stands for a picture without a face. */
export type EmbeddingCache = PictureCache<Faceprint | null>;

/** Opens the part of a cache that belongs to a contract. */
export function embeddingCache(
  contract: EmbeddingContract,
  { folder, settings = '' }: EmbeddingCacheOptions,
): EmbeddingCache {
  const files = pictureFiles(folder, `${contract.sha256} ${settings}`, '.vfp');
  return {
    async get(picture) {
      try {
        const bytes = await files.read(picture);
        if (bytes.length === 0) return null;
        const print = decodeFaceprint(bytes);
        return print.contract.sha256 === contract.sha256 ? { ...print, contract } : undefined;
      } catch {
        // Absent or damaged: embedded again, and written over.
        return undefined;
      }
    },
    set: (picture, print) =>
      files.write(picture, print === null ? new Uint8Array() : encodeFaceprint(print, 'float32')),
  };
}

/** Opens a part of a cache for answers that JSON can hold. @param part word for everything that the answers depend on */
export function jsonCache<Answer>(folder: string, part: string): PictureCache<Answer> {
  const files = pictureFiles(folder, part, '.json');
  return {
    async get(picture) {
      try {
        return JSON.parse(new TextDecoder().decode(await files.read(picture))) as Answer;
      } catch {
        return undefined;
      }
    },
    set: (picture, answer) => files.write(picture, new TextEncoder().encode(JSON.stringify(answer))),
  };
}

function pictureFiles(folder: string, part: string, extension: string) {
  const place = join(folder, sha256(part).slice(0, 24));
  const fileOf = (picture: Uint8Array): string => {
    const digest = sha256(picture);
    return join(place, digest.slice(0, 2), `${digest.slice(2)}${extension}`);
  };
  return {
    read: (picture: Uint8Array): Promise<Uint8Array> => readFile(fileOf(picture)),
    write: async (picture: Uint8Array, bytes: Uint8Array): Promise<void> => {
      const file = fileOf(picture);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const beside = `${file}.${randomUUID()}`;
      await writeFile(beside, bytes, { mode: 0o600 });
      await rename(beside, file);
    },
  };
}

/** The engine behind a cache: pictures seen before are answered from disk. Needs an engine that knows its contract. */
export function cachedEngine<Engine extends EmbeddingEngine>(engine: Engine, options: EmbeddingCacheOptions): Engine {
  const { contract } = engine;
  if (contract === undefined) {
    throw new VultusError('INVALID_ARGUMENT', 'Embedding cache: expected an engine with a contract, got one without');
  }
  const cache = embeddingCache(contract, options);
  const embedFile = async (path: string): Promise<Faceprint | null> => {
    const picture = await readFile(path);
    const kept = await cache.get(picture);
    if (kept !== undefined) return kept;
    const print = await engine.embedFile(path);
    await cache.set(picture, print);
    return print;
  };
  return new Proxy(engine, { get: (target, key) => (key === 'embedFile' ? embedFile : Reflect.get(target, key)) });
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
