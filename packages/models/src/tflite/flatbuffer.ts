/** Reads FlatBuffers tables by field number, as far as the TFLite schema needs; no schema compiler, no dependency. */

/** A table inside a FlatBuffers file. Absent fields give the default, as the format demands. */
export class Table {
  readonly #view: DataView;
  readonly #position: number;
  readonly #vtable: number;

  /** @param position byte offset of the table */
  constructor(view: DataView, position: number) {
    this.#view = view;
    this.#position = position;
    this.#vtable = position - view.getInt32(position, true);
  }

  /** The root table of a file. */
  static root(bytes: Uint8Array): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new Table(view, view.getUint32(0, true));
  }

  int8(field: number, missing = 0): number {
    const at = this.#at(field);
    return at ? this.#view.getInt8(at) : missing;
  }

  int32(field: number, missing = 0): number {
    const at = this.#at(field);
    return at ? this.#view.getInt32(at, true) : missing;
  }

  float32(field: number, missing = 0): number {
    const at = this.#at(field);
    return at ? this.#view.getFloat32(at, true) : missing;
  }

  flag(field: number): boolean {
    return this.int8(field) !== 0;
  }

  text(field: number): string {
    return new TextDecoder().decode(this.bytes(field));
  }

  /** A vector of bytes; empty when absent. */
  bytes(field: number): Uint8Array {
    const at = this.#at(field);
    if (!at) return new Uint8Array(0);
    const start = this.#follow(at);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + start + 4, this.#view.getUint32(start, true));
  }

  int32s(field: number): number[] {
    return this.#items(field, (at) => this.#view.getInt32(at, true));
  }

  tables(field: number): Table[] {
    return this.#items(field, (at) => new Table(this.#view, this.#follow(at)));
  }

  table(field: number): Table | undefined {
    const at = this.#at(field);
    return at ? new Table(this.#view, this.#follow(at)) : undefined;
  }

  #items<T>(field: number, read: (at: number) => T): T[] {
    const at = this.#at(field);
    if (!at) return [];
    const start = this.#follow(at);
    return Array.from({ length: this.#view.getUint32(start, true) }, (_, i) => read(start + 4 + i * 4));
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  /** Byte offset of a field's value, 0 when absent. */
  #at(field: number): number {
    const slot = 4 + field * 2;
    if (slot >= this.#view.getUint16(this.#vtable, true)) return 0;
    const offset = this.#view.getUint16(this.#vtable + slot, true);
    return offset ? this.#position + offset : 0;
  }
}
