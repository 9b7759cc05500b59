/** The protobuf wire format: a writer with deterministic bytes and a bounds-checked reader. */

const utf8 = new TextEncoder();
const utf8Strict = new TextDecoder('utf-8');
const maxInt64 = 2n ** 63n - 1n;
const minInt64 = -(2n ** 63n);

/** Collects protobuf fields; nested messages are written by callbacks. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Appends an int64 field (numbers beyond the int64 range are clamped). */
  int(field: number, value: number): void {
    this.#raw(varint(BigInt(field) << 3n));
    this.#raw(varint(toBits(value)));
  }

  /** Appends a float32 field. */
  float(field: number, value: number): void {
    this.#raw(varint((BigInt(field) << 3n) | 5n));
    this.#raw(float32Bytes([value]));
  }

  /** Appends a length-delimited field. */
  bytes(field: number, value: Uint8Array): void {
    this.#raw(varint((BigInt(field) << 3n) | 2n));
    this.#raw(varint(BigInt(value.length)));
    this.#raw(value);
  }

  /** Appends a string field. */
  string(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  /** Appends a message field that `write` fills. */
  message(field: number, write: (writer: WireWriter) => void): void {
    const writer = new WireWriter();
    write(writer);
    this.bytes(field, writer.finish());
  }

  /** Appends a packed int64 field. */
  packedInts(field: number, values: readonly number[]): void {
    const writer = new WireWriter();
    for (const value of values) writer.#raw(varint(toBits(value)));
    this.bytes(field, writer.finish());
  }

  /** Appends a packed float32 field. */
  packedFloats(field: number, values: readonly number[]): void {
    this.bytes(field, float32Bytes(values));
  }

  /** All bytes so far, in one array. */
  finish(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }

  #raw(part: Uint8Array): void {
    this.#parts.push(part);
    this.#length += part.length;
  }
}

function float32Bytes(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

function toBits(value: number): bigint {
  const exact = BigInt(Math.trunc(value));
  const clamped = exact > maxInt64 ? maxInt64 : exact < minInt64 ? minInt64 : exact;
  return BigInt.asUintN(64, clamped);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** One field as read: `bits` for varints and fixed widths, `bytes` (a view, not a copy) for length-delimited. */
export interface WireField {
  readonly field: number;
  readonly wire: 0 | 1 | 2 | 5;
  readonly bits: bigint;
  readonly bytes: Uint8Array;
}

const noBytes = new Uint8Array(0);

/** Iterates over the fields of a message. @throws Error when the bytes are cut short or are no protobuf. */
export function* readFields(message: Uint8Array): Generator<WireField> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const cursor = { offset: 0 };
  while (cursor.offset < message.length) {
    const key = readVarint(message, cursor);
    const field = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === 0) {
      yield { field, wire, bits: readVarint(message, cursor), bytes: noBytes };
    } else if (wire === 1) {
      yield { field, wire, bits: view.getBigUint64(advance(message, cursor, 8), true), bytes: noBytes };
    } else if (wire === 5) {
      yield { field, wire, bits: BigInt(view.getUint32(advance(message, cursor, 4), true)), bytes: noBytes };
    } else if (wire === 2) {
      const length = Number(readVarint(message, cursor));
      const start = advance(message, cursor, length);
      yield { field, wire, bits: 0n, bytes: message.subarray(start, start + length) };
    } else {
      throw new Error(`Expected a protobuf field at byte ${cursor.offset}, got wire type ${wire}`);
    }
  }
}

/** A string field's text. */
export function fieldText(field: WireField): string {
  return utf8Strict.decode(field.bytes);
}

/** A varint field as a signed number. */
export function fieldInt(field: WireField): number {
  return Number(BigInt.asIntN(64, field.bits));
}

/** The signed integers of a repeated field occurrence, packed or single. */
export function fieldInts(field: WireField): number[] {
  if (field.wire === 0) return [fieldInt(field)];
  const values: number[] = [];
  const cursor = { offset: 0 };
  while (cursor.offset < field.bytes.length) {
    values.push(Number(BigInt.asIntN(64, readVarint(field.bytes, cursor))));
  }
  return values;
}

/** The float32 values of a field occurrence, packed or single. */
export function fieldFloats(field: WireField): number[] {
  if (field.wire === 5) {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, Number(field.bits));
    return [view.getFloat32(0)];
  }
  const { bytes } = field;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getFloat32(i * 4, true));
}

function advance(message: Uint8Array, cursor: { offset: number }, length: number): number {
  const start = cursor.offset;
  if (length > message.length - start) {
    throw new Error(`Expected ${length} bytes at ${start} of a protobuf message, got ${message.length - start}`);
  }
  cursor.offset = start + length;
  return start;
}

function readVarint(message: Uint8Array, cursor: { offset: number }): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = message[cursor.offset];
    if (byte === undefined) throw new Error('Expected a protobuf varint, got the end of the message');
    cursor.offset++;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  throw new Error('Expected a protobuf varint of at most ten bytes, got a longer one');
}
