/**
 * What a camera sends to a worker, as bytes. Little-endian, version 1:
 *
 *     'VLTF' · u8 version · u8 kind · u16 0 · f64 session · u32 sequence · u32 index · f64 timestampMs · u32 width · u32 height
 *     kind 1 JPEG, 2 RGB   the picture, to the end
 *     kind 3 faces         u32 count, then each: 4 f32 box · f32 score · u8 hasPoints · [10 f32 points]
 *                          · u32 x · u32 y · u32 bytes · JPEG of the crop (0 bytes: none)
 *     kind 4 end           nothing more
 *
 * The name of the stream is not in it: it is the address under which a queue carries the message.
 */

import { VultusError } from '../errors.ts';
import type { FivePoints } from '../face/face.ts';
import type { Box, Point } from '../face/geometry.ts';

/** What every message says. */
export interface MessageHead {
  /** When the camera began, in milliseconds since 1970: the time of day of a frame is `session + timestampMs`. */
  readonly session: number;
  /** Position among the session's messages, from 0, without a gap. */
  readonly sequence: number;
  /** Position of the frame in the stream; a gap says that the camera dropped frames. */
  readonly index: number;
  /** Milliseconds from the start of the stream. */
  readonly timestampMs: number;
  /** Size of the whole frame. */
  readonly width: number;
  readonly height: number;
}

/** A face that the camera found. */
export interface SentFace {
  readonly box: Box;
  readonly score: number;
  readonly points?: FivePoints;
  /** The face and its surroundings, its corner at `x`, `y` of the frame. */
  readonly crop?: { readonly x: number; readonly y: number; readonly jpeg: Uint8Array };
}

/** A message: a whole frame, the faces of one, or the end of the stream. */
export type FrameMessage = MessageHead &
  (
    | { readonly kind: 'jpeg' | 'rgb'; readonly data: Uint8Array }
    | { readonly kind: 'faces'; readonly faces: readonly SentFace[] }
    | { readonly kind: 'end' }
  );

/** Limits that a message is held to before anything is done with it. */
export const messageLimits = { bytes: 64 * 2 ** 20, side: 16_384, faces: 1000 } as const;

const magic = 0x46544c56;
const version = 1;
const headBytes = 40;
const kinds = ['jpeg', 'rgb', 'faces', 'end'] as const;

/** The bytes of a message, versioned. @throws VultusError `INVALID_ARGUMENT` for a message that the other side would refuse */
export function encodeMessage(message: FrameMessage): Uint8Array {
  const parts = message.kind === 'end' ? [] : message.kind === 'faces' ? facesParts(message.faces) : [message.data];
  const bytes = joined([head(message), ...parts]);
  try {
    decodeMessage(bytes);
  } catch (cause) {
    throw new VultusError('INVALID_ARGUMENT', `encodeMessage: ${(cause as Error).message}`, { cause });
  }
  return bytes;
}

/**
 * Reads a message; pictures in it are views of `bytes`, still encoded.
 * @throws VultusError `MESSAGE_INVALID` for anything but a whole message of this version
 */
export function decodeMessage(bytes: Uint8Array): FrameMessage {
  if (bytes.length > messageLimits.bytes) throw invalid(`at most ${messageLimits.bytes} bytes, got ${bytes.length}`);
  const reader = new Reader(bytes);
  if (reader.u32() !== magic) throw invalid('a message that begins with VLTF');
  const given = reader.u8();
  if (given !== version) throw invalid(`version ${version}, got ${given}: update the older side`);
  const kind = kinds[reader.u8() - 1];
  if (kind === undefined || reader.u16() !== 0) throw invalid('a known kind of message');
  const [session, sequence, index] = [reader.f64(), reader.u32(), reader.u32()];
  const [timestampMs, width, height] = [reader.f64(), reader.u32(), reader.u32()];
  if (!(session >= 0 && timestampMs >= 0)) throw invalid('times of at least 0');
  if (!isSide(width) || !isSide(height)) throw invalid(`sides of 1 to ${messageLimits.side}, got ${width}×${height}`);
  const shared = { session, sequence, index, timestampMs, width, height };
  const message = { ...shared, ...body(kind, reader, shared) };
  reader.end();
  return message;
}

