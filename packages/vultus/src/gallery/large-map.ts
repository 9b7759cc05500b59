/** A map of any size: one of JavaScript's own refuses more than 2²⁴ entries. */

/** Some maps that are looked through as one; values are never undefined. */
export class LargeMap<K, V> {
  readonly #most: number;
  readonly #parts: [Map<K, V>, ...Map<K, V>[]] = [new Map()];

  /** @param most entries of one part; smaller for tests */
  constructor(most: number = 2 ** 24) {
    this.#most = most;
  }

  get size(): number {
    return this.#parts.reduce((sum, part) => sum + part.size, 0);
  }

  get(key: K): V | undefined {
    for (const part of this.#parts) {
      const value = part.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  set(key: K, value: V): void {
    this.#partFor(key).set(key, value);
  }

  delete(key: K): boolean {
    return this.#parts.some((part) => part.delete(key));
  }

  *keys(): IterableIterator<K> {
    for (const part of this.#parts) yield* part.keys();
  }

  /** Where the key is, else where there is room. */
  #partFor(key: K): Map<K, V> {
    const [first] = this.#parts;
    if (first.size < this.#most && this.#parts.length === 1) return first;
    const part = this.#parts.find((each) => each.has(key)) ?? this.#parts.find((each) => each.size < this.#most);
    if (part !== undefined) return part;
    const added = new Map<K, V>();
    this.#parts.push(added);
    return added;
  }
}
