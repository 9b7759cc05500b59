/** Takes named files out of a tar stream and skips the rest without holding it. */

const blockSize = 512;
const text = new TextDecoder();

/**
 * Reads a tar stream to its end.
 * @param wanted paths inside the archive, without its single top folder
 * @returns the files found, by that path
 * @throws Error when a header's checksum is wrong or the stream ends inside a file
 */
export async function takeFromTar(
  chunks: AsyncIterable<Uint8Array>,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const reader = new ChunkReader(chunks);
  for (;;) {
    const header = await reader.take(blockSize);
    if (!header || header.every((byte) => byte === 0)) break;
    const entry = parseHeader(header);
    const path = entry.path.slice(entry.path.indexOf('/') + 1);
    const padding = (blockSize - (entry.size % blockSize)) % blockSize;
    if (entry.isFile && wanted.has(path)) {
      const bytes = await reader.take(entry.size);
      if (!bytes) throw new Error(`Expected ${entry.size} bytes of ${path} in the archive, got its end`);
      found.set(path, bytes);
      await reader.skip(padding);
    } else {
      await reader.skip(entry.size + padding);
    }
  }
  await reader.drain();
  return found;
}

function parseHeader(header: Uint8Array): { path: string; size: number; isFile: boolean } {
  const field = (from: number, to: number): string => text.decode(header.subarray(from, to)).split('\0', 1)[0] ?? '';
  let sum = 0;
  for (let i = 0; i < blockSize; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] ?? 0);
  if (Number.parseInt(field(148, 156).trim(), 8) !== sum) {
    throw new Error('Expected a tar header with a matching checksum, got damaged bytes');
  }
  const prefix = field(257, 263).startsWith('ustar') ? field(345, 500) : '';
  const path = prefix ? `${prefix}/${field(0, 100)}` : field(0, 100);
  const kind = field(156, 157);
  return { path, size: Number.parseInt(field(124, 136).trim(), 8), isFile: kind === '0' || kind === '' };
}

/** Serves exact byte counts from a stream of chunks. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `length` bytes, or undefined when the stream ends before them. */
  async take(length: number): Promise<Uint8Array | undefined> {
    const whole = new Uint8Array(length);
    const done = await this.#consume(length, (part, offset) => whole.set(part, offset));
    return done ? whole : undefined;
  }

  async skip(length: number): Promise<void> {
    await this.#consume(length, () => {});
  }

  /** Reads the stream to its end, so that whoever checks its digest has seen all of it. */
  async drain(): Promise<void> {
    await this.#consume(Number.POSITIVE_INFINITY, () => {});
  }

  async #consume(length: number, use: (part: Uint8Array, offset: number) => void): Promise<boolean> {
    let offset = 0;
    while (offset < length) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) return false;
        this.#rest = new Uint8Array(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      }
      const part = this.#rest.subarray(0, length - offset);
      use(part, offset);
      offset += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return true;
  }
}