function body(
  kind: (typeof kinds)[number],
  reader: Reader,
  { width, height }: { readonly width: number; readonly height: number },
) {
  if (kind === 'end') return { kind } as const;
  if (kind === 'faces') return { kind, faces: readFaces(reader) } as const;
  const data = reader.rest();
  if (data.length === 0) throw invalid('a picture, got none');
  if (kind === 'rgb' && data.length !== width * height * 3) {
    throw invalid(`${width * height * 3} bytes of RGB for ${width}×${height}, got ${data.length}`);
  }
  return { kind, data } as const;
}

function readFaces(reader: Reader): SentFace[] {
  const count = reader.u32();
  if (count > messageLimits.faces) throw invalid(`at most ${messageLimits.faces} faces, got ${count}`);
  return Array.from({ length: count }, () => readFace(reader));
}

function readFace(reader: Reader): SentFace {
  const box = { x: reader.f32(), y: reader.f32(), width: reader.f32(), height: reader.f32() };
  const score = reader.f32();
  if (!(box.width > 0 && box.height > 0 && score >= 0 && score <= 1)) {
    throw invalid('boxes with an area and scores of 0 to 1');
  }
  const hasPoints = reader.u8();
  if (hasPoints > 1) throw invalid('0 or 1 for "has points"');
  const points = hasPoints === 1 ? readPoints(reader) : undefined;
  const [x, y, length] = [reader.u32(), reader.u32(), reader.u32()];
  const jpeg = reader.take(length);
  return { box, score, ...(points && { points }), ...(length > 0 && { crop: { x, y, jpeg } }) };
}

function readPoints(reader: Reader): FivePoints {
  const point = (): Point => ({ x: reader.f32(), y: reader.f32() });
  return { leftEye: point(), rightEye: point(), nose: point(), leftMouth: point(), rightMouth: point() };
}

/** Reads numbers one after another, each finite and within the bytes. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8 = (): number => this.#view.getUint8(this.#skip(1));
  u16 = (): number => this.#view.getUint16(this.#skip(2), true);
  u32 = (): number => this.#view.getUint32(this.#skip(4), true);
  f32 = (): number => finite(this.#view.getFloat32(this.#skip(4), true));
  f64 = (): number => finite(this.#view.getFloat64(this.#skip(8), true));

  take(length: number): Uint8Array {
    const at = this.#skip(length);
    return this.#bytes.subarray(at, at + length);
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw invalid(`the end of the message, got ${left} bytes more`);
  }

  #skip(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw invalid(`${length} bytes at ${at}, got ${this.#bytes.length - at}`);
    this.#at += length;
    return at;
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw invalid(`a finite number, got ${value}`);
  return value;
}

function isSide(value: number): boolean {
  return value >= 1 && value <= messageLimits.side;
}

function head({ kind, session, sequence, index, timestampMs, width, height }: FrameMessage): Uint8Array {
  const bytes = new Uint8Array(headBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint8(4, version);
  view.setUint8(5, kinds.indexOf(kind) + 1);
  view.setFloat64(8, session, true);
  view.setUint32(16, sequence, true);
  view.setUint32(20, index, true);
  view.setFloat64(24, timestampMs, true);
  view.setUint32(32, width, true);
  view.setUint32(36, height, true);
  return bytes;
}

function facesParts(faces: readonly SentFace[]): Uint8Array[] {
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, faces.length, true);
  return [count, ...faces.flatMap(faceParts)];
}

function faceParts({ box, score, points, crop }: SentFace): Uint8Array[] {
  const floats = (values: readonly number[]) => new Uint8Array(littleEndian(values));
  const five = points && [points.leftEye, points.rightEye, points.nose, points.leftMouth, points.rightMouth];
  const place = new Uint8Array(12);
  const view = new DataView(place.buffer);
  view.setUint32(0, crop?.x ?? 0, true);
  view.setUint32(4, crop?.y ?? 0, true);
  view.setUint32(8, crop?.jpeg.length ?? 0, true);
  return [
    floats([box.x, box.y, box.width, box.height, score]),
    Uint8Array.of(five === undefined ? 0 : 1),
    floats(five?.flatMap(({ x, y }) => [x, y]) ?? []),
    place,
    crop?.jpeg ?? new Uint8Array(0),
  ];
}

function littleEndian(values: readonly number[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) view.setFloat32(index * 4, value, true);
  return view.buffer;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function invalid(expected: string): VultusError {
  return new VultusError('MESSAGE_INVALID', `A camera's message: expected ${expected}`);
}
