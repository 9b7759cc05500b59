/** Sessions opened on first use and kept by key: one open per model however many callers ask at once. */

import { VultusError } from '../errors.ts';
import type { Backend, Session, SessionOptions } from './backend.ts';

/** Fetches what a key stands for. */
export type ModelReader = (key: string) => Promise<{ readonly model: Uint8Array; readonly options?: SessionOptions }>;

/** Lazily opened sessions of one backend. Closing the pool closes its sessions, not the backend. */
export class SessionPool implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #read: ModelReader;
  readonly #sessions = new Map<string, Promise<Session>>();
  readonly #open = new Set<string>();
  #closed = false;

  /** @param read called once per open; the key becomes the session's label unless its options name one */
  constructor(backend: Backend, read: ModelReader) {
    this.#backend = backend;
    this.#read = read;
  }

  /** Keys whose sessions are open now. */
  get opened(): readonly string[] {
    return [...this.#open];
  }

  /**
   * The session of a key, opened by the first caller. A failed open is forgotten, so that the next call tries again.
   * @throws VultusError `CLOSED` after `close()`; whatever reading or loading the model throws
   */
  session(key: string): Promise<Session> {
    if (this.#closed)
      return Promise.reject(new VultusError('CLOSED', `The engine was closed; model ${key} cannot open`));
    const known = this.#sessions.get(key);
    if (known) return known;
    const opening = this.#load(key);
    this.#sessions.set(key, opening);
    opening.then(
      () => this.#sessions.get(key) === opening && this.#open.add(key),
      () => this.#sessions.get(key) === opening && this.#sessions.delete(key),
    );
    return opening;
  }

  /**
   * Opens the sessions of all keys, side by side as far as the backend's concurrency goes.
   * @param onOpen called after each one
   */
  async preload(keys: readonly string[], onOpen?: (key: string, done: number, total: number) => void): Promise<void> {
    let done = 0;
    const waiting = [...new Set(keys)];
    const total = waiting.length;
    const opener = async () => {
      for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
        await this.session(key);
        onOpen?.(key, ++done, total);
      }
    };
    await Promise.all(Array.from({ length: Math.min(total, this.#backend.concurrency) }, opener));
  }

  /** Closes the sessions of the given keys (default all) once their runs are done; a later `session()` opens them again. */
  async unload(keys: readonly string[] = [...this.#sessions.keys()]): Promise<void> {
    const leaving = keys.map((key) => {
      const session = this.#sessions.get(key);
      this.#sessions.delete(key);
      this.#open.delete(key);
      return session;
    });
    // A session that failed to open has nothing to close, and its own caller was told.
    await Promise.all(
      leaving.map((session) =>
        session?.then(
          (opened) => opened.close(),
          () => undefined,
        ),
      ),
    );
  }

  /** Closes every session; twice is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.unload();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(key: string): Promise<Session> {
    const { model, options } = await this.#read(key);
    return this.#backend.load(model, { label: key, ...options });
  }
}
