/** Reads the flat maps of numbers and number lists that custom TFLite operators carry as FlexBuffers. */

/** Values of a FlexBuffers map. */
export type FlexMap = Readonly<Record<string, number | readonly number[]>>;

/** FlexBuffers type numbers, as its format states them. */
const types = { int: 1, uint: 2, float: 3, map: 9, vector: 10, typedInt: 11, typedUint: 12, typedFloat: 13, bool: 26 };

/** Decodes a map at the root. @throws Error for anything but a map of numbers and lists of numbers. */
export function readFlexMap(bytes: Uint8Array): FlexMap {
  const reader = new Reader(bytes);
  const rootWidth = bytes[bytes.length - 1] ?? 1;
  const packed = bytes[bytes.length - 2] ?? 0;
  if (packed >> 2 !== types.map) throw new Error(`Expected a FlexBuffers map, got type ${packed >> 2}`);
  return reader.map(reader.follow(bytes.length - 2 - rootWidth, rootWidth), 1 << (packed & 3));
}

class Reader {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  follow(at: number, width: number): number {
    return at - this.#uint(at, width);
  }

  map(at: number, width: number): FlexMap {
    const keysAt = this.follow(at - 3 * width, width);
    const keysWidth = this.#uint(at - 2 * width, width);
    const length = this.#uint(at - width, width);
    const entries = Array.from({ length }, (_, i) => {
      const key = this.#key(this.follow(keysAt + i * keysWidth, keysWidth));
      const packed = this.#view.getUint8(at + length * width + i);
      return [key, this.#value(at + i * width, width, packed)] as const;
    });
    return Object.fromEntries(entries);
  }

  #value(at: number, width: number, packed: number): number | readonly number[] {
    const type = packed >> 2;
    if (type === types.int || type === types.uint || type === types.float || type === types.bool) {
      return this.#number(at, width, type);
    }
    const inner = 1 << (packed & 3);
    const start = this.follow(at, width);
    const length = this.#uint(start - inner, inner);
    const scalar = { [types.typedInt]: types.int, [types.typedUint]: types.uint, [types.typedFloat]: types.float }[
      type
    ];
    if (scalar !== undefined) return Array.from({ length }, (_, i) => this.#number(start + i * inner, inner, scalar));
    if (type !== types.vector) throw new Error(`Expected numbers in a FlexBuffers map, got type ${type}`);
    return Array.from({ length }, (_, i) => {
      const item = this.#view.getUint8(start + length * inner + i);
      return this.#number(start + i * inner, inner, item >> 2);
    });
  }

  #number(at: number, width: number, type: number): number {
    if (type === types.float) return width === 8 ? this.#view.getFloat64(at, true) : this.#view.getFloat32(at, true);
    if (type === types.int) {
      if (width === 1) return this.#view.getInt8(at);
      return width === 2 ? this.#view.getInt16(at, true) : this.#view.getInt32(at, true);
    }
    return this.#uint(at, width);
  }

  #uint(at: number, width: number): number {
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  #key(at: number): string {
    let end = at;
    while (this.#view.getUint8(end) !== 0) end++;
    return new TextDecoder().decode(new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, end - at));
  }
}
