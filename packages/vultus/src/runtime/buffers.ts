/** Buffers that are used again: without them every run of a network leaves its inputs behind as garbage of some megabytes. */

/** Spare buffers by exact size, up to a limit in bytes. */
export class BufferStore {
  readonly #spare = new Map<number, ArrayBuffer[]>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limit most bytes to keep; default 32 MB */
  constructor(limit = 32e6) {
    this.#limit = limit;
  }

  /** A buffer of that size with arbitrary contents. */
  take(bytes: number): ArrayBuffer {
    const buffer = this.#spare.get(bytes)?.pop();
    if (!buffer) return new ArrayBuffer(bytes);
    this.#bytes -= bytes;
    return buffer;
  }

  /** Gives a buffer back; nobody may use it any more. */
  give(buffer: ArrayBuffer): void {
    const bytes = buffer.byteLength;
    if (bytes === 0 || bytes > this.#limit) return;
    // Sizes that are no longer asked for make room for the one that is.
    if (this.#bytes + bytes > this.#limit) this.clear();
    const spare = this.#spare.get(bytes);
    if (spare) spare.push(buffer);
    else this.#spare.set(bytes, [buffer]);
    this.#bytes += bytes;
  }

  /** Drops all spare buffers. */
  clear(): void {
    this.#spare.clear();
    this.#bytes = 0;
  }
}
